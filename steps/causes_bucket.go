package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// made says whether anything of the set-up is there.
func (d *diagnosis) made() bool {
	if d.s.toGroups() {
		return d.l.ownRole(d.s) || slices.ContainsFunc(d.l.sites, func(at *site) bool { return at.ownGroup(d.s) || slices.ContainsFunc(at.flowLogs, d.s.made) })
	}
	if d.l.role != nil && (d.s.Mode == Centralized || d.grantStarted()) || d.l.ownBucket(d.s) {
		return true
	}
	if current, err := parseOrEmpty(d.l.bucket.Policy); err == nil {
		if _, at := current.Statement(d.s.sid("Write")); at >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(d.l.sites, func(at *site) bool {
		return slices.ContainsFunc(at.flowLogs, func(f awsops.FlowLog) bool {
			return f.Tags[TagSetup] == d.s.Name || f.Bucket == d.s.bucketName()
		})
	})
}

// grantStarted says whether the role that was there before has an entry of the set-up.
func (d *diagnosis) grantStarted() bool {
	identity, err := identityOf(d.l.role)
	return err == nil && slices.ContainsFunc(identity, func(doc policy.Document) bool {
		st, _ := doc.Statement(d.s.reader().DirectSid)
		return slices.Contains(st.Resource.Values(), d.s.bareBucketARN())
	})
}

func findNotSetUp(d *diagnosis) []Cause {
	if d.made() || d.report.Status == ReportVerified {
		return nil
	}
	shown := "neither bucket policy nor flow logs nor role show anything of the set-up"
	if d.s.toGroups() {
		shown = "neither log group nor flow logs nor role show anything of the set-up"
	}
	return []Cause{{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.Name, Mend: MendApply,
		Evidence: shown, Fix: "flowgrant apply -f FILE"}}
}

// toBucket lists the flow logs that deliver to the bucket of the set-up.
func (d *diagnosis) toBucket() []awsops.FlowLog {
	var found []awsops.FlowLog
	for _, at := range d.l.sites {
		for _, f := range at.flowLogs {
			if f.DestinationType == "s3" && f.Bucket == d.s.bucketName() {
				found = append(found, f)
			}
		}
	}
	return found
}

func logIDs(logs []awsops.FlowLog) []string {
	ids := make([]string, len(logs))
	for i, f := range logs {
		ids[i] = f.ID
	}
	return ids
}

func findBucketDeleted(d *diagnosis) []Cause {
	if d.l.bucket.State != awsops.BucketMissing {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Mend: MendHand,
		Evidence: fmt.Sprintf("AWS knows no bucket %s", d.s.bucketName()),
		Fix:      "set bucket.create: true, then flowgrant apply -f FILE; or make it again: " + createBucketCommand(d.s.bucketName(), d.l.region)}
	if logs := d.toBucket(); len(logs) > 0 {
		c.Evidence += ", and " + some(logIDs(logs)) + " still deliver to it"
	}
	if d.s.Bucket.Create {
		c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE makes it again, with its policy; the logs that were in it are lost"
	}
	return []Cause{c}
}

// findBucketRecreated looks for a bucket that took the name of the one that the flow logs were made for. Delivery keeps to the owner that it saw
// first. Source: CloudWatch Logs user guide, logs sent to Amazon S3.
func findBucketRecreated(d *diagnosis) []Cause {
	logs := d.toBucket()
	if len(logs) == 0 {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName()}
	if d.l.bucket.State == awsops.BucketForeign {
		c.Mend = MendHand
		c.Evidence = fmt.Sprintf("a bucket of this name exists, but not in account %s, or it lets nobody of that account in; %s deliver to it", d.s.Account.ID, some(logIDs(logs)))
		c.Fix = "use another bucket name (bucket.arn) and apply again; whoever took the name would get the logs, which is why delivery refuses"
		return []Cause{c}
	}
	if d.l.bucket.State != awsops.BucketOurs || d.madeAt.IsZero() {
		return nil
	}
	older := slices.DeleteFunc(logs, func(f awsops.FlowLog) bool {
		return !f.Created.Before(d.madeAt) || f.Status != "FAILED" && !d.emptied()
	})
	if len(older) == 0 {
		return nil
	}
	c.Evidence = fmt.Sprintf("the bucket was made at %s, after %s, which deliver to it", d.madeAt.UTC().Format("2006-01-02 15:04:05"), some(logIDs(older)))
	if older[0].Status == "FAILED" {
		c.Evidence += fmt.Sprintf(" and are FAILED (%s)", orNone(older[0].StatusMessage))
	} else {
		c.Evidence += "; it has no logs of before, and nothing that this set-up puts on a bucket"
	}
	if len(d.policyDenials()) > 0 || d.l.ownBucket(d.s) {
		c.Mend, c.Fix = d.mendOf(StepBucketPolicy), "flowgrant apply -f FILE puts back what the bucket had, its policy first; the logs that were in the old one are lost"
		if c.Mend == MendApply {
			return []Cause{c}
		}
	}
	c.Mend, c.Fix = MendChange, "delete these flow logs and make them again: delivery keeps to the owner of the bucket that it saw first"
	c.repair = d.remakeFlowLogs(older)
	return []Cause{c}
}

// emptied says whether a bucket shows nothing of what was in one of its name: no statement and no tag of the set-up, and no logs from before it was
// made. Its date alone does not tell, since a change of its policy may move it. Source: S3 API, ListBuckets.
func (d *diagnosis) emptied() bool {
	if d.run == nil || d.l.ownBucket(d.s) || len(d.policyDenials()) == 0 || d.l.bucket.Policy != "" && strings.Contains(d.l.bucket.Policy, d.s.sid("")) {
		return false
	}
	for _, delivery := range d.run.deliveries {
		if slices.ContainsFunc(delivery.vpcs, func(v *vpcDelivery) bool { return v.object.Key != "" && v.object.Modified.Before(d.madeAt) }) {
			return false
		}
	}
	return true
}

// lockedOut is one delivery that the bucket policy does not let through.
type lockedOut struct {
	account, region, action string
	request                 policy.Request
	decision                policy.Decision
}

func (o lockedOut) String() string {
	return fmt.Sprintf("%s for account %s, %s", o.action, o.account, o.region)
}

// policyDenials lists the deliveries that the bucket policy does not let through.
func (d *diagnosis) policyDenials() []lockedOut {
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if err != nil || d.l.bucket.State != awsops.BucketOurs || d.policyUnread() {
		return nil
	}
	var out []lockedOut
	for _, at := range d.l.sites {
		for _, action := range []string{"s3:PutObject", "s3:GetBucketAcl"} {
			resource := d.s.bareBucketARN()
			if action == "s3:PutObject" {
				if resource = d.s.deliveryObject(at.account.ID, at.region); d.hive {
					resource = strings.Replace(resource, "AWSLogs/"+at.account.ID, "AWSLogs/aws-account-id="+at.account.ID, 1)
				}
			}
			r := policy.Request{Principal: d.s.source().Service, Action: action, Resource: resource, ResourceAccount: d.s.Account.ID,
				Context: d.s.deliveryContext(at.account.ID, at.region, d.l.organization)}
			if decision := d.delivers(r, current); decision.Verdict != policy.Allowed {
				out = append(out, lockedOut{at.account.ID, at.region, action, r, decision})
			}
		}
	}
	return out
}

// delivers decides a delivery as the plan does: the organization that the account belongs to counts against denials only.
func (d *diagnosis) delivers(r policy.Request, current policy.Document) policy.Decision {
	decision := policy.Evaluate(r, policy.Policies{Resource: &current})
	if decision.Verdict == policy.ExplicitlyDenied {
		r.Context = maps.Clone(r.Context)
		if delete(r.Context, "aws:SourceOrgID"); d.l.member != "" {
			r.Context["aws:SourceOrgID"] = []string{d.l.member}
		}
		decision = policy.Evaluate(r, policy.Policies{Resource: &current})
	}
	return decision
}

func (d *diagnosis) policyUnread() bool {
	return slices.ContainsFunc(d.l.bucket.Unreadable, func(err error) bool { return isOperation(err, "s3:GetBucketPolicy") })
}

// findBucketPolicy tells in which way the bucket policy keeps deliveries out: one cause for each way.
func findBucketPolicy(d *diagnosis) []Cause {
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if err != nil {
		return nil
	}
	var causes []Cause
	for _, o := range d.policyDenials() {
		c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName()}
		if o.decision.Verdict == policy.ExplicitlyDenied {
			why := o.decision.Why[0]
			st := current.Statements[why.Index]
			c.ID = denyKind(st, "bucket-policy-denies")
			c.Evidence = fmt.Sprintf("statement %s: %s denies %s", orIndex(why), st.String(), o)
			if slices.ContainsFunc(causes, func(k Cause) bool { return k.ID == c.ID && strings.Contains(k.Evidence, st.String()) }) {
				c.Evidence = "the same denies " + o.String()
			}
			c.Mend, c.Fix = MendChange, exceptFix(st, "bucket policy", d.bucketDenials())
			c.repair = d.exceptFromBucketPolicy()
		} else {
			c.ID, c.Evidence = d.policyGap(current, o)
			c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE puts the right statements in; what else stands in the policy stays"
			if full, ok := d.policyFull(current); ok && d.run != nil {
				return []Cause{full}
			}
		}
		causes = mergeCause(causes, c)
	}
	return causes
}

