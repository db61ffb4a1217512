package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// gather asks what only a diagnosis needs: IAM's simulator, and of a bucket or key that stands in the way what could stand in its place.
func (d *diagnosis) gather(ctx context.Context) {
	var wg sync.WaitGroup
	undelivered, lacking := d.deliveryFails(), d.failing(string(StepPermissions))
	if !d.s.GrantsNobody() {
		wg.Go(func() { _, d.shownID, _ = d.engine.PortalHint(ctx) })
	}
	if (undelivered || d.failing(string(StepBucketPolicy))) && d.l.bucket.State == awsops.BucketOurs {
		wg.Go(func() {
			if made, err := d.l.home.BucketCreated(ctx, d.s.bucketName()); err == nil {
				d.madeAt = made
			}
		})
	}
	if d.s.Mode == PerAccount && d.l.role != nil && lacking {
		wg.Go(func() { d.loose = d.findLoose(ctx) })
	}
	d.readGroups(ctx, &wg)
	if named := d.l.bucket.Encryption.Key; fullKeyARN(named) && named != d.l.keyARN {
		wg.Go(func() {
			if _, err := d.l.home.Key(ctx, named); awsops.MeaningOf(err) == awsops.NotFound {
				d.keyGone = err
			}
		})
	}
	d.rightKey = d.findRightKey(d.l.bucket.Encryption.Key)
	if !d.s.GrantsNobody() {
		wg.Go(func() { d.simulate(ctx) }) // the last, since it adds a check, which the others ask for
	}
	wg.Wait()
	d.groupChecks()
	d.breadthChecks()
}

// findLoose reads the policies of the account that are attached to nobody and name the bucket.
func (d *diagnosis) findLoose(ctx context.Context) []awsops.ManagedPolicy {
	const most = 50 // documents
	own, err := d.l.home.OwnPolicies(ctx)
	if err != nil {
		return nil // then it is told as what is missing
	}
	own = slices.DeleteFunc(own, func(p awsops.ManagedPolicy) bool { return p.Attachments > 0 })
	own = own[:min(len(own), most)]
	var wg sync.WaitGroup
	for i, p := range own {
		wg.Go(func() { own[i].Document, _ = d.l.home.PolicyVersionDocument(ctx, p.ARN, p.Default) })
	}
	wg.Wait()
	return slices.DeleteFunc(own, func(p awsops.ManagedPolicy) bool { return !strings.Contains(p.Document, d.s.bareBucketARN()) })
}

// findRightKey gives the full ARN of the key that a bucket's encryption means, or that the set-up names; empty: none.
func (d *diagnosis) findRightKey(named string) string {
	for _, key := range []string{d.l.keyARN, d.s.Bucket.KMSKeyARN} {
		if fullKeyARN(key) && key != named && arnPart(key, 3) == d.l.region {
			return key
		}
	}
	return ""
}

// simulate asks IAM's own simulator what the role may do, and sets what it says beside what the documents say. Policies of bucket and key
// are not part of it for roles. Source: IAM API, SimulatePrincipalPolicy.
func (d *diagnosis) simulate(ctx context.Context) {
	role := d.l.role
	if role == nil || unreadPolicies(role) != nil {
		return
	}
	identity, err := identityOf(role)
	if err != nil {
		return
	}
	required := d.s.required(d.l)
	answers := make([][]awsops.Simulated, len(required))
	errs := make([]error, len(required))
	var wg sync.WaitGroup
	for i, r := range required {
		if slices.ContainsFunc(required[:i], func(o reads) bool { return o.action == r.action }) {
			continue // one resource of each action tells as much
		}
		wg.Go(func() {
			answers[i], errs[i] = d.l.home.Simulate(ctx, role.ARN, r.action, []string{r.resource}, r.context)
		})
	}
	wg.Wait()
	var disagree, agree []string
	bySCP := false
	for i, r := range required {
		if errs[i] != nil {
			d.limits = append(d.limits, "IAM's policy simulator could not be asked, so access is decided from the documents: "+errs[i].Error())
			return
		}
		for _, a := range answers[i] {
			alone := d.decideAlone(role, identity, r)
			says := fmt.Sprintf("%s on %s: %s", a.Action, a.Resource, a.Decision)
			if (a.Decision == "allowed") == (alone.Verdict == policy.Allowed) {
				agree = append(agree, says)
				continue
			}
			bySCP = bySCP || a.BySCP
			disagree = append(disagree, fmt.Sprintf("%s by the simulator, and %s by the documents", says, strings.ToLower(string(alone.Verdict))))
		}
	}
	c := Check{ID: "access.simulation", Account: d.s.Account.ID, Target: d.s.Account.Role, Status: Pass,
		Summary: "IAM's policy simulator says the same of the role's own policies", Evidence: strings.Join(agree, "; ")}
	if len(disagree) > 0 {
		c.Status, c.Summary, c.Evidence = Unknown, "IAM's policy simulator says otherwise than the documents", strings.Join(disagree, "; ")
		c.Fix = "what the simulator denies may be denied by a service control policy that these credentials may not read: have somebody of the management account look at it"
		if d.l.boundaryUnread != nil {
			c.Fix = "what the simulator denies may be denied by the role's permissions boundary: " + boundaryFix(role)
		}
		if bySCP {
			c.Evidence += " (by a service control policy)"
		}
	}
	d.report.Checks = append(d.report.Checks, c)
	d.report.sum()
	if bySCP {
		d.simulatedSCP = c.Evidence
	}
}

