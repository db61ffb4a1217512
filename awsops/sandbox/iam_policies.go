package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// versionLimit is how many versions of a managed policy are kept.
const versionLimit = 5

var policyARNPattern = regexp.MustCompile(`^arn:aws:iam::([0-9]{12}|aws):policy/.+$`)

// managed finds a managed policy of any account, or of AWS.
func (w *World) managed(arn string) *Policy {
	if p := awsManaged[arn]; p != nil {
		return p
	}
	if a := w.Accounts[arnAccount(arn)]; a != nil {
		return a.Policies[arn]
	}
	return nil
}

// managed finds the policy of the request and decides the call's action on it.
func (c *call) managed(extra map[string][]string) (*Policy, *apiError) {
	arn := c.form.Get("PolicyArn")
	if !policyARNPattern.MatchString(arn) {
		return nil, invalidInput("ARN %s is not valid.", arn)
	}
	owner := arnAccount(arn)
	if owner == "aws" {
		owner = c.caller.account
	}
	if bad := c.may("iam:"+c.operation, arn, owner, extra); bad != nil {
		return nil, bad
	}
	p := c.w.managed(arn)
	if p == nil {
		return nil, noSuchEntity("Policy %s was not found.", arn)
	}
	return p, nil
}

// ownPolicy is managed for changes, which nobody but AWS makes to AWS's policies.
func (c *call) ownPolicy(extra map[string][]string) (*Policy, *apiError) {
	p, bad := c.managed(extra)
	if bad == nil && awsManaged[p.ARN] != nil {
		return nil, c.denied("iam:"+c.operation, p.ARN, nil)
	}
	return p, bad
}

func createPolicy(c *call) (response, *apiError) {
	name, bad := c.iamName("PolicyName", 128)
	if bad != nil {
		return response{}, bad
	}
	path, bad := c.iamPath()
	if bad != nil {
		return response{}, bad
	}
	tags, bad := c.iamTags(nil)
	if bad != nil {
		return response{}, bad
	}
	arn := "arn:aws:iam::" + c.caller.account + ":policy" + path + name
	extra := requestTags(tags)
	if bad := c.may("iam:CreatePolicy", arn, c.caller.account, extra); bad != nil {
		return response{}, bad
	}
	if len(tags) > 0 {
		if bad := c.may("iam:TagPolicy", arn, c.caller.account, extra); bad != nil {
			return response{}, bad
		}
	}
	if bad := c.descriptionFault(); bad != nil {
		return response{}, bad
	}
	text := c.form.Get("PolicyDocument")
	if bad := managedDocument(text); bad != nil {
		return response{}, bad
	}
	a := c.account()
	for _, p := range a.Policies { // names are unique without regard to path and case
		if strings.EqualFold(p.Name, name) {
			return response{}, entityExists("A policy called %s already exists. Duplicate names are not allowed.", name)
		}
	}
	now := c.now.UTC()
	p := &Policy{Name: name, ID: c.w.nextID("ANPA"), ARN: arn, Path: path, Default: "v1", Latest: 1, Tags: tags, Created: now, Updated: now,
		Description: c.form.Get("Description"), Versions: []PolicyVersion{{ID: "v1", Document: text, Created: now}}}
	a.Policies[arn] = p
	return queryAnswer(c, func(x *xmlWriter) { x.policy("Policy", c.w, p, true) })
}

func managedDocument(text string) *apiError {
	if policy.CheckSize(policy.ManagedPolicy, text) != nil {
		return limitExceeded("Cannot exceed quota for PolicySize: %d", policy.Limit(policy.ManagedPolicy))
	}
	return permissionsDocument(text)
}

// policy writes a managed policy; full adds what ListPolicies leaves out.
func (x *xmlWriter) policy(element string, w *World, p *Policy, full bool) {
	roles, users := w.attachments(p.ARN)
	boundaries := 0
	for _, a := range w.Accounts {
		for _, r := range a.Roles {
			if r.Boundary == p.ARN {
				boundaries++
			}
		}
	}
	x.in(element, func() {
		x.text("PolicyName", p.Name)
		x.text("PolicyId", p.ID)
		x.text("Arn", p.ARN)
		x.text("Path", p.Path)
		x.text("DefaultVersionId", p.Default)
		x.number("AttachmentCount", len(roles)+len(users))
		x.number("PermissionsBoundaryUsageCount", boundaries)
		x.flag("IsAttachable", true)
		x.time("CreateDate", p.Created)
		x.time("UpdateDate", p.Updated)
		if full {
			x.optional("Description", p.Description)
			x.tags(p.Tags)
		}
	})
}

