package sandbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

var (
	vendorPattern = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)
	sidPattern    = regexp.MustCompile(`^[A-Za-z0-9]*$`)
)

// statementFault is what IAM refuses in the statements of any of its documents.
func statementFault(doc policy.Document) *apiError {
	sids := map[string]bool{}
	for _, s := range doc.Statements {
		if s.Sid != "" && sids[s.Sid] {
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[s.Sid] = true
		if !sidPattern.MatchString(s.Sid) {
			return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		for _, t := range s.Condition {
			if !policy.KnownOperator(t.Operator) {
				return malformed("Invalid Condition type : %s.", t.Operator)
			}
		}
	}
	return nil
}

// permissionsDocument checks an identity policy as IAM does.
func permissionsDocument(text string) *apiError {
	doc, err := policy.Parse(text)
	if err != nil {
		return malformed("The policy failed legacy parsing: %s", err)
	}
	if len(doc.Statements) == 0 {
		return malformed("Syntax errors in policy.")
	}
	for _, s := range doc.Statements {
		if s.Principal != nil || s.NotPrincipal != nil {
			return malformed("Policy document should not specify a principal.")
		}
		resources := append(s.Resource.Values(), s.NotResource.Values()...)
		if len(resources) == 0 {
			return malformed("Policy statement must contain resources.")
		}
		for _, r := range resources {
			if r != "*" && (!strings.HasPrefix(r, "arn:") || strings.Count(r, ":") < 5) {
				return malformed(`Resource %s must be in ARN format or "*".`, r)
			}
		}
		actions := append(s.Action.Values(), s.NotAction.Values()...)
		if len(actions) == 0 {
			return malformed("Policy statement must contain actions.")
		}
		for _, a := range actions {
			if !vendorPattern.MatchString(a) {
				return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
			}
		}
	}
	return statementFault(doc)
}

func putRolePolicy(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	name, bad := c.iamName("PolicyName", 128)
	if bad != nil {
		return response{}, bad
	}
	text := c.form.Get("PolicyDocument")
	if bad := permissionsDocument(text); bad != nil {
		return response{}, bad
	}
	texts := []string{text}
	for other, t := range role.Inline {
		if other != name {
			texts = append(texts, t)
		}
	}
	if policy.CheckSize(policy.InlinePolicies, texts...) != nil {
		return response{}, limitExceeded("Maximum policy size of %d bytes exceeded for role %s", policy.Limit(policy.InlinePolicies), role.Name)
	}
	role.Inline[name] = text
	return queryAnswer(c, nil)
}

// inline finds the inline policy of the request.
func (c *call) inline(role *Role) (name, text string, bad *apiError) {
	name, bad = c.iamName("PolicyName", 128)
	if bad != nil {
		return "", "", bad
	}
	text, has := role.Inline[name]
	if !has {
		return "", "", noSuchEntity("The role policy with name %s cannot be found.", name)
	}
	return name, text, nil
}

func getRolePolicy(c *call) (response, *apiError) {
	role, bad := c.role(nil)
	if bad != nil {
		return response{}, bad
	}
	name, text, bad := c.inline(role)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.text("RoleName", role.Name)
		x.text("PolicyName", name)
		x.document("PolicyDocument", text)
	})
}

func deleteRolePolicy(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	name, _, bad := c.inline(role)
	if bad != nil {
		return response{}, bad
	}
	delete(role.Inline, name)
	return queryAnswer(c, nil)
}

func listRolePolicies(c *call) (response, *apiError) {
	role, bad := c.role(nil)
	if bad != nil {
		return response{}, bad
	}
	page, marker, bad := iamPage(c, sortedKeys(role.Inline), same)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("PolicyNames", func() {
			for _, n := range page {
				x.text("member", n)
			}
		})
		x.page(marker)
	})
}

// attachedLimit is how many managed policies a role takes by default
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const attachedLimit = 10

func attachRolePolicy(c *call) (response, *apiError) {
	arn := c.form.Get("PolicyArn")
	role, bad := c.changeableRole(map[string][]string{"iam:PolicyARN": {arn}})
	if bad != nil {
		return response{}, bad
	}
	if _, ok := c.w.policyText(arn); !ok || (awsManaged[arn] == nil && arnAccount(arn) != c.caller.account) {
		return response{}, noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	if slices.Contains(role.Attached, arn) {
		return queryAnswer(c, nil)
	}
	if len(role.Attached) >= attachedLimit {
		return response{}, limitExceeded("Cannot exceed quota for PoliciesPerRole: %d", attachedLimit)
	}
	role.Attached = append(role.Attached, arn)
	return queryAnswer(c, nil)
}

func detachRolePolicy(c *call) (response, *apiError) {
	arn := c.form.Get("PolicyArn")
	role, bad := c.changeableRole(map[string][]string{"iam:PolicyARN": {arn}})
	if bad != nil {
		return response{}, bad
	}
	at := slices.Index(role.Attached, arn)
	if at < 0 {
		return response{}, noSuchEntity("Policy %s was not found.", arn)
	}
	role.Attached = slices.Delete(role.Attached, at, at+1)
	return queryAnswer(c, nil)
}

func listAttachedRolePolicies(c *call) (response, *apiError) {
	role, bad := c.role(nil)
	if bad != nil {
		return response{}, bad
	}
	var arns []string
	for _, arn := range role.Attached {
		p := c.w.managed(arn)
		if p != nil && strings.HasPrefix(p.Path, c.form.Get("PathPrefix")) {
			arns = append(arns, arn)
		}
	}
	page, marker, bad := iamPage(c, arns, same)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("AttachedPolicies", func() {
			for _, arn := range page {
				x.in("member", func() {
					x.text("PolicyName", c.w.managed(arn).Name)
					x.text("PolicyArn", arn)
				})
			}
		})
		x.page(marker)
	})
}
