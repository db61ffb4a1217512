package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// authorize decides one action of the caller on one resource: identity policies, boundary, the
// organization's service control policies and the resource's own policy.
// extra holds the condition keys of the action, such as s3:prefix or sts:ExternalId.
func (c *call) authorize(action, resourceARN, resourceAccount string, resourcePolicy *policy.Document, extra map[string][]string) *policy.Decision {
	d := policy.Evaluate(policy.Request{
		Principal: c.caller.principal, Action: action, Resource: resourceARN, ResourceAccount: resourceAccount, Context: c.context(resourceAccount, extra),
	}, policy.Policies{Identity: c.caller.identity, Boundary: c.caller.boundary, Resource: resourcePolicy, SCPs: c.w.scps(c.caller.account)})
	return &d
}

// permit refuses a call whose caller may not do action on resource of the caller's own account.
func (c *call) permit(action, resource string) *apiError {
	var owner *policy.Document
	if c.service == "kms" { // what is on no key is left to the account's own policies
		owner = parsed(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + rootARN(c.caller.account) + `"},"Action":"kms:*","Resource":"*"}}`)
	}
	d := c.authorize(action, resource, c.caller.account, owner, nil)
	if d.Verdict == policy.Allowed {
		return nil
	}
	return c.denied(action, resource, d)
}

// context holds the global condition keys of a call.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (c *call) context(resourceAccount string, extra map[string][]string) map[string][]string {
	ctx := map[string][]string{
		"aws:SourceIp":        {c.sourceIP},
		"aws:SecureTransport": {strconv.FormatBool(c.secure)},
		"aws:CurrentTime":     {c.now.UTC().Format(time.RFC3339)},
		"aws:EpochTime":       {strconv.FormatInt(c.now.Unix(), 10)},
		"aws:RequestedRegion": {c.region},
		"aws:UserAgent":       {c.r.UserAgent()},
		"aws:ViaAWSService":   {"false"},
	}
	if id := c.w.orgID(resourceAccount); id != "" {
		ctx["aws:ResourceOrgID"] = []string{id}
	}
	if c.caller.account != "" {
		ctx["aws:userid"] = []string{c.caller.userID}
		ctx["aws:PrincipalIsAWSService"] = []string{"false"}
		if id := c.w.orgID(c.caller.account); id != "" {
			ctx["aws:PrincipalOrgID"] = []string{id}
		}
		if c.caller.issuer != "" {
			ctx["aws:PrincipalArn"] = []string{c.caller.issuer}
			ctx["aws:TokenIssueTime"] = []string{c.caller.issued.UTC().Format(time.RFC3339)}
			ctx["aws:MultiFactorAuthPresent"] = []string{"false"}
			a := c.w.Accounts[c.caller.account]
			if role := roleByARN(a, c.caller.issuer); role != nil {
				for k, v := range role.Tags {
					ctx["aws:PrincipalTag/"+k] = []string{v}
				}
			}
		}
	}
	for k, v := range extra {
		ctx[k] = v
	}
	return ctx
}

// serviceAllowed decides what an AWS service may do with a resource, which only the resource's own policy can grant.
// ctx carries aws:SourceAccount and aws:SourceArn; the organization of the source account is added.
func (w *World) serviceAllowed(servicePrincipal, action, resourceARN, resourceAccount string, resourcePolicy *policy.Document, ctx map[string][]string) bool {
	all := map[string][]string{
		"aws:SecureTransport":           {"true"},
		"aws:PrincipalIsAWSService":     {"true"},
		"aws:PrincipalServiceName":      {servicePrincipal},
		"aws:PrincipalServiceNamesList": {servicePrincipal},
		"aws:ViaAWSService":             {"false"},
	}
	if id := w.orgID(resourceAccount); id != "" {
		all["aws:ResourceOrgID"] = []string{id}
	}
	for _, account := range ctx["aws:SourceAccount"] {
		if id := w.orgID(account); id != "" {
			all["aws:SourceOrgID"] = []string{id}
		}
	}
	for k, v := range ctx {
		all[k] = v
	}
	return policy.Evaluate(policy.Request{Principal: servicePrincipal, Action: action, Resource: resourceARN, ResourceAccount: resourceAccount, Context: all},
		policy.Policies{Resource: resourcePolicy}).Verdict == policy.Allowed
}

// orgID is the organization of an account, "" for one outside it.
func (w *World) orgID(account string) string {
	if slices.Contains(w.Organization.Members, account) {
		return w.Organization.ID
	}
	return ""
}

// denied is a refusal in the words of the service.
func (c *call) denied(action, resource string, d *policy.Decision) *apiError {
	message := "User: " + c.caller.principal + " is not authorized to perform: " + action + " on resource: " + resource + because(action, d)
	switch c.service {
	case "ec2":
		return &apiError{status: http.StatusForbidden, code: "UnauthorizedOperation", message: "You are not authorized to perform this operation. " + message}
	case "kms", "organizations", "logs", "cloudtrail":
		return &apiError{status: http.StatusBadRequest, code: "AccessDeniedException", message: message}
	case "s3":
		if c.caller.account == "" {
			message = "Access Denied"
		}
	}
	return &apiError{status: http.StatusForbidden, code: "AccessDenied", message: message}
}

// because is the tail of AWS's denial messages
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
func because(action string, d *policy.Decision) string {
	kinds := map[string]string{"identity": "identity-based policy", "resource": "resource-based policy", "boundary": "permissions boundary", "scp": "service control policy"}
	if d == nil {
		return ""
	}
	if d.Verdict == policy.ExplicitlyDenied {
		kind := "policy"
		if len(d.Why) > 0 {
			kind = kinds[d.Why[0].Source]
		}
		article := " in a "
		if strings.HasPrefix(kind, "i") {
			article = " in an "
		}
		return " with an explicit deny" + article + kind
	}
	switch {
	case strings.Contains(d.Missing, "service control policy"):
		return " because no service control policy allows the " + action + " action"
	case strings.Contains(d.Missing, "boundary"):
		return " because no permissions boundary allows the " + action + " action"
	case strings.Contains(d.Missing, "bucket policy"), strings.Contains(d.Missing, "key policy"), strings.Contains(d.Missing, "resource policy"):
		return " because no resource-based policy allows the " + action + " action"
	}
	return " because no identity-based policy allows the " + action + " action"
}