// attachments finds the roles and users that a policy is attached to. A policy of AWS is counted in every account, one of a customer
// can only be attached in its own.
func (w *World) attachments(arn string) (roles []*Role, users []*User) {
	for _, id := range sortedKeys(w.Accounts) {
		a := w.Accounts[id]
		for _, k := range sortedKeys(a.Roles) {
			if slices.Contains(a.Roles[k].Attached, arn) {
				roles = append(roles, a.Roles[k])
			}
		}
		for _, k := range sortedKeys(a.Users) {
			if slices.Contains(a.Users[k].Attached, arn) {
				users = append(users, a.Users[k])
			}
		}
	}
	return roles, users
}

func getPolicy(c *call) (response, *apiError) {
	p, bad := c.managed(nil)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) { x.policy("Policy", c.w.only(c.caller.account), p, true) })
}

// only is the world as one account sees it where it counts its own.
func (w *World) only(account string) *World {
	return &World{Accounts: map[string]*Account{account: w.Accounts[account]}}
}

func listPolicies(c *call) (response, *apiError) {
	prefix := c.form.Get("PathPrefix")
	if prefix == "" {
		prefix = "/"
	}
	scope := c.form.Get("Scope")
	if scope != "" && scope != "All" && scope != "AWS" && scope != "Local" {
		return response{}, constraint("scope", scope, "satisfy enum value set: [All, AWS, Local]")
	}
	if bad := c.permit("iam:ListPolicies", "arn:aws:iam::"+c.caller.account+":policy"+prefix); bad != nil {
		return response{}, bad
	}
	w := c.w.only(c.caller.account)
	var all []*Policy
	add := func(from map[string]*Policy) {
		for _, arn := range sortedKeys(from) {
			if !strings.HasPrefix(from[arn].Path, prefix) {
				continue
			}
			roles, users := w.attachments(arn)
			if c.form.Get("OnlyAttached") != "true" || len(roles)+len(users) > 0 {
				all = append(all, from[arn])
			}
		}
	}
	if scope != "AWS" {
		add(c.account().Policies)
	}
	if scope != "Local" {
		add(awsManaged)
	}
	page, marker, bad := iamPage(c, all, func(p *Policy) string { return p.ARN })
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page(marker)
		x.in("Policies", func() {
			for _, p := range page {
				x.policy("member", w, p, false)
			}
		})
	})
}

func listEntitiesForPolicy(c *call) (response, *apiError) {
	p, bad := c.managed(nil)
	if bad != nil {
		return response{}, bad
	}
	roles, users := c.w.only(c.caller.account).attachments(p.ARN)
	filter := c.form.Get("EntityFilter")
	page, marker, bad := iamPage(c, roles, func(r *Role) string { return r.Name })
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("PolicyGroups", func() {})
		x.in("PolicyUsers", func() {
			for _, u := range users {
				if c.form.Get("Marker") == "" && (filter == "" || filter == "User") {
					x.in("member", func() {
						x.text("UserName", u.Name)
						x.text("UserId", u.ID)
					})
				}
			}
		})
		x.in("PolicyRoles", func() {
			for _, r := range page {
				if filter == "" || filter == "Role" {
					x.in("member", func() {
						x.text("RoleName", r.Name)
						x.text("RoleId", r.ID)
					})
				}
			}
		})
		x.page(marker)
	})
}

// version finds the version of the request.
func (c *call) version(p *Policy) (*PolicyVersion, *apiError) {
	id := c.form.Get("VersionId")
	if v := p.version(id); v != nil {
		return v, nil
	}
	return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.ARN, id)
}

func (x *xmlWriter) version(element string, p *Policy, v PolicyVersion, document bool) {
	x.in(element, func() {
		if document {
			x.document("Document", v.Document)
		}
		x.text("VersionId", v.ID)
		x.flag("IsDefaultVersion", v.ID == p.Default)
		x.time("CreateDate", v.Created)
	})
}

