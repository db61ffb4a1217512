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

// elsewhere is what the entries under the reader's own Sids that are not of this set-up are for: other set-ups keep theirs there, too.
type elsewhere struct {
	explained map[string]string // who is granted an object or key ARN
	unseen    map[string]string // why nobody can say whom an ARN is for
}

// excuses says whether an entry is, or may be, of another set-up.
func (e elsewhere) excuses(entry string) bool {
	return e.explained[entry] != "" || e.unseen[entry] != ""
}

// entries are the ARNs that are, or may be, granted to the readers of other set-ups, in order.
func (e elsewhere) entries() []string {
	return append(slices.Sorted(maps.Keys(e.explained)), slices.Sorted(maps.Keys(e.unseen))...)
}

// ownSids are those under which the reader's grants stand, whichever set-up made them.
func (r reader) ownSids() []string {
	return []string{r.HubSids.Objects, r.HubSids.Decrypt, r.DirectSid, r.DirectKeySid}
}

// entriesElsewhere lists what documents grant under the reader's own Sids beyond what this set-up does; an entry that leaves its bucket or key open is
// nobody's.
func (s Setup) entriesElsewhere(l *live, documents []policy.Document) []string {
	own := s.granted(l)
	var entries []string
	for _, d := range documents {
		for _, sid := range s.reader().ownSids() {
			st, _ := d.Statement(sid)
			for _, entry := range st.Resource.Values() {
				bucket, _, objects := strings.Cut(entry, "/")
				named := arnPart(entry, 2) == "s3" && objects && !strings.ContainsAny(bucket, "*?") || arnPart(entry, 2) == "kms" && !strings.ContainsAny(entry, "*?")
				if named && entry != own.KeyARN && !slices.Contains(own.Objects, entry) && !slices.Contains(entries, entry) {
					entries = append(entries, entry)
				}
			}
		}
	}
	return entries
}

// readElsewhere finds out whom such entries of a role's policies are for: a set-up that is known here, or one whose statement stands in the policy of the
// bucket or key.
func (e *Engine) readElsewhere(ctx context.Context, s Setup, l *live, role *awsops.Role) elsewhere {
	found := elsewhere{map[string]string{}, map[string]string{}}
	documents, err := identityOf(role)
	if err != nil {
		return found // told by the checks
	}
	entries := s.entriesElsewhere(l, documents)
	if len(entries) == 0 {
		return found
	}
	known := e.known(s.Name)
	c := claims{self: s}
	if known.Others != nil {
		c.neighbours = known.Others()
	}
	for _, before := range known.Earlier { // what it granted before, until it is taken back
		c.neighbours = append(c.neighbours, Neighbour{Setup: before, Reads: true})
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, entry := range entries {
		if who := c.grants(entry); who != "" {
			found.explained[entry] = who
			continue
		}
		wg.Go(func() {
			text, err := l.policyAt(ctx, s, entry)
			mu.Lock()
			defer mu.Unlock()
			switch who := s.explainedBy(entry, text); {
			case who != "":
				found.explained[entry] = who
			case err != nil && awsops.MeaningOf(err) != awsops.NotFound:
				found.unseen[entry] = err.Error()
			}
		})
	}
	wg.Wait()
	return found
}

// policyAt reads the policy of the bucket or key that an entry names.
func (l *live) policyAt(ctx context.Context, s Setup, entry string) (string, error) {
	if arnPart(entry, 2) == "kms" {
		if l.key != nil && l.key.ARN == entry {
			return l.key.Policy, nil
		}
		return l.home.KeyPolicy(ctx, entry)
	}
	bucket, _, _ := strings.Cut(arnPart(entry, 5), "/")
	if bucket == s.bucketName() {
		return l.home.BucketPolicy(ctx, l.region, bucket) // another set-up may be at work
	}
	b, err := l.home.Bucket(ctx, bucket, "")
	switch {
	case err != nil:
		return "", err
	case b.State == awsops.BucketForeign:
		return "", fmt.Errorf("the bucket %s may not be looked at from account %s, or is not its own", bucket, s.Account.ID)
	}
	for _, err := range b.Unreadable {
		if isOperation(err, "s3:GetBucketPolicy") {
			return "", err
		}
	}
	return b.Policy, nil
}

// grants names the set-up known here whose reader is granted an object or key ARN through a role of the same account; "" where none is.
func (c claims) grants(entry string) string {
	if who := c.reads(entry); who != "" {
		return who
	}
	if logsOfAccount.MatchString(entry) && strings.HasPrefix(entry, c.self.bareBucketARN()+"/"+c.self.logsPrefix()) || entry == c.self.Bucket.KMSKeyARN {
		return "set-up " + c.self.Name + ", which had it among its accounts"
	}
	for _, n := range c.neighbours {
		if n.Reads && n.Setup.Account.ID == c.self.Account.ID && n.Setup.Bucket.KMSKeyARN == entry {
			return "set-up " + n.Setup.Name
		}
	}
	return ""
}

// explainedBy names the set-up whose statement in the policy of a bucket or key explains an entry: logs of an account lie where a set-up has logs
// delivered, and a whole bucket is granted by another set-up only. "" where there is none.
func (s Setup) explainedBy(entry, text string) string {
	d, err := policy.Parse(text)
	if err != nil {
		return ""
	}
	where, key, _ := strings.Cut(arnPart(entry, 5), "/")
	for _, st := range d.Statements {
		sid := setupSid.FindString(st.Sid)
		explains := false
		switch {
		case sid == "" || st.Effect != policy.Allow:
		case arnPart(entry, 2) == "kms":
			explains = strings.Contains(st.Sid, "Key")
		case strings.HasSuffix(st.Sid, "Write"):
			explains = logsOfAccount.MatchString(entry) || key == "*" && sid != s.sid("")
		}
		if explains {
			return "the set-up whose statement " + st.Sid + " stands in the policy of " + where
		}
	}
	return ""
}
