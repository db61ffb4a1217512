//go:build unix

package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// differences lists where two states of a world differ: in anything but ids, times, delivered objects and the numbers of policy versions.
func differences(t *testing.T, want, got []byte) []string {
	t.Helper()
	a, b := leaves(t, want), leaves(t, got)
	var out []string
	for _, path := range slices.Sorted(maps.Keys(a)) {
		if v, ok := b[path]; !ok {
			out = append(out, fmt.Sprintf("missing %s = %s", path, a[path]))
		} else if v != a[path] {
			out = append(out, fmt.Sprintf("%s = %s, want %s", path, v, a[path]))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[path]; !ok {
			out = append(out, fmt.Sprintf("too much %s = %s", path, b[path]))
		}
	}
	return out
}

// leaves gives every value of a state by its path.
func leaves(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var w map[string]any
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for id, v := range object(w["accounts"]) {
		account := object(v)
		for name, r := range object(account["roles"]) {
			role := object(r)
			role["trust_ids"] = len(object(role["trust_ids"]))
			flatten(out, id+"/roles/"+name, without(role, "id"))
		}
		for arn, p := range object(account["policies"]) {
			policy := object(p)
			flatten(out, id+"/policies/"+arn, without(policy, "id", "versions", "default", "latest"))
			flatten(out, id+"/policies/"+arn+"/default", defaultVersion(policy))
		}
		for arn, k := range object(account["keys"]) {
			key := object(k)
			key["policy_ids"] = len(object(key["policy_ids"]))
			flatten(out, id+"/keys/"+arn, key)
		}
		for region, v := range object(account["regions"]) {
			data := object(v)
			for _, list := range []string{"vpcs", "flow_logs", "former"} {
				flatten(out, id+"/"+region+"/"+list, inOrder(data[list]))
			}
		}
		flatten(out, id+"/users", object(account["users"]))
		flatten(out, id+"/stacks", object(account["stacks"]))
	}
	for name, b := range object(w["buckets"]) {
		bucket := object(b)
		objects := object(bucket["objects"])
		maps.DeleteFunc(objects, func(_ string, o any) bool { return object(o)["flow_log"] == true })
		bucket["policy_ids"] = len(object(bucket["policy_ids"]))
		flatten(out, "buckets/"+name, bucket)
	}
	return out
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func without(o map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		delete(o, k)
	}
	return o
}

func defaultVersion(policy map[string]any) any {
	list, _ := policy["versions"].([]any)
	for _, v := range list {
		if object(v)["id"] == policy["default"] {
			return object(v)["document"]
		}
	}
	return nil
}

// inOrder leaves out what a flow log's life changes and its id, and puts the rest in an order of its own.
func inOrder(v any) []any {
	list, _ := v.([]any)
	for _, item := range list {
		if o := object(item); o["resource_id"] != nil {
			without(o, "id", "delivered", "status_message")
		}
	}
	slices.SortFunc(list, func(a, b any) int {
		return strings.Compare(fmt.Sprint(object(a)["resource_id"], object(a)["destination"], a), fmt.Sprint(object(b)["resource_id"], object(b)["destination"], b))
	})
	return list
}

var (
	times     = []string{"created", "updated", "modified", "deletion"}
	uniqueIDs = regexp.MustCompile(`\b(AROA|AIDA|ANPA)[A-Z0-9]+`)
)

// flatten writes every value below a path. A document counts by what is in it: entries of a list of texts in any order.
func flatten(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, value := range v {
			if !slices.Contains(times, k) {
				flatten(out, path+"/"+k, value)
			}
		}
	case []any:
		texts := make([]string, 0, len(v))
		for _, item := range v {
			if s, ok := item.(string); ok {
				texts = append(texts, s)
			}
		}
		if len(texts) == len(v) {
			slices.Sort(texts)
			out[path] = fmt.Sprint(texts)
			return
		}
		for i, item := range v {
			flatten(out, fmt.Sprintf("%s/%d", path, i), item)
		}
	case string:
		var document map[string]any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &document) == nil {
			flatten(out, path, document)
			return
		}
		out[path] = uniqueIDs.ReplaceAllString(v, "$1")
	case nil:
	default:
		out[path] = fmt.Sprint(v)
	}
}
