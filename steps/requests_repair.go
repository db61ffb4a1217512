package steps

import (
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// rewriting gives the request by which a step replaces a document that the set-up did not make.
func (p PlannedStep) rewriting(after policy.Document) func(r *requester) {
	document := ""
	if len(after.Statements) > 0 {
		document = after.String()
	}
	return func(r *requester) {
		role, inline, isInline := strings.Cut(p.Target, " ")
		switch {
		case p.Step == StepBucketPolicy:
			r.bucketPolicy(p.Target, document)
		case p.Step == StepKeyPolicy && document != "":
			r.keyPolicy(p.Target, document)
		case p.Step == StepTrust && document != "":
			r.iam("UpdateAssumeRolePolicy", input{"RoleName": p.Target, "PolicyDocument": document})
		case p.Step == StepPermissions && isInline && document != "":
			r.iam("PutRolePolicy", input{"RoleName": role, "PolicyName": inline, "PolicyDocument": document})
		case p.Step == StepPermissions && isInline:
			r.iam("DeleteRolePolicy", input{"RoleName": role, "PolicyName": inline})
		case p.Step == StepPermissions && document != "":
			r.version(p.Target, after)
		}
	}
}

// detaching gives the request that takes a policy off a role.
func detaching(role, arn string) func(r *requester) {
	return func(r *requester) { r.iam("DetachRolePolicy", input{"RoleName": role, "PolicyArn": arn}) }
}

// deliverer gives the requests that make the role which delivers to a log group, or add what it lacks.
func (r *requester) deliverer(s Setup, g *toGroup, trust, permissions policy.Document) {
	if g.role == nil {
		r.iam("CreateRole", input{"RoleName": g.roleName(), "AssumeRolePolicyDocument": trust.String(), "Description": delivererDescription, "Tags": tagList(s.tags())})
	} else if id, _ := g.trustGap(s.partition()); id != "" {
		if current, err := policy.Parse(g.role.Trust); err == nil {
			r.iam("UpdateAssumeRolePolicy", input{"RoleName": g.roleName(), "PolicyDocument": serviceInPlace(current, trust).String()})
		}
	}
	r.delivererPermissions(g, permissions)
}

// delivererPermissions gives the request that adds what the role lacks to its inline policy.
func (r *requester) delivererPermissions(g *toGroup, permissions policy.Document) {
	before := ""
	if g.role != nil {
		before = inlineOf(g.role, groupPolicy)
	}
	current, err := parseOrEmpty(before)
	if err != nil {
		return // the run says so
	}
	if wanted := withResources(current, permissions); wanted.String() != current.String() {
		r.iam("PutRolePolicy", input{"RoleName": g.roleName(), "PolicyName": groupPolicy, "PolicyDocument": wanted.String()})
	}
}

// logGroup gives the requests that make a log group again.
func (r *requester) logGroup(s Setup, name string) {
	r.add("logs", "CreateLogGroup", input{"logGroupName": name, "tags": s.tags()})
	r.add("logs", "PutRetentionPolicy", input{"logGroupName": name, "retentionInDays": groupRetention})
}

// successor gives the requests that put another flow log in the place of one that names wrong things.
func (r *requester) successor(s Setup, g *toGroup, want wantedFlowLog, trust, permissions policy.Document) {
	r.deliverer(s, g, trust, permissions)
	if g.group == nil {
		r.logGroup(s, g.log.LogGroup)
	}
	r.createFlowLogs(want)
	r.deleteFlowLogs([]string{g.log.ID})
	r.list[len(r.list)-1].Note = "once the new flow log delivers"
}
