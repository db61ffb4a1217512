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
