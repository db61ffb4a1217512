package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// kmsPage cuts a sorted list at Limit and Marker; the most that KMS gives at once is 1000.
func kmsPage[T any](in *kmsInput, all []T, id func(T) string) ([]T, map[string]any, *apiError) {
	limit := 100
	if in.Limit != nil {
		if *in.Limit < 1 || *in.Limit > 1000 {
			return nil, nil, kmsErrorf("ValidationException", "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 1000", *in.Limit)
		}
		limit = *in.Limit
	}
	if in.Marker != "" {
		at := slices.IndexFunc(all, func(t T) bool { return id(t) == in.Marker })
		if at < 0 {
			return nil, nil, kmsErrorf("InvalidMarkerException", "Could not deserialize marker '%s'", in.Marker)
		}
		all = all[at+1:]
	}
	if len(all) > limit {
		return all[:limit], map[string]any{"Truncated": true, "NextMarker": id(all[limit-1])}, nil
	}
	if all == nil {
		all = []T{}
	}
	return all, map[string]any{"Truncated": false}, nil
}

func listKeys(c *call) (response, *apiError) {
	var in kmsInput
	if err := c.jsonInput(&in); err != nil {
		return response{}, err
	}
	if err := c.kmsPermit("kms:ListKeys", "*"); err != nil {
		return response{}, err
	}
	type entry struct {
		ID  string `json:"KeyId"`
		ARN string `json:"KeyArn"`
	}
	var all []entry
	for _, arn := range sortedKeys(c.w.Accounts[c.caller.account].Keys) {
		if k := c.w.key(arn); k.Region == c.region {
			all = append(all, entry{k.ID, k.ARN})
		}
	}
	page, out, err := kmsPage(&in, all, func(e entry) string { return e.ID })
	if err != nil {
		return response{}, err
	}
	out["Keys"] = page
	return jsonAnswer(out)
}

func listAliases(c *call) (response, *apiError) {
	var in kmsInput
	if err := c.jsonInput(&in); err != nil {
		return response{}, err
	}
	if err := c.kmsPermit("kms:ListAliases", "*"); err != nil {
		return response{}, err
	}
	only := ""
	if in.KeyID != "" {
		k, err := c.findKey("kms:ListAliases", in.KeyID)
		if err != nil {
			return response{}, err
		}
		only = k.ID
	}
	type entry struct {
		Name    string  `json:"AliasName"`
		ARN     string  `json:"AliasArn"`
		Target  string  `json:"TargetKeyId"`
		Created float64 `json:"CreationDate"`
		Updated float64 `json:"LastUpdatedDate"`
	}
	var all []entry
	for _, arn := range sortedKeys(c.w.Accounts[c.caller.account].Keys) {
		k := c.w.key(arn)
		if k.Region != c.region || only != "" && only != k.ID {
			continue
		}
		for _, alias := range k.Aliases {
			all = append(all, entry{alias, fmt.Sprintf("arn:aws:kms:%s:%s:%s", c.region, c.caller.account, alias), k.ID, jsonTime(k.Created), jsonTime(k.Created)})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
	page, out, err := kmsPage(&in, all, func(e entry) string { return e.Name })
	if err != nil {
		return response{}, err
	}
	out["Aliases"] = page
	return jsonAnswer(out)
}
