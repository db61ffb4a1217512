package steps_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

// bystanders is everything in the world that a set-up has nothing to do with, as JSON by its place: roles, policies, keys, users, stacks and
// VPCs of every account, other buckets, and the organization. What state looks at is left out, and what only time changes.
func (l *lab) bystanders(s steps.Setup) map[string]string {
	l.Helper()
	text, err := l.world.Snapshot()
	l.must(err)
	var world struct {
		Accounts     map[string]map[string]json.RawMessage
		Buckets      map[string]map[string]json.RawMessage
		Organization json.RawMessage
	}
	l.must(json.Unmarshal(text, &world))
	out := map[string]string{"organization": string(world.Organization)}
	for id, account := range world.Accounts {
		for _, kind := range []string{"roles", "policies", "keys", "users", "stacks"} {
			var things map[string]json.RawMessage
			l.must(json.Unmarshal(account[kind], &things))
			for name, thing := range things {
				if id == s.Account.ID && (strings.EqualFold(name, s.Account.Role) || name == hubPolicy || name == l.flowLogsKey()) || strings.Contains(string(thing), `"manager":"AWS"`) {
					continue
				}
				out[id+"/"+kind+"/"+name] = string(thing)
			}
		}
		var regions map[string]struct{ VPCs json.RawMessage }
		l.must(json.Unmarshal(account["regions"], &regions))
		for region, data := range regions {
			out[id+"/vpcs/"+region] = string(data.VPCs)
		}
	}
	for name, bucket := range world.Buckets {
		if !strings.Contains(s.Bucket.ARN, name) {
			objects := slices.Sorted(keysOf(l, bucket["objects"]))
			delete(bucket, "objects")
			settings, err := json.Marshal(bucket)
			l.must(err)
			out["buckets/"+name] = string(settings) + strings.Join(objects, " ")
		}
	}
	return out
}

func keysOf(l *lab, text json.RawMessage) func(func(string) bool) {
	var things map[string]json.RawMessage
	if len(text) > 0 {
		l.must(json.Unmarshal(text, &things))
	}
	return func(yield func(string) bool) {
		for name := range things {
			if !yield(name) {
				return
			}
		}
	}
}

// unchanged says whether a fix left alone what was there before the break, but for what the break did to it, and made nothing beside it.
func (l *lab) unchanged(before, broken, mended map[string]string) {
	l.Helper()
	for place, was := range before {
		if now := mended[place]; now != was && now != broken[place] {
			l.Errorf("%s was %.300s\nand is %.300s", place, was, now)
		}
	}
	for place, now := range mended {
		if before[place] == "" && broken[place] == "" {
			l.Errorf("made is %s: %.300s", place, now)
		}
	}
}
