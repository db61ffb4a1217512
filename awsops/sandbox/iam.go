package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// iamHandlers answers IAM, version 2010-05-08.
var iamHandlers = map[string]handler{
	"AttachRolePolicy":                 attachRolePolicy,
	"CreatePolicy":                     createPolicy,
	"CreatePolicyVersion":              createPolicyVersion,
	"CreateRole":                       createRole,
	"DeletePolicy":                     deletePolicy,
	"DeletePolicyVersion":              deletePolicyVersion,
	"DeleteRole":                       deleteRole,
	"DeleteRolePermissionsBoundary":    deleteRolePermissionsBoundary,
	"DeleteRolePolicy":                 deleteRolePolicy,
	"DetachRolePolicy":                 detachRolePolicy,
	"GetPolicy":                        getPolicy,
	"GetPolicyVersion":                 getPolicyVersion,
	"GetRole":                          getRole,
	"GetRolePolicy":                    getRolePolicy,
	"GetUser":                          getUser,
	"ListAccountAliases":               listAccountAliases,
	"ListAttachedRolePolicies":         listAttachedRolePolicies,
	"ListEntitiesForPolicy":            listEntitiesForPolicy,
	"ListInstanceProfilesForRole":      listInstanceProfilesForRole,
	"ListPolicies":                     listPolicies,
	"ListPolicyTags":                   listPolicyTags,
	"ListPolicyVersions":               listPolicyVersions,
	"ListRolePolicies":                 listRolePolicies,
	"ListRoleTags":                     listRoleTags,
	"ListRoles":                        listRoles,
	"PutRolePermissionsBoundary":       putRolePermissionsBoundary,
	"PutRolePolicy":                    putRolePolicy,
	"SetDefaultPolicyVersion":          setDefaultPolicyVersion,
	"GetContextKeysForPrincipalPolicy": getContextKeys,
	"SimulatePrincipalPolicy":          simulatePrincipalPolicy,
	"TagPolicy":                        tagPolicy,
	"TagRole":                          tagRole,
	"UntagPolicy":                      untagPolicy,
	"UntagRole":                        untagRole,
	"UpdateAssumeRolePolicy":           updateAssumeRolePolicy,
	"UpdateRole":                       updateRole,
	"UpdateRoleDescription":            updateRoleDescription,
}

// Errors of IAM as the model has them (botocore iam).
func noSuchEntity(format string, args ...any) *apiError {
	return &apiError{status: http.StatusNotFound, code: "NoSuchEntity", message: fmt.Sprintf(format, args...)}
}

func limitExceeded(format string, args ...any) *apiError {
	return &apiError{status: http.StatusConflict, code: "LimitExceeded", message: fmt.Sprintf(format, args...)}
}

func entityExists(format string, args ...any) *apiError {
	return &apiError{status: http.StatusConflict, code: "EntityAlreadyExists", message: fmt.Sprintf(format, args...)}
}

func deleteConflict(message string) *apiError {
	return &apiError{status: http.StatusConflict, code: "DeleteConflict", message: message}
}

func malformed(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "MalformedPolicyDocument", message: fmt.Sprintf(format, args...)}
}

func invalidInput(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "InvalidInput", message: fmt.Sprintf(format, args...)}
}

