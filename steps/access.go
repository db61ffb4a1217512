package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

func planAccess(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepAccess, Account: s.Account.ID, Target: s.Account.Role, Change: ChangeNone,
		Summary: "prove that " + s.reader().Name + " can read what it is granted, and nothing beyond",
		exec: &execution{
			proves: true,
			needs:  []need{{step: StepRole}, {step: StepTrust}, {step: StepPermissions}, {step: StepBucketPolicy}, {step: StepKeyPolicy}},
			run:    proveAccess,
		}}
	if reason, fix := s.shutOut(l); reason != "" {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the reader would be kept out whatever it is granted", reason, fix
	}
	return p
}

// shutOut tells what keeps the reader's role from the logs that no grant can mend: a Deny, or its permissions boundary.
func (s Setup) shutOut(l *live) (reason, fix string) {
	role := l.role
	if role == nil {
		role = &awsops.Role{ARN: l.roleARN}
	}
	identity, err := identityOf(role)
	if err != nil {
		return "", "" // told where the policies are changed
	}
	everything := policy.New(policy.Statement{Effect: policy.Allow, Action: policy.One("*"), Resource: policy.One("*")})
	judge := l.judge(role, append(identity, everything))
	for _, r := range s.required(l) {
		d := judge.decide(r)
		if judge.dependsOnOrigin(r, d) {
			continue
		}
		if d.Verdict == policy.ExplicitlyDenied || d.Verdict != policy.Allowed && strings.HasPrefix(r.action, "s3:") {
			return r.action + " on " + r.resource + ": " + orMissing(d), keptOutFix(d)
		}
	}
	return "", ""
}

// keptOutFix says what to do where a decision went against the reader.
func keptOutFix(d policy.Decision) string {
	switch {
	case d.Verdict == policy.ExplicitlyDenied:
		return "have whoever put that Deny there take it out, or except the role from it"
	case strings.Contains(d.Missing, "permissions boundary"):
		return "have whoever set the permissions boundary let it allow this, or take it off the role"
	default:
		return "flowgrant plan shows what is missing, flowgrant apply adds it"
	}
}

// reading is one thing that the reader must be able to do.
type reads struct {
	id, action, resource, account string
	context                       map[string][]string
}

// required lists what the source text's documents grant.
func (s Setup) required(l *live) []reads {
	call := s3Call(l.region)
	organization := map[string][]string{}
	if l.member != "" {
		organization["aws:PrincipalOrgID"], organization["aws:ResourceOrgID"] = []string{l.member}, []string{l.member}
	}
	maps.Copy(call, organization)
	list := maps.Clone(call)
	list["s3:prefix"] = []string{s.logsPrefix()}
	need := []reads{
		{"access.list", "s3:ListBucket", s.bareBucketARN(), s.Account.ID, list},
		{"access.locate", "s3:GetBucketLocation", s.bareBucketARN(), s.Account.ID, call},
	}
	for _, at := range l.sites {
		need = append(need, reads{"access.get", "s3:GetObject", s.deliveryObject(at.account.ID, at.region), s.Account.ID, call})
	}
	if l.keyARN != "" {
		decrypt := decryptCall(l.keyARN)
		maps.Copy(decrypt, organization)
		need = append(need, reads{"access.decrypt", "kms:Decrypt", l.keyARN, arnPart(l.keyARN, 4), decrypt})
	}
	return need
}

// denied lists what the role may not do of what it must be able to.
func (s Setup) denied(l *live, role *awsops.Role) []string {
	identity, err := identityOf(role)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	judge := l.judge(role, identity)
	for _, r := range s.required(l) {
		if d := judge.decide(r); d.Verdict != policy.Allowed {
			out = append(out, r.id)
		}
	}
	return out
}

func identityOf(role *awsops.Role) ([]policy.Document, error) {
	var documents []policy.Document
	add := func(name, text string) error {
		d, err := policy.Parse(text)
		if err != nil {
			return fmt.Errorf("the policy %s of the role cannot be understood: %w", name, err)
		}
		documents = append(documents, d)
		return nil
	}
	for _, p := range role.Inline {
		if err := add(p.Name, p.Document); err != nil {
			return nil, err
		}
	}
	for _, p := range role.Attached {
		if err := add(p.Name, p.Document); err != nil {
			return nil, err
		}
	}
	return documents, nil
}