func getPolicyVersion(c *call) (response, *apiError) {
	p, bad := c.managed(nil)
	if bad != nil {
		return response{}, bad
	}
	v, bad := c.version(p)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) { x.version("PolicyVersion", p, *v, true) })
}

func listPolicyVersions(c *call) (response, *apiError) {
	p, bad := c.managed(nil)
	if bad != nil {
		return response{}, bad
	}
	newest := slices.Clone(p.Versions)
	slices.Reverse(newest)
	page, marker, bad := iamPage(c, newest, func(v PolicyVersion) string { return v.ID })
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page(marker)
		x.in("Versions", func() {
			for _, v := range page {
				x.version("member", p, v, false)
			}
		})
	})
}

func createPolicyVersion(c *call) (response, *apiError) {
	p, bad := c.ownPolicy(nil)
	if bad != nil {
		return response{}, bad
	}
	text := c.form.Get("PolicyDocument")
	if bad := managedDocument(text); bad != nil {
		return response{}, bad
	}
	if len(p.Versions) >= versionLimit {
		return response{}, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", versionLimit)
	}
	p.Latest++
	v := PolicyVersion{ID: "v" + strconv.Itoa(p.Latest), Document: text, Created: c.now.UTC()}
	p.Versions = append(p.Versions, v)
	p.Updated = v.Created
	if c.form.Get("SetAsDefault") == "true" {
		p.Default = v.ID
	}
	return queryAnswer(c, func(x *xmlWriter) { x.version("PolicyVersion", p, v, false) })
}

func setDefaultPolicyVersion(c *call) (response, *apiError) {
	p, bad := c.ownPolicy(nil)
	if bad != nil {
		return response{}, bad
	}
	v, bad := c.version(p)
	if bad != nil {
		return response{}, bad
	}
	p.Default, p.Updated = v.ID, c.now.UTC()
	return queryAnswer(c, nil)
}

func deletePolicyVersion(c *call) (response, *apiError) {
	p, bad := c.ownPolicy(nil)
	if bad != nil {
		return response{}, bad
	}
	v, bad := c.version(p)
	if bad != nil {
		return response{}, bad
	}
	if v.ID == p.Default {
		return response{}, deleteConflict("Cannot delete the default version of a policy.")
	}
	id := v.ID
	p.Versions = slices.DeleteFunc(p.Versions, func(v PolicyVersion) bool { return v.ID == id })
	return queryAnswer(c, nil)
}

func deletePolicy(c *call) (response, *apiError) {
	p, bad := c.ownPolicy(nil)
	if bad != nil {
		return response{}, bad
	}
	roles, users := c.w.attachments(p.ARN)
	switch {
	case len(roles)+len(users) > 0:
		return response{}, deleteConflict("Cannot delete a policy attached to entities.")
	case len(p.Versions) > 1:
		return response{}, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	for _, r := range c.account().Roles {
		if r.Boundary == p.ARN {
			return response{}, &apiError{status: http.StatusConflict, code: "DeleteConflict", message: "Cannot delete a policy that is used as a permissions boundary."}
		}
	}
	delete(c.account().Policies, p.ARN)
	return queryAnswer(c, nil)
}

func tagPolicy(c *call) (response, *apiError) {
	given, bad := c.iamTags(nil)
	if bad != nil {
		return response{}, bad
	}
	p, bad := c.ownPolicy(requestTags(given))
	if bad != nil {
		return response{}, bad
	}
	tags, bad := c.iamTags(p.Tags)
	if bad != nil {
		return response{}, bad
	}
	p.Tags = tags
	return queryAnswer(c, nil)
}

func untagPolicy(c *call) (response, *apiError) {
	keys := c.formList("TagKeys.member")
	p, bad := c.ownPolicy(map[string][]string{"aws:TagKeys": keys})
	if bad != nil {
		return response{}, bad
	}
	dropTags(p.Tags, keys)
	return queryAnswer(c, nil)
}

func listPolicyTags(c *call) (response, *apiError) {
	p, bad := c.managed(nil)
	if bad != nil {
		return response{}, bad
	}
	return listTags(c, p.Tags)
}