// decideAlone decides by the role's own policies, boundary and service control policies, as the simulator does.
func (d *diagnosis) decideAlone(role *awsops.Role, identity []policy.Document, r reads) policy.Decision {
	p := policy.Policies{Identity: identity, Boundary: d.l.boundary, SCPs: d.l.scps}
	account := r.account
	if strings.HasPrefix(r.action, "kms:") { // IAM counts for a key only where its policy says so
		root := policy.New(policy.Statement{Effect: policy.Allow, Principal: policy.AWSPrincipal(fmt.Sprintf("arn:%s:iam::%s:root", d.s.partition(), d.s.Account.ID)), Action: policy.One("kms:*"), Resource: policy.One("*")})
		p.Resource = &root
	} else {
		account = d.s.Account.ID
	}
	return policy.Evaluate(policy.Request{Principal: role.ARN, Action: r.action, Resource: r.resource, ResourceAccount: account, Context: r.context}, p)
}

// trailDays is how far back CloudTrail is asked. It keeps 90 days.
const trailDays = 14

// askTrail adds to the likeliest causes who changed their target last, and what AWS refused there.
func (d *diagnosis) askTrail(ctx context.Context) {
	const most = 3 // causes: CloudTrail answers two calls a second
	denied := ""
	for i := range d.report.Causes[:min(most, len(d.report.Causes))] {
		c := &d.report.Causes[i]
		acting, region, by, value := d.trailOf(*c)
		if acting == nil {
			continue
		}
		events, err := acting.TrailEvents(ctx, region, by, value, d.engine.awsNow().AddDate(0, 0, -trailDays))
		if err != nil {
			denied = err.Error()
			continue
		}
		events = telling(c.ID, events)
		if strings.HasPrefix(c.ID, "cwl-") && by != awsops.TrailByResource { // of any role
			role := arnName(c.role)
			events = slices.DeleteFunc(events, func(e awsops.TrailEvent) bool {
				return e.Code == "" || !strings.Contains(e.By, "/"+role+"/") && !strings.Contains(e.Message, "/"+role)
			})
		}
		if at := slices.IndexFunc(events, func(e awsops.TrailEvent) bool { return !e.Reads && e.Code == "" }); at >= 0 {
			c.Evidence += fmt.Sprintf(". CloudTrail: %s by %s at %s", events[at].Name, orNone(events[at].By), events[at].Time.UTC().Format(time.RFC3339))
		}
		if at := slices.IndexFunc(events, func(e awsops.TrailEvent) bool { return e.Code != "" }); at >= 0 {
			e := events[at]
			c.Evidence += fmt.Sprintf(". CloudTrail: %s of %s was refused with %s at %s: %s", e.Name, orNone(e.By), e.Code, e.Time.UTC().Format(time.RFC3339), e.Message)
		}
	}
	if denied != "" {
		d.limits = append(d.limits, "CloudTrail's event history could not be asked for evidence: "+denied)
	}
}

// trailNames are the events that can have brought a cause about, by what its ID begins with; of other causes any change of their target may have.
var trailNames = map[string][]string{
	"trust-": {"UpdateAssumeRolePolicy"}, "external-id-": {"UpdateAssumeRolePolicy"}, "key-policy-": {"PutKeyPolicy", "GenerateDataKey", "Decrypt"},
	"bucket-expiry": {"PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"},
}

// telling keeps the events that tell of a cause: that something was refused explains nothing of what is too much.
func telling(cause string, events []awsops.TrailEvent) []awsops.TrailEvent {
	tooMuch := strings.HasSuffix(cause, "-excess") || cause == "trust-others" || cause == "bucket-expiry"
	return slices.DeleteFunc(events, func(e awsops.TrailEvent) bool {
		for begins, names := range trailNames {
			if strings.HasPrefix(cause, begins) && !slices.Contains(names, e.Name) {
				return true
			}
		}
		return tooMuch && e.Code != ""
	})
}

// groupRefusals are the calls that are refused to a role which delivers to CloudWatch Logs, by cause.
var groupRefusals = map[string]string{"cwl-describe-scope": "DescribeLogGroups", "cwl-group-missing": "CreateLogGroup"}

func arnName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// trailOf says where events about a cause are looked up: those of IAM and of the organization are in us-east-1 only.
// Source: CloudTrail user guide, global service events.
func (d *diagnosis) trailOf(c Cause) (acting *awsops.Account, region string, by awsops.TrailAttribute, value string) {
	switch {
	case c.Mend == MendWait || c.ID == "no-traffic" || c.ID == "not-set-up" || c.ID == "scp-deny":
		return nil, "", "", ""
	case strings.HasPrefix(c.ID, "cwl-"):
		for _, at := range d.l.sites {
			if at.account.ID == c.Account && at.region == c.Region && c.ID != "cwl-throttled" && c.role != "" {
				if c.ID == "cwl-role-permissions" || c.ID == "cwl-role-denies" { // one of several calls
					return at.acting, c.Region, awsops.TrailByService, "logs.amazonaws.com"
				}
				if name := groupRefusals[c.ID]; name != "" {
					return at.acting, c.Region, awsops.TrailByName, name
				}
				return at.acting, c.Region, awsops.TrailByResource, c.role
			}
		}
		return nil, "", "", ""
	case c.ID == "flow-log-deleted":
		for _, at := range d.l.sites {
			if at.account.ID == c.Account && at.region == c.Region {
				return at.acting, c.Region, awsops.TrailByName, "DeleteFlowLogs"
			}
		}
		return nil, "", "", ""
	case c.Account != d.s.Account.ID || c.Target == "":
		return nil, "", "", ""
	case c.Region == "":
		return d.l.home, "us-east-1", awsops.TrailByResource, c.Target
	}
	return d.l.home, c.Region, awsops.TrailByResource, c.Target
}
