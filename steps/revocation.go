package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// view is a set-up beside the live state of what one step is about: a role, or a bucket with its key. Earlier answers of a set-up have named
// others than the present ones.
type view struct {
	setup Setup
	live  *live
}

// revocation is everything of a set-up in one account with bucket and role: where its present and its earlier answers put things.
type revocation struct {
	setup    Setup
	options  RevokeOptions
	known    Known
	live     *live                   // as the present answers say
	answers  []Setup                 // the present ones first
	roles    []*view                 // by which the reader may come in, that of the present answers first
	policies []*awsops.ManagedPolicy // centralized: those that may hold the reader's entries
	buckets  []*view                 // that of the present answers first
	unseen   []PlannedStep           // what could not be looked at, for somebody else to do
	warnings []string
	lists    sync.Mutex
	kept     map[string]string // who an entry stays for, as it was when the policies were last looked at; whoever takes back later takes it along
	entries  []string          // ARNs of the objects that the set-up granted, as they were when the plan was made
}

// byHome groups answers by the account and mode that they are about, the present ones first.
func byHome(s Setup, earlier []Setup) [][]Setup {
	groups := [][]Setup{{s}}
	same := func(a, b Setup) bool {
		return a.Account.ID == b.Account.ID && a.Mode == b.Mode && a.toGroups() == b.toGroups()
	}
	for _, e := range earlier {
		i := slices.IndexFunc(groups, func(g []Setup) bool { return same(g[0], e) })
		if i < 0 {
			groups = append(groups, []Setup{e})
			continue
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// readRevocation reads what the answers of one account name besides what was read for the first of them, and what carries the set-up's tag.
func (e *Engine) readRevocation(ctx context.Context, answers []Setup, l *live, o RevokeOptions, known Known) (*revocation, error) {
	s := answers[0]
	v := &revocation{setup: s, options: o, known: known, live: l, answers: answers, roles: []*view{{s, l}}, buckets: []*view{{s, l}}}
	var r reading
	r.do(place{step: StepRole, account: s.Account.ID}, "look for roles of this set-up", func() error { return v.readRoles(ctx) })
	r.wg.Wait()
	if len(r.errs) > 0 {
		return nil, distinct(r.errs)
	}
	r.do(place{step: StepPermissions, account: s.Account.ID}, "look for policies of this set-up", func() error { return v.readPolicies(ctx) })
	r.wg.Wait()
	if len(r.errs) > 0 {
		return nil, distinct(r.errs)
	}
	v.readBuckets(ctx)
	return v, nil
}

// readRoles finds the roles that earlier answers named and those with the set-up's tag, among those that let its reader in.
func (v *revocation) readRoles(ctx context.Context) error {
	wanted := map[string]Setup{} // by name, with the answers that named it
	readers := map[string]bool{}
	for _, a := range v.answers {
		readers[a.Reader.Account] = true
		if _, there := wanted[a.Account.Role]; !there && a.Account.Role != v.setup.Account.Role {
			wanted[a.Account.Role] = a
		}
	}
	named := len(wanted)
	if v.setup.Mode == Centralized {
		all, err := v.live.home.Roles(ctx)
		if err != nil {
			v.warnings = append(v.warnings, fmt.Sprintf("the roles of account %s could not be listed (%v): a role of this set-up that no answers known here name would not be found", v.setup.Account.ID, err))
		}
		for _, role := range all {
			_, there := wanted[role.Name]
			for reader := range readers {
				if !there && role.Name != v.setup.Account.Role && trustsAccount(role.Trust, reader) {
					tagged := v.setup
					tagged.Account.Role = role.Name
					wanted[role.Name] = tagged
				}
			}
		}
	}
	found := make([]*view, len(wanted))
	var r reading
	for i, name := range slices.Sorted(maps.Keys(wanted)) {
		r.do(place{step: StepRole, account: v.setup.Account.ID, target: name}, "look at the role", func() error {
			l := &live{start: v.live.start, home: v.live.home}
			if err := l.readRoleAlone(ctx, name); err != nil {
				return err
			}
			found[i] = &view{wanted[name], l}
			return nil
		})
	}
	r.wg.Wait()
	if len(r.errs) > 0 {
		return distinct(r.errs)
	}
	for _, f := range found {
		if f == nil || f.live.role == nil {
			continue
		}
		tagged := f.live.role.Tags[TagSetup] == v.setup.Name
		answered := slices.ContainsFunc(v.answers, func(a Setup) bool { return a.Account.Role == f.setup.Account.Role })
		if tagged || answered && named > 0 {
			f.live.settle(f.setup)
			v.roles = append(v.roles, f)
		}
	}
	return nil
}

// readPolicies finds the managed policies that may hold the set-up's entries: those that go by the reader's names, and those on its roles that
// a set-up made.
func (v *revocation) readPolicies(ctx context.Context) error {
	if v.setup.Mode != Centralized {
		return nil
	}
	add := func(m *awsops.ManagedPolicy) {
		if !slices.ContainsFunc(v.policies, func(p *awsops.ManagedPolicy) bool { return p.ARN == m.ARN }) {
			v.policies = append(v.policies, m)
		}
	}
	for _, m := range v.live.managed {
		if m != nil {
			add(m)
		}
	}
	base := v.setup.reader().ManagedPolicy
	reader := func(name string) bool { return name == base || strings.HasPrefix(name, base+"-") }
	for _, role := range v.roles {
		if role.live.role == nil {
			continue
		}
		for i, p := range role.live.role.Attached {
			if reader(p.Name) || p.Tags[TagSetup] != "" {
				add(&role.live.role.Attached[i])
			}
		}
	}
	own, err := v.live.home.OwnPolicies(ctx)
	if err != nil {
		return nil //nolint:nilerr // those that the answers name are read by their ARNs
	}
	for _, p := range own {
		if !reader(p.Name) || slices.ContainsFunc(v.policies, func(m *awsops.ManagedPolicy) bool { return m.ARN == p.ARN }) {
			continue
		}
		m, err := v.live.home.Policy(ctx, p.ARN)
		if awsops.MeaningOf(err) == awsops.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		add(&m)
	}
	return nil
}

// readBuckets reads the buckets that earlier answers named, and those that the reader's policies name and this set-up marked.
func (v *revocation) readBuckets(ctx context.Context) {
	if v.setup.toGroups() {
		return
	}
	for _, a := range v.answers[1:] {
		v.addBucket(ctx, a, true)
	}
	for _, m := range v.policies {
		d, err := policy.Parse(m.Document)
		if err != nil {
			continue
		}
		list, _ := d.Statement(v.setup.reader().HubSids.List)
		for _, arn := range list.Resource.Values() {
			a := v.setup
			a.Bucket = BucketAnswers{ARN: arn}
			if arnPart(arn, 2) == "s3" && !strings.ContainsAny(arn, "*?/") {
				v.addBucket(ctx, a, false)
			}
		}
	}
}

// addBucket reads a bucket, unless it is known already. One that no answers named counts only where this set-up made or marked it.
func (v *revocation) addBucket(ctx context.Context, a Setup, answered bool) {
	v.lists.Lock()
	known := slices.ContainsFunc(v.buckets, func(b *view) bool { return b.setup.bareBucketARN() == a.bareBucketARN() })
	v.lists.Unlock()
	if known {
		return
	}
	l := &live{start: v.live.start, home: v.live.home}
	err := l.readBucket(ctx, a)
	if err == nil && l.bucket.State == awsops.BucketOurs {
		l.settle(a)
		if answered || l.ownBucket(a) || v.setup.signed(l.bucket.Policy) {
			v.lists.Lock()
			v.buckets = append(v.buckets, &view{a, l})
			v.lists.Unlock()
		}
		return
	}
	if answered && err != nil {
		v.lists.Lock()
		p := PlannedStep{Step: StepBucketPolicy, Account: a.Account.ID, Target: a.bucketName(), Change: ChangeHandOff,
			Summary: "look at bucket " + a.bucketName() + ", which earlier answers named", Reason: "it cannot be read: " + err.Error()}
		p.handOver("take the statements whose Sids begin with "+a.sid("")+" out of its policy", takeFromBucketPolicy(a.bucketName(), a.Account.ID, a.sid(""))...)
		v.unseen = append(v.unseen, p)
		v.lists.Unlock()
	}
}

// signed says whether a policy has a statement with a Sid of the set-up.
func (s Setup) signed(text string) bool {
	d, err := policy.Parse(text)
	return err == nil && slices.ContainsFunc(d.Statements, func(st policy.Statement) bool { return strings.HasPrefix(st.Sid, s.sid("")) })
}

// claims says what other set-ups use, as it is now.
func (v *revocation) claims() claims {
	c := claims{self: v.setup}
	if v.known.Others != nil {
		c.neighbours = v.known.Others()
	}
	for _, b := range v.buckets {
		c.marks = append(c.marks, v.setup.marksIn(b.setup.bucketName(), b.live.bucketPolicy())...)
	}
	return c
}

// objects lists the ARNs of objects that the set-up granted: those of its answers, and of accounts that its delivery statements name.
func (v *revocation) objects() []string {
	v.lists.Lock()
	defer v.lists.Unlock()
	if v.entries != nil {
		return v.entries
	}
	var list []string
	for _, a := range v.answers {
		for _, id := range a.loggedIDs() {
			list = append(list, a.objectsARN(id))
		}
	}
	for _, b := range v.buckets {
		d, err := policy.Parse(b.live.bucketPolicy())
		if err != nil {
			continue
		}
		write, _ := d.Statement(v.setup.sid("Write"))
		for _, r := range write.Resource.Values() {
			if logsOfAccount.MatchString(r) {
				list = append(list, r)
			}
		}
	}
	slices.Sort(list)
	v.entries = slices.Compact(list)
	return v.entries
}

// lookAgain reads the bucket policies again, in which other set-ups may have come to stand since the plan.
func (v *revocation) lookAgain(ctx context.Context) {
	for _, b := range v.buckets {
		if b.live.bucket.State != awsops.BucketOurs {
			continue
		}
		if text, err := b.live.home.BucketPolicy(ctx, b.live.region, b.setup.bucketName()); err == nil {
			b.live.setBucketPolicy(text)
		}
	}
}

// keys lists the keys that the set-up granted: those of its buckets and answers.
func (v *revocation) keys() []string {
	var list []string
	for _, b := range v.buckets {
		list = append(list, b.live.keyARN)
	}
	for _, a := range v.answers {
		list = append(list, a.Bucket.KMSKeyARN)
	}
	list = slices.DeleteFunc(list, func(k string) bool { return k == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

// journaled says whether the set-up's own journal tells what it made.
func (v *revocation) journaled() bool { return len(v.known.Earlier) > 0 }

// beside is the live state for one role and one bucket.
func (v *revocation) beside(role, bucket *view) *live {
	l := &live{start: v.live.start, home: v.live.home, role: role.live.getRole(), boundary: role.live.boundary, boundaryUnread: role.live.boundaryUnread, region: bucket.live.region,
		keyARN: bucket.live.keyARN, member: cmp.Or(bucket.live.member, v.live.member), memberKnown: bucket.live.memberKnown || v.live.memberKnown}
	bucket.live.mu.Lock() // the policies of bucket and key may be written at the same time
	defer bucket.live.mu.Unlock()
	l.bucket = bucket.live.bucket
	if bucket.live.key != nil {
		key := *bucket.live.key
		l.key = &key
	}
	return l
}
