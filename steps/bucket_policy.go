package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

func (s Setup) deliverySpec(organization string) policy.DeliverySpec {
	return policy.DeliverySpec{Partition: s.partition(), Service: s.source().Service, Bucket: s.bucketName(), Prefix: s.prefix(),
		Accounts: s.deliveringIDs(), OrganizationID: organization, SidWrite: s.sid("Write"), SidACL: s.sid("AclCheck"), Apart: s.ofAnother}
}

// wantedBucketPolicy adds to a bucket policy what delivery needs and does not have.
// Statements of ours always name exactly the accounts of the set-up. Those of other set-ups do not count: they go with them.
func (s Setup) wantedBucketPolicy(current policy.Document, organization string, tlsOnly bool) (policy.Document, error) {
	wanted := current
	write, ours := current.Statement(s.sid("Write"))
	s.lingers = slices.DeleteFunc(slices.Clone(s.lingers), func(n lingering) bool { return !mark{statement: write}.covers(n.objects(s)) }) // nobody is let in anew
	if ours >= 0 || len(s.bucketLockedOut(s.withoutOthers(current), organization)) > 0 {
		fit, err := policy.FitDelivery(current, s.deliverySpec(organization))
		if err != nil {
			return current, err
		}
		wanted = s.withLingering(fit)
	}
	if tlsOnly {
		wanted = wanted.WithBeside(s.ofAnother, policy.TLSOnlyStatement(s.sid("TlsOnly"), s.partition(), s.bucketName()))
	} else if !s.Bucket.TLSOnly {
		wanted = wanted.Without(s.sid("TlsOnly"))
	}
	return wanted, policy.CheckSize(policy.BucketPolicy, wanted.String())
}

// ofAnother says whether a Sid is one of another set-up.
func (s Setup) ofAnother(sid string) bool {
	prefix := setupSid.FindString(sid)
	return prefix != "" && prefix != s.sid("")
}

// withoutOthers is a policy without what other set-ups allow in it.
func (s Setup) withoutOthers(d policy.Document) policy.Document {
	out := d.Clone()
	out.Statements = slices.DeleteFunc(out.Statements, func(st policy.Statement) bool { return st.Effect == policy.Allow && s.ofAnother(st.Sid) })
	return out
}

// bucketLockedOut lists the accounts for which a bucket policy does not let the delivery service write.
func (s Setup) bucketLockedOut(d policy.Document, organization string) []denial {
	var out []denial
	for _, account := range s.Logged() {
		for _, region := range account.Regions {
			for action, resource := range map[string]string{
				"s3:PutObject":    s.deliveryObject(account.ID, region),
				"s3:GetBucketAcl": s.bareBucketARN(),
			} {
				decision := policy.Evaluate(policy.Request{Principal: s.source().Service, Action: action, Resource: resource, ResourceAccount: s.Account.ID,
					Context: s.deliveryContext(account.ID, region, organization)}, policy.Policies{Resource: &d})
				if decision.Verdict != policy.Allowed {
					out = append(out, denial{account.ID, region, decision})
				}
			}
		}
	}
	return out
}

// deliveryObject is the ARN of an object as delivery would write it now: statements may tell such objects by their whole name.
func (s Setup) deliveryObject(account, region string) string {
	at := time.Now().Truncate(5 * time.Minute) // the files of a flow log appear so often
	return s.bareBucketARN() + "/" + flowrecord.ObjectKey(s.layout(), account, region, "fl-0a1b2c3d4e5f60718", at, "0a1b2c3d")
}

func planBucketPolicy(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepBucketPolicy, Account: s.Account.ID, Region: s.bucketRegion(), Target: s.bucketName(), Change: ChangeNone}
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the bucket policy cannot be changed as needed", reason, fix
		return p
	}
	if l.bucket.State == awsops.BucketForeign {
		p.Summary = "waits for a bucket that can be used"
		return p
	}
	p.Region = l.region
	for _, err := range l.bucket.Unreadable {
		if isOperation(err, "s3:GetBucketPolicy") {
			p.unread = err
			return blocked("it cannot be read, and is never overwritten unread: "+err.Error(), "let the acting principal use s3:GetBucketPolicy and s3:PutBucketPolicy on the bucket")
		}
	}
	current, err := parseOrEmpty(l.bucket.Policy)
	if err != nil {
		return blocked("the present policy cannot be understood: "+err.Error(), "mend the bucket policy")
	}
	wanted, err := s.wantedBucketPolicy(current, l.organization, l.tlsOnly)
	if err != nil {
		return blocked(err.Error(), "take statements that are no longer needed out of the bucket policy; accounts of one organization fit in with delivery_scope: organization")
	}
	p.Before, p.After = known(pretty(current)), text(wanted.Pretty())
	if d, yes := explicit(s.bucketLockedOut(wanted, l.member)); yes {
		return blocked(fmt.Sprintf("%s of the bucket policy denies the delivery for account %s", d.statement(), d.account), "take that statement out of the bucket policy, or except "+s.source().Service+" from it")
	}
	if sameMeaning(wanted, current) {
		p.Summary = "the bucket lets the logs be delivered"
		return p
	}
	if reason, fix := namesDeleted("bucket policy", wanted); reason != "" {
		return blocked(reason, fix)
	}
	p.Change, p.Summary = ChangeUpdate, fmt.Sprintf("let %s write the logs of %s", s.source().Service, count(len(s.Logged()), "account"))
	p.Reason = "the bucket policy does not let it yet, or not for exactly these accounts"
	if gone := s.lockedOutBy(current, wanted); len(gone) > 0 {
		p.Reason += "; " + strings.Join(gone, ", ") + " goes out of it: no flow log of this set-up is known to deliver there any more, and one that does could not go on"
	}
	if p.Before == nil {
		p.Change, p.Reason = ChangeCreate, "the bucket has no policy"
	}
	if _, ours := current.Statement(s.sid("TlsOnly")); ours >= 0 && !s.Bucket.TLSOnly {
		if wanted.Equal(current.Without(s.sid("TlsOnly"))) {
			p.Summary, p.Reason = "no longer deny plain HTTP", "bucket.tls_only is false"
		} else {
			p.Summary, p.Reason = p.Summary+", and no longer deny plain HTTP", p.Reason+"; bucket.tls_only is false"
		}
	}
	p.exec = &execution{needs: []need{{step: StepBucket, changed: true}}, run: writeBucketPolicy}
	return p
}

