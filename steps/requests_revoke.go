package steps

import "slices"

// revoke lists the requests of a step that takes something back.
func (r *requester) revoke(s Setup, l *live, o RevokeOptions, p PlannedStep) []Request {
	if s.toGroups() {
		r.takeGroups(s, l, p)
		return r.list
	}
	switch p.Step {
	case StepPermissions:
		if s.Mode == PerAccount {
			r.granted(s, l, p)
		} else {
			r.takeManaged(s, l, o)
		}
	case StepTrust:
		r.iam("UpdateAssumeRolePolicy", input{"RoleName": s.Account.Role, "PolicyDocument": p.document()})
	case StepRole:
		r.takeRole(s, l, p.Change)
	case StepFlowLogs:
		r.deleteFlowLogs(s.ownFlowLogs(r.at(l)))
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
func (r *requester) takeManaged(s Setup, l *live, o RevokeOptions) {
	for i, m := range l.managed {
		if m == nil {
			continue
		}
		take, err := s.takeFromManaged(l, o, s.managedPolicyARN(i), m)
		switch {
		case err != nil || take.change == ChangeNone:
		case take.change == ChangeUpdate:
			r.version(take.arn, take.wanted)
		default:
			if take.attached {
				r.iam("DetachRolePolicy", input{"RoleName": s.Account.Role, "PolicyArn": take.arn})
			}
			if take.mend != nil {
				r.iam("DeletePolicy", input{"PolicyArn": take.arn})
			}
		}
	}
}

func (r *requester) takeRole(s Setup, l *live, change Change) {
	if change == ChangeUpdate {
		r.iam("PutRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": endedSessions,
			"PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"THE TIME OF THE RUN"}}}]}`})
		return
	}
	for _, p := range l.role.Inline {
		if slices.Contains([]string{endedSessions}, p.Name) {
			r.iam("DeleteRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": p.Name})
		}
	}
	r.iam("DeleteRole", input{"RoleName": s.Account.Role})
}
