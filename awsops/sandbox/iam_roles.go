package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// role finds the role of the request and decides the call's action on it.
func (c *call) role(extra map[string][]string) (*Role, *apiError) {
	name, bad := c.iamName("RoleName", 64)
	if bad != nil {
		return nil, bad
	}
	role := c.account().Roles[strings.ToLower(name)]
	arn := "arn:aws:iam::" + c.caller.account + ":role/" + name
	if role != nil {
		arn = role.ARN
		if extra == nil {
			extra = map[string][]string{}
		}
		for k, v := range role.Tags {
			extra["aws:ResourceTag/"+k], extra["iam:ResourceTag/"+k] = []string{v}, []string{v}
		}
	}
	if bad := c.may("iam:"+c.operation, arn, c.caller.account, extra); bad != nil {
		return nil, bad
	}
	if role == nil {
		return nil, noSuchEntity("The role with name %s cannot be found.", name)
	}
	return role, nil
}

// changeableRole is role for operations that AWS reserves for itself on service-linked roles.
func (c *call) changeableRole(extra map[string][]string) (*Role, *apiError) {
	role, bad := c.role(extra)
	if bad == nil && strings.HasPrefix(role.Path, "/aws-service-role/") {
		return nil, &apiError{status: 400, code: "UnmodifiableEntity", message: "Cannot perform the operation on the protected role '" + role.Name + "' - this role is only modifiable by AWS"}
	}
	return role, bad
}

func createRole(c *call) (response, *apiError) {
	name, bad := c.iamName("RoleName", 64)
	if bad != nil {
		return response{}, bad
	}
	path, bad := c.iamPath()
	if bad != nil {
		return response{}, bad
	}
	arn := "arn:aws:iam::" + c.caller.account + ":role" + path + name
	tags, bad := c.iamTags(nil)
	if bad != nil {
		return response{}, bad
	}
	extra := requestTags(tags)
	boundary := c.form.Get("PermissionsBoundary")
	if boundary != "" {
		extra["iam:PermissionsBoundary"] = []string{boundary}
	}
	if bad := c.may("iam:CreateRole", arn, c.caller.account, extra); bad != nil {
		return response{}, bad
	}
	if len(tags) > 0 {
		if bad := c.may("iam:TagRole", arn, c.caller.account, extra); bad != nil {
			return response{}, bad
		}
	}
	seconds, bad := c.maxSession(3600)
	if bad != nil {
		return response{}, bad
	}
	if bad := c.descriptionFault(); bad != nil {
		return response{}, bad
	}
	if bad := c.boundaryFault(boundary); bad != nil {
		return response{}, bad
	}
	a := c.account()
	if a.Roles[strings.ToLower(name)] != nil {
		return response{}, entityExists("Role with name %s already exists.", name)
	}
	trust := c.form.Get("AssumeRolePolicyDocument")
	doc, bad := c.w.trustDocument(trust)
	if bad != nil {
		return response{}, bad
	}
	trust = wholeARNs(trust, *doc)
	role := &Role{Name: name, ID: c.w.nextID("AROA"), Path: path, ARN: arn, Description: c.form.Get("Description"), Trust: trust, TrustIDs: c.w.principalIDs(*doc),
		Boundary: boundary, Tags: tags, MaxSession: seconds, Created: c.now.UTC(), Inline: map[string]string{}}
	a.Roles[strings.ToLower(name)] = role
	return queryAnswer(c, func(x *xmlWriter) { x.role("Role", c.w, role, true) })
}

func (c *call) maxSession(otherwise int) (int, *apiError) {
	v := c.form.Get("MaxSessionDuration")
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 3600 || n > 43200 {
		return 0, constraint("maxSessionDuration", v, "have value between 3600 and 43200")
	}
	return n, nil
}

func (c *call) descriptionFault() *apiError {
	if d := c.form.Get("Description"); utf8.RuneCountInString(d) > 1000 {
		return constraint("description", d, "have length less than or equal to 1000")
	}
	return nil
}

