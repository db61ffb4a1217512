package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// leftovers are what earlier answers of a set-up made that the present ones no longer name.
type leftovers struct {
	sites   []*site // accounts and regions that are no longer named, with their flow logs
	unseen  []string
	roles   []*awsops.Role
	homes   []Setup // answers with bucket and role in another account
	answers []Setup // earlier answers that differ
}

// lingering is an account whose flow logs still deliver to the bucket below a prefix, though the answers no longer name it so.
type lingering struct{ prefix, account string }

// objects is the ARN of all that is delivered for the account.
func (n lingering) objects(s Setup) string {
	s.Bucket.ARN = strings.TrimSuffix(s.bareBucketARN()+"/"+n.prefix, "/")
	return s.bareBucketARN() + "/" + s.logsPrefix() + n.account + "/*"
}

// readLeftovers looks at what earlier runs made under other answers. Not knowing stops nothing: it is said.
func (e *Engine) readLeftovers(ctx context.Context, s Setup, l *live) {
	var r leftovers
	now := string(s.YAML())
	for _, a := range e.known(s.Name).Earlier {
		if string(a.YAML()) != now {
			r.answers = append(r.answers, a)
		}
	}
	if len(r.answers) == 0 {
		return
	}
	seen, roles := map[named]bool{}, map[string]bool{s.roleName(): true}
	acting := map[string]*site{}
	for _, at := range l.sites {
		seen[named{at.account.ID, at.region}], acting[at.account.ID] = true, at
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, a := range r.answers {
		for _, account := range a.Logged() {
			for _, region := range account.Regions {
				n := named{account.ID, region}
				if seen[n] {
					continue
				}
				seen[n] = true
				at := &site{account: account, region: region}
				if there := acting[account.ID]; there != nil {
					at.account, at.acting = there.account, there.acting
				}
				wg.Go(func() {
					err := recovered(func() error { return e.readFlowLogs(ctx, s, at) })
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						r.unseen = append(r.unseen, fmt.Sprintf("account %s, %s: earlier answers made flow logs there, and whether they are left could not be looked at (%v)", account.ID, region, err))
						return
					}
					r.sites = append(r.sites, at)
				})
			}
		}
		if a.Account.ID != s.Account.ID || a.Mode != s.Mode || a.toGroups() != s.toGroups() {
			if !slices.ContainsFunc(r.homes, func(h Setup) bool { return h.Account.ID == a.Account.ID && h.Mode == a.Mode }) {
				r.homes = append(r.homes, a)
			}
			continue
		}
		if name := a.roleName(); !roles[name] {
			roles[name] = true
			wg.Go(func() {
				role, err := l.home.Role(ctx, name)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					r.roles = append(r.roles, &role)
				}
			})
		}
	}
	wg.Wait()
	slices.Sort(r.unseen)
	slices.SortFunc(r.sites, func(a, b *site) int { return strings.Compare(a.account.ID+a.region, b.account.ID+b.region) })
	slices.SortFunc(r.roles, func(a, b *awsops.Role) int { return strings.Compare(a.Name, b.Name) })
	l.left = &r
}

// readFlowLogs reads the flow logs of an account and region, acting there first.
func (e *Engine) readFlowLogs(ctx context.Context, s Setup, at *site) (err error) {
	if at.acting == nil {
		if at.acting, err = e.cloud.Account(ctx, at.account.ID, s.partition(), credentials(at.account.Credentials)); err != nil {
			return err
		}
	}
	at.flowLogs, err = at.acting.FlowLogs(ctx, at.region)
	return err
}

// lingering lists the accounts whose flow logs of this set-up still deliver to the bucket otherwise than the answers say. They stay until somebody
// deletes them, and keep what lets them deliver.
func (l *live) lingering(s Setup) []lingering {
	var list []lingering
	sites := l.sites
	if l.left != nil {
		sites = slices.Concat(sites, l.left.sites)
	}
	for _, at := range sites {
		for _, f := range at.flowLogs {
			n := lingering{f.Prefix, at.account.ID}
			if f.Tags[TagSetup] == s.Name && f.DestinationType == string(ToS3) && f.Bucket == s.bucketName() && !slices.Contains(list, n) &&
				(f.Prefix != s.prefix() || !slices.Contains(s.loggedIDs(), at.account.ID)) {
				list = append(list, n)
			}
		}
	}
	slices.SortFunc(list, func(a, b lingering) int { return strings.Compare(a.prefix+" "+a.account, b.prefix+" "+b.account) })
	return list
}

