package sandbox

import (
	"encoding/base64"
	"net/http"
	"slices"
)

// organizationsHandlers answers AWS Organizations, target AWSOrganizationsV20161128.
var organizationsHandlers = map[string]handler{
	"DescribeAccount":       describeAccount,
	"DescribeOrganization":  describeOrganization,
	"DescribePolicy":        describeSCP,
	"ListAccounts":          listAccounts,
	"ListParents":           listParents,
	"ListPolicies":          listSCPs,
	"ListPoliciesForTarget": listSCPsForTarget,
	"ListRoots":             listRoots,
	"ListTargetsForPolicy":  listTargetsForSCP,
}

func jsonFault(code, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: message}
}

// inOrganization decides a call's action; management tells that only the management account may do it.
func (c *call) inOrganization(resource string, management bool) *apiError {
	action := "organizations:" + c.operation
	if d := c.authorize(action, resource, c.caller.account, nil, nil); d.Verdict != "Allowed" {
		return c.denied(action, resource, d)
	}
	if c.w.orgID(c.caller.account) == "" {
		return jsonFault("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	if management && c.caller.account != c.w.Organization.Management {
		return jsonFault("AccessDeniedException", "You don't have permissions to access this resource.")
	}
	return nil
}

func (w *World) organizationARN(kind, rest string) string {
	return "arn:aws:organizations::" + w.Organization.Management + ":" + kind + "/" + w.Organization.ID + rest
}

func accountEmail(id string) string { return "aws+" + id + "@example.com" }

func describeOrganization(c *call) (response, *apiError) {
	if bad := c.inOrganization("*", false); bad != nil {
		return response{}, bad
	}
	o := c.w.Organization
	return jsonAnswer(map[string]any{"Organization": map[string]any{
		"Id": o.ID, "Arn": c.w.organizationARN("organization", ""), "FeatureSet": "ALL", "MasterAccountId": o.Management,
		"MasterAccountArn": c.w.organizationARN("account", "/"+o.Management), "MasterAccountEmail": accountEmail(o.Management),
		"AvailablePolicyTypes": []any{map[string]string{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}},
	}})
}

func (w *World) describedAccount(id string) map[string]any {
	joined := "CREATED"
	if id == w.Organization.Management {
		joined = "INVITED"
	}
	a := w.Accounts[id]
	return map[string]any{
		"Id": id, "Arn": w.organizationARN("account", "/"+id), "Email": accountEmail(id), "Name": a.Name, "Status": "ACTIVE", "State": "ACTIVE",
		"JoinedMethod": joined, "JoinedTimestamp": jsonTime(w.Created),
	}
}

func describeAccount(c *call) (response, *apiError) {
	var in struct{ AccountId string }
	if bad := c.jsonInput(&in); bad != nil {
		return response{}, bad
	}
	if bad := c.inOrganization(c.w.organizationARN("account", "/"+in.AccountId), true); bad != nil {
		return response{}, bad
	}
	if !accountPattern.MatchString(in.AccountId) {
		return response{}, jsonFault("InvalidInputException", "You specified an invalid value for AccountId.")
	}
	if c.w.orgID(in.AccountId) == "" {
		return response{}, jsonFault("AccountNotFoundException", "You specified an account that doesn't exist.")
	}
	return jsonAnswer(map[string]any{"Account": c.w.describedAccount(in.AccountId)})
}

// listAccounts gives at most 20 accounts a page (botocore organizations:ListAccounts).
func listAccounts(c *call) (response, *apiError) {
	var in struct {
		MaxResults *int
		NextToken  string
	}
	if bad := c.jsonInput(&in); bad != nil {
		return response{}, bad
	}
	if bad := c.inOrganization("*", true); bad != nil {
		return response{}, bad
	}
	limit := 20
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	if limit < 1 || limit > 20 {
		return response{}, jsonFault("InvalidInputException", "You specified an invalid value for MaxResults: it must be between 1 and 20.")
	}
	ids := c.w.Organization.Members
	if in.NextToken != "" {
		after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		at := slices.Index(ids, string(after))
		if err != nil || at < 0 {
			return response{}, jsonFault("InvalidInputException", "You specified an invalid value for NextToken.")
		}
		ids = ids[at+1:]
	}
	out := map[string]any{}
	if len(ids) > limit {
		ids = ids[:limit]
		out["NextToken"] = base64.RawURLEncoding.EncodeToString([]byte(ids[limit-1]))
	}
	accounts := make([]any, 0, len(ids))
	for _, id := range ids {
		accounts = append(accounts, c.w.describedAccount(id))
	}
	out["Accounts"] = accounts
	return jsonAnswer(out)
}