func (c *call) boundaryFault(arn string) *apiError {
	if arn == "" {
		return nil
	}
	if _, ok := c.w.policyText(arn); !ok || (awsManaged[arn] == nil && arnAccount(arn) != c.caller.account) {
		return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	return nil
}

// trustDocument checks a trust policy as IAM does.
func (w *World) trustDocument(text string) (*policy.Document, *apiError) {
	doc, err := policy.Parse(text)
	if err != nil {
		return nil, malformed("This policy contains invalid Json: %s", err)
	}
	if policy.CheckSize(policy.TrustPolicy, text) != nil {
		return nil, limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", policy.Limit(policy.TrustPolicy))
	}
	if len(doc.Statements) == 0 {
		return nil, malformed("Syntax errors in policy.")
	}
	for _, s := range doc.Statements {
		switch {
		case s.Resource.IsSet() || s.NotResource.IsSet():
			return nil, malformed("Has prohibited field Resource")
		case s.Principal == nil && s.NotPrincipal == nil:
			return nil, malformed("Missing required field Principal")
		case s.NotPrincipal != nil && s.Effect == policy.Allow:
			return nil, malformed("Allow with NotPrincipal is not allowed.")
		case s.NotAction.IsSet():
			return nil, malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
		for _, action := range s.Action.Values() {
			if !strings.HasPrefix(strings.ToLower(action), "sts:") {
				return nil, malformed("AssumeRole policy may only specify STS AssumeRole actions.")
			}
		}
	}
	if bad := statementFault(doc); bad != nil {
		return nil, bad
	}
	if p := w.invalidPrincipal(doc); p != "" {
		kind := "AWS"
		if strings.Contains(p, ".") && !strings.Contains(p, ":") {
			kind = "SERVICE"
		}
		return nil, malformed(`Invalid principal in policy: "%s":"%s"`, kind, p)
	}
	return &doc, nil
}

// role writes a role; full adds what ListRoles leaves out.
func (x *xmlWriter) role(element string, w *World, r *Role, full bool) {
	x.in(element, func() {
		x.text("Path", r.Path)
		x.text("RoleName", r.Name)
		x.text("RoleId", r.ID)
		x.text("Arn", r.ARN)
		x.time("CreateDate", r.Created)
		x.document("AssumeRolePolicyDocument", w.withoutDeleted(r.Trust, r.TrustIDs))
		x.optional("Description", r.Description)
		x.number("MaxSessionDuration", r.MaxSession)
		if !full {
			return
		}
		if r.Boundary != "" {
			x.in("PermissionsBoundary", func() {
				x.text("PermissionsBoundaryType", "Policy")
				x.text("PermissionsBoundaryArn", r.Boundary)
			})
		}
		if len(r.Tags) > 0 {
			x.tags(r.Tags)
		}
		x.in("RoleLastUsed", func() {})
	})
}

func getRole(c *call) (response, *apiError) {
	role, bad := c.role(nil)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) { x.role("Role", c.w, role, true) })
}

func listRoles(c *call) (response, *apiError) {
	prefix := c.form.Get("PathPrefix")
	if prefix == "" {
		prefix = "/"
	}
	if bad := c.permit("iam:ListRoles", "arn:aws:iam::"+c.caller.account+":role"+prefix); bad != nil {
		return response{}, bad
	}
	a := c.account()
	var roles []*Role
	for _, k := range sortedKeys(a.Roles) {
		if strings.HasPrefix(a.Roles[k].Path, prefix) {
			roles = append(roles, a.Roles[k])
		}
	}
	page, marker, bad := iamPage(c, roles, func(r *Role) string { return r.Name })
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page(marker)
		x.in("Roles", func() {
			for _, r := range page {
				x.role("member", c.w, r, false)
			}
		})
	})
}