// lockedOutBy lists whose logs the set-up's own statement lets in now and will not any more.
func (s Setup) lockedOutBy(current, wanted policy.Document) []string {
	before, _ := current.Statement(s.sid("Write"))
	after, _ := wanted.Statement(s.sid("Write"))
	var gone []string
	for _, r := range before.Resource.Values() {
		if logsOfAccount.MatchString(r) && !after.Resource.Has(r) && !slices.ContainsFunc(after.Resource.Values(), func(a string) bool {
			return strings.HasSuffix(a, "/AWSLogs/*") && strings.HasPrefix(r, strings.TrimSuffix(a, "*"))
		}) {
			gone = append(gone, r)
		}
	}
	return gone
}

func parseOrEmpty(text string) (policy.Document, error) {
	if text == "" {
		return policy.Document{}, nil
	}
	return policy.Parse(text)
}

func pretty(d policy.Document) string {
	if len(d.Statements) == 0 {
		return ""
	}
	return d.Pretty()
}

func isOperation(err error, operation string) bool {
	e, ok := err.(*awsops.Error) //nolint:errorlint // Unreadable holds exactly these
	return ok && e.Operation == operation
}

func (t *task) bucketPolicyDocument(ctx context.Context) document {
	s, l := t.setup(), t.live()
	return document{
		kind: "bucket-policy", target: s.bucketName(),
		read: func() (string, error) { return l.home.BucketPolicy(ctx, l.region, s.bucketName()) },
		write: func(d policy.Document) error {
			return l.home.PutBucketPolicy(ctx, l.region, s.bucketName(), d.String())
		},
		mend: func(current policy.Document) (policy.Document, error) {
			return s.wantedBucketPolicy(current, l.organization, l.tlsOnly)
		},
		done: func(text string) { l.setBucketPolicy(text) },
	}
}

func writeBucketPolicy(ctx context.Context, t *task) (string, error) {
	if _, err := t.rewrite(ctx, t.bucketPolicyDocument(ctx)); err != nil {
		return "", err
	}
	return "the bucket lets the logs of " + count(len(t.setup().Logged()), "account") + " be delivered", nil
}

// restoreBucketPolicy puts back what AWS dropped from the bucket policy when it made flow logs.
// Source: VPC user guide, flow-logs-s3-permissions: the policy that AWS attaches itself may replace the one that is there.
func restoreBucketPolicy(ctx context.Context, t *task) (string, error) {
	before, err := parseOrEmpty(t.live().bucketPolicy())
	if err != nil {
		return "", err
	}
	d := t.bucketPolicyDocument(ctx)
	mend := d.mend
	d.mend = func(current policy.Document) (policy.Document, error) {
		return mend(current.With(t.setup().dropped(before, current)...))
	}
	wrote, err := t.rewrite(ctx, d)
	if err != nil || !wrote {
		return "", err
	}
	return "AWS had dropped statements from the bucket policy of " + t.setup().bucketName() + " when it made the flow logs: they are back", nil
}

// dropped lists the statements that were there before and are gone because the whole policy was replaced, ours with the others. Where ours
// stand, somebody took the others out on purpose. AWS's own delivery statements are its to keep.
func (s Setup) dropped(before, now policy.Document) []policy.Statement {
	if _, at := now.Statement(s.sid("Write")); at >= 0 {
		return nil
	}
	var gone []policy.Statement
	for _, c := range policy.Diff(before, now) {
		if c.Kind == policy.Removed && !strings.HasPrefix(c.Before.Sid, "AWSLogDelivery") {
			gone = append(gone, *c.Before)
		}
	}
	return gone
}
