package sandbox

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

const (
	organizationRoot = "r-sbx1"
	fullAccessID     = "p-FullAWSAccess"
)

// fullAccess is the policy that AWS attaches to every level. It is not kept with the world.
var fullAccess = ServiceControlPolicy{ID: fullAccessID, Name: "FullAWSAccess", Description: "Allows access to every operation",
	Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}

// scps are the service control policies that bear on the callers of an account, by level; nil where there are none but FullAWSAccess.
// They do not bear on the management account and on accounts outside the organization
// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html).
func (w *World) scps(account string) [][]policy.Document {
	if len(w.Organization.Policies) == 0 || account == w.Organization.Management || w.orgID(account) == "" {
		return nil
	}
	var levels [][]policy.Document
	for _, target := range []string{organizationRoot, account} {
		var level []policy.Document
		for _, p := range w.scpsOf(target) {
			if d := parsed(p.Document); d != nil {
				level = append(level, *d)
			}
		}
		levels = append(levels, level)
	}
	return levels
}

// scpsOf are the policies attached to the root or to an account.
func (w *World) scpsOf(target string) []ServiceControlPolicy {
	list := []ServiceControlPolicy{fullAccess}
	for _, p := range w.Organization.Policies {
		if slices.Contains(p.Targets, target) {
			list = append(list, p)
		}
	}
	return list
}

func (w *World) scpSummary(p ServiceControlPolicy) map[string]any {
	arn := w.organizationARN("policy", "/service_control_policy/"+p.ID)
	if p.ID == fullAccessID {
		arn = "arn:aws:organizations::aws:policy/service_control_policy/" + p.ID
	}
	return map[string]any{"Id": p.ID, "Arn": arn, "Name": p.Name, "Description": p.Description, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": p.ID == fullAccessID}
}

type scpInput struct {
	Filter     string
	TargetId   string
	PolicyId   string
	ChildId    string
	MaxResults *int
	NextToken  string
}

// scpCall reads the call and decides it; only the management account may ask.
func (c *call) scpCall() (in scpInput, bad *apiError) {
	if bad := c.jsonInput(&in); bad != nil {
		return in, bad
	}
	if bad := c.inOrganization("*", true); bad != nil {
		return in, bad
	}
	return in, nil
}

func (in scpInput) filterFault() *apiError {
	switch in.Filter {
	case "SERVICE_CONTROL_POLICY":
		return nil
	case "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY", "RESOURCE_CONTROL_POLICY", "CHATBOT_POLICY", "DECLARATIVE_POLICY_EC2":
		return jsonFault("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
	}
	return jsonFault("InvalidInputException", "You specified an invalid value for Filter.")
}

// organizationsPage cuts a list at the request's MaxResults (20 at most) and NextToken.
func organizationsPage[T any](in scpInput, all []T, id func(T) string) ([]T, map[string]any, *apiError) {
	limit, out := 20, map[string]any{}
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	if limit < 1 || limit > 20 {
		return nil, nil, jsonFault("InvalidInputException", "You specified an invalid value for MaxResults: it must be between 1 and 20.")
	}
	if in.NextToken != "" {
		after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		at := slices.IndexFunc(all, func(t T) bool { return id(t) == string(after) })
		if err != nil || at < 0 {
			return nil, nil, jsonFault("InvalidInputException", "You specified an invalid value for NextToken.")
		}
		all = all[at+1:]
	}
	if len(all) > limit {
		all = all[:limit]
		out["NextToken"] = base64.RawURLEncoding.EncodeToString([]byte(id(all[limit-1])))
	}
	return all, out, nil
}

func (c *call) scpPage(in scpInput, list []ServiceControlPolicy) (response, *apiError) {
	page, out, bad := organizationsPage(in, list, func(p ServiceControlPolicy) string { return p.ID })
	if bad != nil {
		return response{}, bad
	}
	summaries := []any{}
	for _, p := range page {
		summaries = append(summaries, c.w.scpSummary(p))
	}
	out["Policies"] = summaries
	return jsonAnswer(out)
}

func listSCPs(c *call) (response, *apiError) {
	in, bad := c.scpCall()
	if bad == nil {
		bad = in.filterFault()
	}
	if bad != nil {
		return response{}, bad
	}
	return c.scpPage(in, append([]ServiceControlPolicy{fullAccess}, c.w.Organization.Policies...))
}

func listSCPsForTarget(c *call) (response, *apiError) {
	in, bad := c.scpCall()
	if bad == nil {
		bad = in.filterFault()
	}
	if bad != nil {
		return response{}, bad
	}
	if in.TargetId != organizationRoot && c.w.orgID(in.TargetId) == "" {
		return response{}, jsonFault("TargetNotFoundException", "We can't find a root, OU, or account with the TargetId that you specified.")
	}
	return c.scpPage(in, c.w.scpsOf(in.TargetId))
}

// scp finds the policy of a request.
func (c *call) scp(id string) (ServiceControlPolicy, *apiError) {
	for _, p := range append([]ServiceControlPolicy{fullAccess}, c.w.Organization.Policies...) {
		if p.ID == id {
			return p, nil
		}
	}
	return ServiceControlPolicy{}, jsonFault("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
}

func describeSCP(c *call) (response, *apiError) {
	in, bad := c.scpCall()
	if bad != nil {
		return response{}, bad
	}
	p, bad := c.scp(in.PolicyId)
	if bad != nil {
		return response{}, bad
	}
	return jsonAnswer(map[string]any{"Policy": map[string]any{"PolicySummary": c.w.scpSummary(p), "Content": p.Document}})
}

func (w *World) rootLevelARN() string { return w.organizationARN("root", "/"+organizationRoot) }

func listTargetsForSCP(c *call) (response, *apiError) {
	in, bad := c.scpCall()
	if bad != nil {
		return response{}, bad
	}
	p, bad := c.scp(in.PolicyId)
	if bad != nil {
		return response{}, bad
	}
	targets := p.Targets
	if p.ID == fullAccessID {
		targets = append([]string{organizationRoot}, c.w.Organization.Members...)
	}
	page, out, bad := organizationsPage(in, targets, same)
	if bad != nil {
		return response{}, bad
	}
	list := []any{}
	for _, id := range page {
		if id == organizationRoot {
			list = append(list, map[string]string{"TargetId": id, "Arn": c.w.rootLevelARN(), "Name": "Root", "Type": "ROOT"})
			continue
		}
		list = append(list, map[string]string{"TargetId": id, "Arn": c.w.organizationARN("account", "/"+id), "Name": c.w.Accounts[id].Name, "Type": "ACCOUNT"})
	}
	out["Targets"] = list
	return jsonAnswer(out)
}

func listRoots(c *call) (response, *apiError) {
	if _, bad := c.scpCall(); bad != nil {
		return response{}, bad
	}
	return jsonAnswer(map[string]any{"Roots": []any{map[string]any{"Id": organizationRoot, "Arn": c.w.rootLevelARN(), "Name": "Root",
		"PolicyTypes": []any{map[string]string{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}}}}})
}

// listParents gives the root for an account: the organization has no units.
func listParents(c *call) (response, *apiError) {
	in, bad := c.scpCall()
	if bad != nil {
		return response{}, bad
	}
	if strings.HasPrefix(in.ChildId, "r-") || c.w.orgID(in.ChildId) == "" {
		return response{}, jsonFault("ChildNotFoundException", "We can't find an organizational unit (OU) or Amazon Web Services account with the ChildId that you specified.")
	}
	return jsonAnswer(map[string]any{"Parents": []any{map[string]string{"Id": organizationRoot, "Type": "ROOT"}}})
}