func updateAssumeRolePolicy(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	text := c.form.Get("PolicyDocument")
	doc, bad := c.w.trustDocument(text)
	if bad != nil {
		return response{}, bad
	}
	role.Trust, role.TrustIDs = wholeARNs(text, *doc), c.w.principalIDs(*doc)
	return queryAnswer(c, nil)
}

func updateRole(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	seconds, bad := c.maxSession(role.MaxSession)
	if bad != nil {
		return response{}, bad
	}
	if bad := c.descriptionFault(); bad != nil {
		return response{}, bad
	}
	role.MaxSession = seconds
	if c.form.Has("Description") {
		role.Description = c.form.Get("Description")
	}
	return queryAnswer(c, func(*xmlWriter) {})
}

func updateRoleDescription(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	if bad := c.descriptionFault(); bad != nil {
		return response{}, bad
	}
	role.Description = c.form.Get("Description")
	return queryAnswer(c, func(x *xmlWriter) { x.role("Role", c.w, role, true) })
}

// deleteRole wants everything taken off first, as IAM does.
func deleteRole(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	switch {
	case bad != nil:
		return response{}, bad
	case len(role.Attached) > 0:
		return response{}, deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(role.Inline) > 0:
		return response{}, deleteConflict("Cannot delete entity, must delete policies first.")
	}
	delete(c.account().Roles, strings.ToLower(role.Name))
	return queryAnswer(c, nil)
}

func tagRole(c *call) (response, *apiError) {
	given, bad := c.iamTags(nil)
	if bad != nil {
		return response{}, bad
	}
	role, bad := c.role(requestTags(given))
	if bad != nil {
		return response{}, bad
	}
	tags, bad := c.iamTags(role.Tags)
	if bad != nil {
		return response{}, bad
	}
	role.Tags = tags
	return queryAnswer(c, nil)
}

func untagRole(c *call) (response, *apiError) {
	keys := c.formList("TagKeys.member")
	role, bad := c.role(map[string][]string{"aws:TagKeys": keys})
	if bad != nil {
		return response{}, bad
	}
	dropTags(role.Tags, keys)
	return queryAnswer(c, nil)
}

func dropTags(tags map[string]string, keys []string) {
	for have := range tags {
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, have) }) {
			delete(tags, have)
		}
	}
}

func listRoleTags(c *call) (response, *apiError) {
	role, bad := c.role(nil)
	if bad != nil {
		return response{}, bad
	}
	return listTags(c, role.Tags)
}

func listTags(c *call, tags map[string]string) (response, *apiError) {
	page, marker, bad := iamPage(c, sortedKeys(tags), same)
	if bad != nil {
		return response{}, bad
	}
	some := map[string]string{}
	for _, k := range page {
		some[k] = tags[k]
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.tags(some)
		x.page(marker)
	})
}

func putRolePermissionsBoundary(c *call) (response, *apiError) {
	arn := c.form.Get("PermissionsBoundary")
	role, bad := c.changeableRole(map[string][]string{"iam:PermissionsBoundary": {arn}})
	if bad != nil {
		return response{}, bad
	}
	if arn == "" {
		return response{}, constraint("permissionsBoundary", "", "have length greater than or equal to 20")
	}
	if bad := c.boundaryFault(arn); bad != nil {
		return response{}, bad
	}
	role.Boundary = arn
	return queryAnswer(c, nil)
}

func deleteRolePermissionsBoundary(c *call) (response, *apiError) {
	role, bad := c.changeableRole(nil)
	if bad != nil {
		return response{}, bad
	}
	if role.Boundary == "" {
		return response{}, noSuchEntity("The role with name %s does not have a permissions boundary.", role.Name)
	}
	role.Boundary = ""
	return queryAnswer(c, nil)
}

func listInstanceProfilesForRole(c *call) (response, *apiError) {
	if _, bad := c.role(nil); bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page("")
		x.in("InstanceProfiles", func() {})
	})
}
