package steps

// groups lists the requests of a step of a set-up whose flow logs go to CloudWatch Logs.
func (r *requester) groups(s Setup, l *live, p PlannedStep) {
	switch p.Step {
	case StepLogGroup:
		at, name := r.at(l), s.FlowLogs.LogGroup.Name
		has := 0
		if at.group == nil {
			r.add("logs", "CreateLogGroup", input{"logGroupName": name, "tags": s.tags()})
		} else {
			has = at.group.Retention
		}
		switch days := s.retention(at); days {
		case has:
		case 0:
			r.add("logs", "DeleteRetentionPolicy", input{"logGroupName": name})
		default:
			r.add("logs", "PutRetentionPolicy", input{"logGroupName": name, "retentionInDays": days})
		}
	case StepRole:
		role := s.newDeliveryRole()
		r.iam("CreateRole", input{"RoleName": role.Name, "AssumeRolePolicyDocument": role.Trust, "Description": role.Description, "Tags": tagList(role.Tags)})
	case StepTrust:
		if l.role != nil { // a new role is made with it
			r.iam("UpdateAssumeRolePolicy", input{"RoleName": s.roleName(), "PolicyDocument": p.document()})
		}
	case StepPermissions:
		r.iam("PutRolePolicy", input{"RoleName": s.roleName(), "PolicyName": s.groupPolicyName(), "PolicyDocument": p.document()})
	case StepFlowLogs:
		r.flowLogs(s, l)
	case StepDelivery:
		r.replaced(s, l)
	}
}

// takeGroups lists the requests of a step that takes such a set-up back.
func (r *requester) takeGroups(s Setup, l *live, p PlannedStep) {
	switch p.Step {
	case StepFlowLogs:
		r.deleteFlowLogs(p.exec.ids)
	case StepPermissions:
		r.iam("DeleteRolePolicy", input{"RoleName": s.roleName(), "PolicyName": s.groupPolicyName()})
	case StepTrust:
		r.iam("UpdateAssumeRolePolicy", input{"RoleName": s.roleName(), "PolicyDocument": p.document()})
	case StepRole:
		r.iam("DeleteRole", input{"RoleName": s.roleName()})
	case StepLogGroup:
		r.add("logs", "DeleteLogGroup", input{"logGroupName": s.FlowLogs.LogGroup.Name})
	}
}