// constraint is the message of the common validation of request members.
func constraint(member, value, rule string) *apiError {
	return validation(fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

func (c *call) account() *Account { return c.w.Accounts[c.caller.account] }

// may decides an action on a resource of any account, with more condition keys.
func (c *call) may(action, resource, account string, extra map[string][]string) *apiError {
	d := c.authorize(action, resource, account, nil, extra)
	if d.Verdict == "Allowed" {
		return nil
	}
	return c.denied(action, resource, d)
}

var (
	iamNamePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	iamPathPattern = regexp.MustCompile(`^(/|/[!-~]+/)$`)
)

// iamName reads a name and checks it.
func (c *call) iamName(member string, most int) (string, *apiError) {
	name := c.form.Get(member)
	label := strings.ToLower(member[:1]) + member[1:]
	switch {
	case name == "":
		return "", constraint(label, name, "have length greater than or equal to 1")
	case utf8.RuneCountInString(name) > most:
		return "", constraint(label, name, fmt.Sprintf("have length less than or equal to %d", most))
	case !iamNamePattern.MatchString(name):
		return "", validation("The specified value for " + label + " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	return name, nil
}

func (c *call) iamPath() (string, *apiError) {
	path := c.form.Get("Path")
	switch {
	case path == "":
		return "/", nil
	case len(path) > 512 || !iamPathPattern.MatchString(path):
		return "", validation("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return path, nil
}

// iamTags reads Tags.member.N and checks them together with the tags that are there.
func (c *call) iamTags(have map[string]string) (map[string]string, *apiError) {
	after := map[string]string{}
	for k, v := range have {
		after[k] = v
	}
	given := map[string]bool{}
	for i := 1; ; i++ {
		p := "Tags.member." + strconv.Itoa(i)
		if !c.form.Has(p + ".Key") {
			break
		}
		k, v := c.form.Get(p+".Key"), c.form.Get(p+".Value")
		switch {
		case k == "" || utf8.RuneCountInString(k) > 128:
			return nil, constraint("tags."+strconv.Itoa(i)+".member.key", k, "have length between 1 and 128")
		case utf8.RuneCountInString(v) > 256:
			return nil, constraint("tags."+strconv.Itoa(i)+".member.value", v, "have length less than or equal to 256")
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalidInput("Tag keys starting with 'aws:' are reserved for system use")
		case given[strings.ToLower(k)]:
			return nil, invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		given[strings.ToLower(k)] = true
		for old := range after { // tag keys of IAM are unique without regard to case
			if strings.EqualFold(old, k) {
				delete(after, old)
			}
		}
		after[k] = v
	}
	if len(after) > 50 {
		return nil, limitExceeded("The number of tags has reached the maximum limit: 50")
	}
	return after, nil
}

func requestTags(tags map[string]string) map[string][]string {
	extra := map[string][]string{}
	for k, v := range tags {
		extra["aws:RequestTag/"+k] = []string{v}
		extra["aws:TagKeys"] = append(extra["aws:TagKeys"], k)
	}
	return extra
}

func (x *xmlWriter) tags(tags map[string]string) {
	x.in("Tags", func() {
		for _, k := range sortedKeys(tags) {
			x.in("member", func() {
				x.text("Key", k)
				x.text("Value", tags[k])
			})
		}
	})
}

// document writes a policy document as IAM returns it: URL-encoded (RFC 3986).
func (x *xmlWriter) document(name, text string) { x.text(name, uriEncode(text, false)) }

// iamPage cuts a list at the request's MaxItems and Marker; the marker is the name of the last one that was given.
func iamPage[T any](c *call, all []T, name func(T) string) (page []T, marker string, fault *apiError) {
	limit := 100
	if v := c.form.Get("MaxItems"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1000 {
			return nil, "", constraint("maxItems", v, "have value between 1 and 1000")
		}
		limit = n
	}
	if m := c.form.Get("Marker"); m != "" {
		at := slices.IndexFunc(all, func(t T) bool { return name(t) == m })
		if at < 0 {
			return nil, "", validation("Invalid Marker.")
		}
		all = all[at+1:]
	}
	if len(all) > limit {
		return all[:limit], name(all[limit-1]), nil
	}
	return all, "", nil
}

func (x *xmlWriter) page(marker string) {
	x.flag("IsTruncated", marker != "")
	x.optional("Marker", marker)
}

func same(s string) string { return s }

func getUser(c *call) (response, *apiError) {
	name := c.form.Get("UserName")
	if name == "" {
		name = c.caller.user
	}
	if name == "" {
		return response{}, validation("Must specify userName when calling with non-User credentials")
	}
	arn := "arn:aws:iam::" + c.caller.account + ":user/" + name
	if bad := c.permit("iam:GetUser", arn); bad != nil {
		return response{}, bad
	}
	u := c.account().Users[name]
	if u == nil {
		return response{}, noSuchEntity("The user with name %s cannot be found.", name)
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("User", func() {
			x.text("Path", "/")
			x.text("UserName", u.Name)
			x.text("UserId", u.ID)
			x.text("Arn", arn)
			x.time("CreateDate", u.Created)
		})
	})
}

func listAccountAliases(c *call) (response, *apiError) {
	if bad := c.permit("iam:ListAccountAliases", "*"); bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page("")
		x.in("AccountAliases", func() {})
	})
}
