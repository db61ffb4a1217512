package steps

// revoke lists the requests of a step that takes something back.
func (r *requester) revoke(s Setup, l *live, p PlannedStep) []Request {
	if s.toGroups() {
		r.takeGroups(s, l, p)
		return r.list
	}
	switch p.Step {
	case StepPermissions:
		if s.Mode == PerAccount {
			r.granted(s, l, p)
		} else {
			r.takeManaged(p.exec.managed)
		}
	case StepTrust:
		r.iam("UpdateAssumeRolePolicy", input{"RoleName": s.Account.Role, "PolicyDocument": p.document()})
	case StepRole:
		r.takeRole(s, l, p)
	case StepFlowLogs:
		r.deleteFlowLogs(p.exec.ids)
	case StepBucketPolicy:
		r.bucketPolicy(s.bucketName(), p.document())
	case StepKeyPolicy:
		r.keyPolicy(l.keyARN, p.document())
	case StepBucket:
		r.s3("DeleteBucket", s.bucketName(), input{})
	}
	return r.list
}

// takeManaged lists what becomes of the managed policies. Older versions of one that is deleted go first; which there are is read then.
func (r *requester) takeManaged(takes []managedTake) {
	for _, take := range takes {
		gone := take.change == ChangeDelete
		if !gone && !take.wanted.Equal(take.current) {
			r.version(take.arn, take.wanted)
		}
		for _, role := range take.roles {
			r.iam("DetachRolePolicy", input{"RoleName": role, "PolicyArn": take.arn})
		}
		if gone && take.deletable {
			r.iam("DeletePolicy", input{"PolicyArn": take.arn})
		}
	}
}

func (r *requester) takeRole(s Setup, l *live, p PlannedStep) {
	if p.Change == ChangeUpdate && p.After != nil {
		r.iam("PutRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": endedSessions,
			"PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Sid":"` + sessionsSid + `","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"THE TIME OF THE RUN"}}}]}`})
		return
	}
	for _, i := range l.role.Inline {
		if i.Name == endedSessions {
			r.iam("DeleteRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": i.Name})
		}
	}
	if p.Change == ChangeUpdate {
		return
	}
	r.iam("DeleteRole", input{"RoleName": s.Account.Role})
}