// judge decides requests of the role against every document that was read, each parsed once.
type judge struct {
	role        string // ARN
	policies    policy.Policies
	bucket, key *policy.Document
	by          *awsops.Role // whose policies the identity documents are, in their order
	unseen      []string     // condition keys, in lower case, that only the reader's own calls show, or that could not be read
}

func (l *live) judge(role *awsops.Role, identity []policy.Document) judge {
	j := judge{role: role.ARN, by: role, policies: policy.Policies{Identity: identity, Boundary: l.boundary, SCPs: l.scps}, unseen: originKeys}
	if l.memberErr != nil {
		j.unseen = append(slices.Clone(originKeys), organizationKeys...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, err := policy.Parse(l.bucket.Policy); err == nil {
		j.bucket = &d
	}
	if l.key != nil {
		if d, err := policy.Parse(l.key.Policy); err == nil {
			j.key = &d
		}
	}
	return j
}

func (j judge) decide(r reads) policy.Decision {
	p := j.policies
	p.Resource = j.bucket
	if strings.HasPrefix(r.action, "kms:") {
		p.Resource = j.key
	}
	d := policy.Evaluate(policy.Request{Principal: j.role, Action: r.action, Resource: r.resource, ResourceAccount: r.account, Context: r.context}, p)
	d = standing(d, "the bucket policy")
	if strings.HasPrefix(r.action, "kms:") {
		d = standing(d, "the key policy")
	}
	for i, why := range d.Why {
		switch {
		case why.Source == "identity":
			d.Why[i].Document = policyName(j.by, why.Policy)
		case why.Source == "boundary" && j.by.Boundary != "":
			d.Why[i].Document = "the permissions boundary " + j.by.Boundary
		}
	}
	return d
}

// policyName names a policy of a role by its place among the documents that identityOf gives.
func policyName(r *awsops.Role, n int) string {
	if n < len(r.Inline) {
		return "the inline policy " + r.Inline[n].Name
	}
	if n -= len(r.Inline); n < len(r.Attached) {
		return "the managed policy " + r.Attached[n].ARN
	}
	return "the role's policies"
}

// dependsOnOrigin says whether a request is denied only by statements that ask what only the reader's own calls show, as where they come from.
func (j judge) dependsOnOrigin(r reads, d policy.Decision) bool {
	if d.Verdict != policy.ExplicitlyDenied {
		return false
	}
	for _, why := range d.Why {
		if st, ok := j.statement(r, why); !ok || !asksFor(st, j.unseen) {
			return false
		}
	}
	return true
}

func proveAccess(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	role := l.getRole()
	if role == nil {
		t.run.prove(t, t.check("access", Fail, "there is no role to read with", "", "flowgrant apply"))
		return "", t.place().say("prove access", "there is no role to read with", "apply again")
	}
	checks := s.accessChecks(t, l, role)
	t.run.prove(t, checks...)
	if at := slices.IndexFunc(checks, func(c Check) bool { return c.Status == Fail }); at >= 0 && !t.run.proofOnly {
		return "", t.place().say("prove access", checks[at].Summary+" ("+checks[at].Evidence+")", checks[at].Fix)
	}
	identity, err := identityOf(role)
	if err != nil {
		return "", t.place().fault("read the role's policies", err)
	}
	return t.tryReader(ctx, identity)
}

func (t *task) check(id string, status CheckStatus, summary, evidence, fix string) Check {
	s := t.step()
	return Check{ID: id, Account: s.Account, Region: s.Region, Target: s.Target, Status: status, Summary: summary, Evidence: evidence, Fix: fix}
}

// accessChecks decides from the documents what the reader can and cannot do.
func (s Setup) accessChecks(t *task, l *live, role *awsops.Role) []Check {
	checks := []Check{s.entryCheck(t, role)}
	identity, err := identityOf(role)
	if err != nil {
		return append(checks, t.check("access.read", Fail, err.Error(), "", "mend that policy"))
	}
	if len(role.Unreadable) > 0 {
		return append(checks, t.check("access.read", Unknown, "not all policies of the role could be read", role.Unreadable[0].Error(), "let the acting principal read the role's policies"))
	}
	texts := map[string]string{"access.list": "list the bucket", "access.locate": "find the bucket's region", "access.get": "read the logs", "access.decrypt": "decrypt the logs"}
	judge, required := l.judge(role, identity), s.required(l)
	for _, id := range []string{"access.list", "access.locate", "access.get", "access.decrypt"} {
		c := t.check(id, Pass, "the reader can "+texts[id], "", "")
		asked := false
		for _, r := range required {
			if r.id != id {
				continue
			}
			asked = true
			if id == "access.decrypt" && (l.key == nil || l.key.Policy == "") {
				c.Status, c.Summary, c.Evidence = Unknown, "whether the reader can decrypt the logs is not known", "the policy of the key cannot be read from account "+s.Account.ID
				c.readerProves = true
				continue
			}
			d := judge.decide(r)
			if d.Verdict == policy.Allowed {
				c.Evidence = r.action + " on " + r.resource + " is allowed by " + reasons(d)
				continue
			}
			if judge.dependsOnOrigin(r, d) {
				c.Status, c.Summary, c.readerProves = Unknown, "whether the reader can "+texts[id]+" depends on what only its own calls show", true
				c.Evidence = r.action + " on " + r.resource + ": " + orMissing(d)
				c.Fix = s.originFix(judge, r, d)
				continue
			}
			c.Status, c.Summary, c.Evidence = Fail, "the reader cannot "+texts[id], r.action+" on "+r.resource+": "+orMissing(d)
			c.Fix = keptOutFix(d)
			break
		}
		if asked {
			checks = append(checks, c)
		}
	}
	return append(checks, s.deniesCheck(t, l, judge, role), s.beyondCheck(t, l, role, identity))
}

// entryCheck proves that the trust lets the reader in with its external ID, and with none or another does not.
func (s Setup) entryCheck(t *task, role *awsops.Role) Check {
	d, err := policy.Parse(role.Trust)
	if err != nil {
		return t.check("access.assume", Fail, "the trust policy cannot be understood", err.Error(), "mend the trust policy")
	}
	principal := ""
	if s.Mode == Centralized {
		principal = s.readerPrincipal()
	}
	f := policy.TrustAdmits(d, s.Reader.Account, principal, s.Reader.ExternalID)
	evidence := fmt.Sprintf("external IDs asked for: %s", orNone(strings.Join(f.ExternalIDs, ", ")))
	if wanted := s.Reader.ExternalID; wanted != "" {
		let := map[bool]string{true: "lets the reader in", false: "keeps the reader out"}
		evidence = fmt.Sprintf("with the external ID %s the trust policy %s%s, with none it %s, with another it %s", wanted, let[f.Admits], byStatements(d, f.Statements), let[!f.RefusesNone], let[!f.RefusesWrong])
	}
	if f.Root {
		evidence += "; the whole account " + s.Reader.Account + " is named, so its own policies say who may come"
	}
	if len(f.Others) > 0 {
		evidence += "; also trusted: " + strings.Join(f.Others, ", ")
	}
	if further := s.furtherConditions(d); further != "" && s.Mode == Centralized && s.exact(s.freedTrust(d)) {
		return t.check("access.assume", Unknown, "whether the reader can assume the role cannot be seen from here", "its statement in the trust policy has further conditions: "+further,
			"verify in the portal; where it is refused, the role's owner changes those conditions")
	}
	if fault, fix := s.entryFault(f); fault != "" {
		return t.check("access.assume", Fail, fault, evidence, fix)
	}
	if fault := s.pathFault(role); fault != "" && s.Mode == Centralized {
		return t.check("access.assume", Fail, "the reader cannot find the role by its name", fault, "flowgrant doctor -f FILE makes it again without a path, where this set-up made it")
	}
	if s.Mode == PerAccount && s.Reader.ExternalID == "" {
		return t.check("access.assume", Pass, "the trust policy names the reader's account", evidence, "")
	}
	if !f.RefusesNone || !f.RefusesWrong {
		return t.check("access.assume", Pass, "the reader can assume the role", evidence+"; it does not insist on the external ID", "")
	}
	return t.check("access.assume", Pass, "the reader can assume the role, and nobody without its external ID", evidence, "")
}

// byStatements names statements of a document.
func byStatements(d policy.Document, indexes []int) string {
	var names []string
	for _, i := range indexes {
		names = append(names, orIndex(policy.Reason{Sid: d.Statements[i].Sid, Index: i}))
	}
	if len(names) == 0 {
		return ""
	}
	return " (statement " + strings.Join(names, ", ") + ")"
}

// entryFault says what is wrong with how a trust policy lets the reader in; empty: nothing.
func (s Setup) entryFault(f policy.TrustFinding) (fault, fix string) {
	switch {
	case f.Everyone:
		return "the trust policy lets everybody in", "name the reader's principal instead of *"
	case s.Mode == PerAccount && s.Reader.ExternalID == "" && len(f.Statements) > 0:
		return "", ""
	case !f.Admits:
		return "the reader cannot assume the role with its external ID", "flowgrant plan shows the statement that is needed"
	case s.Reader.ExternalID != "" && !(f.RefusesWrong && f.RefusesNone) && s.Mode == Centralized:
		return "the role can be assumed without the right external ID", "flowgrant apply puts the external ID into the trust policy"
	}
	return "", ""
}

// documents are what is called where a statement stands, where its document has no better name.
var documents = map[string]string{"identity": "the role's policies", "resource": "the resource's own policy", "boundary": "the permissions boundary", "scp": "a service control policy"}

// standing names the document of the resource in a decision.
func standing(d policy.Decision, document string) policy.Decision {
	for i := range d.Why {
		if d.Why[i].Source == "resource" {
			d.Why[i].Document = document
		}
	}
	return d
}

// reasons names the statements that decided, and where they stand.
func reasons(d policy.Decision) string {
	var list []string
	for _, r := range d.Why {
		list = append(list, fmt.Sprintf("statement %s of %s", orIndex(r), cmp.Or(r.Document, documents[r.Source], "the policy there")))
	}
	return strings.Join(list, ", ")
}

func orIndex(r policy.Reason) string {
	if r.Sid != "" {
		return r.Sid
	}
	return fmt.Sprintf("number %d", r.Index+1)
}

func orMissing(d policy.Decision) string {
	if d.Verdict == policy.ExplicitlyDenied {
		return "denied by " + reasons(d)
	}
	return d.Missing
}

// beyondCheck looks for access that goes past what is granted: writes, other objects, other keys.
func (s Setup) beyondCheck(t *task, l *live, role *awsops.Role, identity []policy.Document) Check {
	granted := s.granted(l)
	elsewhere := s.grantedElsewhere(identity)
	var beyond, notes, owners []string
	for _, x := range policy.Beyond(role.ARN, policy.Policies{Identity: identity, Boundary: l.boundary}, granted) {
		says := fmt.Sprintf("statement %s of %s allows %s on %s", orIndex(policy.Reason{Sid: x.Sid, Index: x.Index}), policyName(role, x.Policy), x.Action, cmp.Or(x.Resource, x.Example))
		if x.Kind.Reads() && elsewhere[x.Resource] {
			notes = append(notes, says)
			continue
		}
		if x.Kind == policy.ExcessRights && role.Tags[TagSetup] == "" { // the owner of a role that was there decides what else it is for
			owners = append(owners, says)
			continue
		}
		beyond = append(beyond, says)
	}
	if current, err := policy.Parse(l.bucket.Policy); err == nil {
		for _, g := range s.directGrants(l, current) {
			st, x := current.Statements[g.index], g.excess[0]
			beyond = append(beyond, fmt.Sprintf("statement %s of the bucket policy lets %s use %s on %s", orIndex(policy.Reason{Sid: st.Sid, Index: g.index}), g.who, x.Action, cmp.Or(x.Resource, x.Example)))
		}
	}
	if len(beyond) > 0 {
		return t.check("access.beyond", Fail, "the reader can do more than it is granted", strings.Join(beyond, "; "), "scope or remove those statements")
	}
	evidence := "no statement allows an S3 write, a change of rights, an object outside " + strings.Join(granted.Objects, ", ") + ", or another key"
	if len(notes) > 0 {
		evidence += "; granted by other set-ups: " + strings.Join(notes, "; ")
	}
	if len(owners) > 0 {
		evidence += "; but the role, which this set-up did not make, can also reach other rights: " + strings.Join(owners, "; ")
	}
	return t.check("access.beyond", Pass, "the reader can read nothing beyond it", evidence, "")
}

// grantedElsewhere lists what stands under the reader's own Sids, where other set-ups keep their entries too.
func (s Setup) grantedElsewhere(identity []policy.Document) map[string]bool {
	r := s.reader()
	entries := map[string]bool{}
	for _, d := range identity {
		for _, sid := range []string{r.HubSids.Objects, r.HubSids.Decrypt, r.DirectSid, r.DirectKeySid} {
			st, _ := d.Statement(sid)
			for _, resource := range st.Resource.Values() {
				bucket, _, _ := strings.Cut(resource, "/")
				switch service := arnPart(resource, 2); {
				case service == "s3" && !strings.ContainsAny(bucket, "*?"), service == "kms" && !strings.ContainsAny(resource, "*?"):
					entries[resource] = true
				}
			}
		}
	}
	return entries
}

// talking lists the logged accounts that have anything to log.
func (l *live) talking(s Setup) []string {
	var ids []string
	for _, id := range s.loggedIDs() {
		if slices.ContainsFunc(l.sites, func(at *site) bool {
			return at.account.ID == id && slices.ContainsFunc(at.vpcs, func(v awsops.VPC) bool { return v.Interfaces != 0 })
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// tryReader lets the reader itself try, where the endpoint plays it.
func (t *task) tryReader(ctx context.Context, identity []policy.Document) (string, error) {
	s, l := t.setup(), t.live()
	reader, ok := t.run.engine.cloud.Reader(ctx)
	if !ok {
		return "the documents let the reader in, and nothing beyond", nil
	}
	t.run.await(ctx, t, []need{{step: StepDelivery}})
	if !t.run.deliveryProved() {
		return "the documents let the reader in; it tries for real once logs have arrived", nil
	}
	shown := reader.Shows().ExternalID
	report, err := reader.Verify(ctx, awsops.ReaderRequest{AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: cmp.Or(shown, s.Reader.ExternalID),
		BucketARN: s.Bucket.ARN, Mode: string(s.Mode), Accounts: l.talking(s), Granted: slices.Sorted(maps.Keys(s.grantedElsewhere(identity)))})
	if err != nil {
		return "", t.place().fault("let the reader try", err)
	}
	fix := "flowgrant plan shows what is missing"
	if s.Mode == PerAccount && s.Reader.ExternalID == "" && shown != "" {
		fix = fmt.Sprintf("the role may ask for another external ID than the portal's: give %s as the external ID of the set-up, then apply again; the two are compared before anything is changed", shown)
	}
	if s.Reader.ExternalID != "" && shown != "" && s.Reader.ExternalID != shown {
		fix = fmt.Sprintf("the portal shows the external ID %s, this set-up has %s: change it to the one that the portal shows, then apply again", shown, s.Reader.ExternalID)
	}
	var failed []string
	for _, c := range report.Checks {
		check := t.check("access.real", Pass, "the reader tried it: "+c.ID, c.Evidence, "")
		if !c.OK {
			check.Status, check.Fix = Fail, fix
			if slices.Contains([]string{"put-object", "get-object-outside", "assume-role-without-external-id", "assume-role-with-wrong-external-id"}, c.ID) {
				check.Fix = "take out what lets it: flowgrant doctor " + s.Name + " names the statement"
			}
			if answer := strings.TrimSpace(c.Code + " " + c.Message); answer != "" {
				check.Evidence += ": " + answer
			}
			failed = append(failed, c.ID+": "+check.Evidence)
		}
		t.run.prove(t, check)
	}
	if len(failed) > 0 {
		return "", t.place().say("let the reader try", strings.Join(failed, "; "), fix)
	}
	t.run.readerTried(report)
	return "the reader has read the logs itself, and nothing beyond", nil
}