// mergeCause adds a cause, or its evidence to the same one.
func mergeCause(causes []Cause, c Cause) []Cause {
	at := slices.IndexFunc(causes, func(k Cause) bool {
		return k.ID == c.ID && k.Account == c.Account && k.Region == c.Region && k.Target == c.Target
	})
	if at < 0 {
		return append(causes, c)
	}
	const most = 600 // characters: what follows repeats the first
	if !strings.Contains(causes[at].Evidence, c.Evidence) && len(causes[at].Evidence) < most {
		causes[at].Evidence += "; " + c.Evidence
	}
	return causes
}

// denyKind tells denials about the way of a request from others.
func denyKind(st policy.Statement, otherwise string) string {
	for _, t := range st.Condition {
		switch strings.ToLower(t.Key) {
		case "aws:securetransport", "s3:tlsversion":
			return "tls-deny"
		case "aws:sourcevpce", "aws:sourcevpc":
			return "vpce-deny"
		case "aws:sourceip", "aws:vpcsourceip":
			return "source-ip-deny"
		}
	}
	return otherwise
}

// policyGap tells which part of the statement that comes nearest keeps a delivery out.
func (d *diagnosis) policyGap(current policy.Document, o lockedOut) (id, evidence string) {
	var nearest policy.Statement
	var gaps []string
	found := false
	for _, st := range current.Statements {
		parts, about := misfit(st, o.request)
		if about && (!found || len(parts) < len(gaps)) {
			nearest, gaps, found = st, parts, true
		}
	}
	if !found {
		return "bucket-policy-missing", "no statement lets " + d.s.source().Service + " use " + o.String()
	}
	sid := nearest.Sid
	if sid == "" {
		sid = "without Sid"
	}
	says := func(format string, args ...any) string {
		return fmt.Sprintf("statement %s does not let %s through: ", sid, o) + fmt.Sprintf(format, args...)
	}
	values := func(key string) string {
		for _, t := range nearest.Condition {
			if strings.EqualFold(t.Key, key) {
				return fmt.Sprintf("%s is to be %s, and delivery comes with %s", t.Key, strings.Join(t.Values.Values(), ", "), orNone(strings.Join(contextOf(o.request, t.Key), ", ")))
			}
		}
		return ""
	}
	has := func(key string) bool { return slices.Contains(gaps, key) }
	switch {
	case has("aws:sourceorgid"), has("aws:sourceorgpaths"), has("aws:principalorgid"):
		key := gaps[slices.IndexFunc(gaps, func(g string) bool { return strings.Contains(g, "org") })]
		return "bucket-policy-wrong-organization", says("%s", values(key))
	case has("aws:sourceaccount"):
		return "bucket-policy-wrong-account", says("%s", values("aws:SourceAccount"))
	case has("aws:sourcearn"):
		if id := sourceARNGap(nearest, o.account); id != "" {
			return id, says("%s", values("aws:SourceArn"))
		}
	case has("resource"):
		return d.resourceGap(nearest), says("its Resource is %s, and the logs go to %s", strings.Join(nearest.Resource.Values(), ", "), o.request.Resource)
	}
	return "bucket-policy-missing", says("%s do not fit", strings.Join(gaps, ", "))
}