// withLingering lets the flow logs deliver that earlier answers made, in the statement of the set-up where it has one.
func (s Setup) withLingering(d policy.Document) policy.Document {
	write, at := d.Statement(s.sid("Write"))
	if at < 0 {
		return d
	}
	for _, n := range s.lingers {
		if n.prefix == s.prefix() {
			continue // the statement names the account as it names the others
		}
		write.Resource = write.Resource.Add(n.objects(s))
	}
	return d.With(write)
}

// deliveringIDs are the accounts whose logs the bucket receives, with those that only earlier answers named and that still deliver.
func (s Setup) deliveringIDs() []string {
	ids := s.loggedIDs()
	for _, n := range s.lingers {
		if !slices.Contains(ids, n.account) {
			ids = append(ids, n.account)
		}
	}
	return ids
}

// leftoverWarnings tell what stays of earlier answers, and what removes it.
func leftoverWarnings(s Setup, l *live, revoke string) []string {
	var warnings []string
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	own := func(at *site, why string, which func(awsops.FlowLog) bool) {
		byDestination := map[string][]string{}
		for _, f := range at.flowLogs {
			if f.Tags[TagSetup] == s.Name && which(f) {
				byDestination[f.Destination] = append(byDestination[f.Destination], f.ID)
			}
		}
		for _, to := range slices.Sorted(maps.Keys(byDestination)) {
			ids := byDestination[to]
			warn("account %s, %s: %s of this set-up to %s %s: %s. To delete, in that account: aws ec2 delete-flow-logs --region %s --flow-log-ids %s",
				at.account.ID, at.region, count(len(ids), "flow log"), to, stay(len(ids)), why, at.region, strings.Join(ids, " "))
		}
	}
	for _, at := range l.sites {
		own(at, "earlier answers made them, to another destination, and both are charged", func(f awsops.FlowLog) bool { return !s.delivers(f) })
		own(at, "the answers no longer choose their VPCs", func(f awsops.FlowLog) bool {
			return s.delivers(f) && !slices.ContainsFunc(at.vpcs, func(v awsops.VPC) bool { return v.ID == f.ResourceID }) && (!at.account.VPCs.All || slices.Contains(at.account.LeftOut, f.ResourceID))
		})
	}
	if l.left == nil {
		return warnings
	}
	for _, at := range l.left.sites {
		own(at, "the answers no longer name this account and region", func(awsops.FlowLog) bool { return true })
	}
	for _, role := range l.left.roles {
		if s.Mode == Centralized && role.Tags[TagSetup] == s.Name {
			warn("role %s, which earlier answers named, stays, and %s can still read by it. %s takes what this set-up granted back; then apply again", role.Name, s.reader().Name, revoke)
		} else if s.Mode == PerAccount {
			warn("role %s, which earlier answers named, keeps what it was granted. %s takes what this set-up granted back; then apply again", role.Name, revoke)
		}
	}
	if still := l.stillReadable(s); len(still) > 0 {
		warn("%s can still read what earlier answers granted: %s. %s takes what this set-up granted back; then apply again", s.reader().Name, some(still), revoke)
	}
	for _, h := range l.left.homes {
		warn("earlier answers used role %s in account %s: what they made there stays. %s takes it back; then apply again", h.roleName(), h.Account.ID, revoke)
	}
	return append(warnings, l.left.unseen...)
}

func stay(n int) string {
	if n == 1 {
		return "stays"
	}
	return "stay"
}

// stillReadable lists the ARNs of objects that earlier answers granted and the present ones do not, as far as the reader's policies hold them.
func (l *live) stillReadable(s Setup) []string {
	var wanted, list []string
	for _, id := range s.loggedIDs() {
		wanted = append(wanted, s.objectsARN(id))
	}
	holds := func(arn string) bool {
		for _, m := range l.managed {
			if m == nil {
				continue
			}
			d, err := policy.Parse(m.Document)
			st, _ := d.Statement(s.reader().HubSids.Objects)
			if err == nil && st.Resource.Has(arn) {
				return true
			}
		}
		if s.Mode != PerAccount || l.role == nil {
			return false
		}
		identity, _ := identityOf(l.role) // what cannot be understood is told where it is changed
		return slices.ContainsFunc(identity, func(d policy.Document) bool {
			st, _ := d.Statement(s.reader().DirectSid)
			return st.Resource.Has(arn)
		})
	}
	for _, a := range l.left.answers {
		if a.toGroups() || s.toGroups() || a.Account.ID != s.Account.ID || a.Mode != s.Mode {
			continue
		}
		for _, id := range a.loggedIDs() {
			if arn := a.objectsARN(id); !slices.Contains(wanted, arn) && !slices.Contains(list, arn) && holds(arn) {
				list = append(list, arn)
			}
		}
	}
	slices.Sort(list)
	return list
}