// contextOf gives the values of a condition key, whose case does not count. Source: IAM user guide, reference_policies_elements_condition.
func contextOf(r policy.Request, key string) []string {
	for k, values := range r.Context {
		if strings.EqualFold(k, key) {
			return values
		}
	}
	return nil
}

// sourceARNGap tells a source ARN of another kind than log delivery's from one of another account.
func sourceARNGap(st policy.Statement, account string) string {
	for _, t := range st.Condition {
		if !strings.EqualFold(t.Key, "aws:SourceArn") {
			continue
		}
		for _, v := range t.Values.Values() {
			if arnPart(v, 2) != "logs" || arnPart(v, 4) == account {
				return "bucket-policy-source-arn"
			}
		}
		return "bucket-policy-wrong-account"
	}
	return ""
}

// resourceGap tells why the Resource of a delivery statement does not cover the logs.
func (d *diagnosis) resourceGap(st policy.Statement) string {
	for _, r := range st.Resource.Values() {
		if strings.Contains(r, "aws-account-id=") {
			return "layout-hive"
		}
		key, ours := strings.CutPrefix(r, d.s.bareBucketARN()+"/")
		if before, _, ok := strings.Cut(key, "AWSLogs/"); ours && ok && before+"AWSLogs/" != d.s.logsPrefix() {
			return "prefix-mismatch"
		}
	}
	return "bucket-policy-wrong-account"
}

// misfit names the parts of an Allow statement that keep a request out, in lower case; about is false where the statement is for
// other principals or actions.
func misfit(st policy.Statement, r policy.Request) (parts []string, about bool) {
	lets := func(st policy.Statement) bool {
		d := policy.New(st)
		return policy.Evaluate(r, policy.Policies{Resource: &d}).Verdict == policy.Allowed
	}
	bare := st.Clone()
	bare.Condition, bare.Resource, bare.NotResource = nil, policy.One("*"), policy.Strings{}
	if st.Effect != policy.Allow || !lets(bare) {
		return nil, false
	}
	scoped := st.Clone()
	if scoped.Condition = nil; !lets(scoped) {
		parts = append(parts, "resource")
	}
	for _, t := range st.Condition {
		tested := bare.Clone()
		if tested.Condition = (policy.Condition{t}); !lets(tested) {
			parts = append(parts, strings.ToLower(t.Key))
		}
	}
	return parts, true
}
