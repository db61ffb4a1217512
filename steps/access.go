package steps

import (
	"context"
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
		d, keys := judge.settle(r)
		if keys != nil {
			continue
		}
		if d.Verdict == policy.ExplicitlyDenied || d.Verdict != policy.Allowed && strings.HasPrefix(r.action, "s3:") {
			return r.String() + ": " + orMissing(d), keptOutFix(d)
		}
	}
	return "", ""
}

func proveAccess(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	role := l.getRole()
	if role == nil {
		t.run.prove(t, t.check("access", Fail, "there is no role to read with", "", "flowgrant apply"))
		return "", t.place().say("prove access", "there is no role to read with", "apply again")
	}
	l.elsewhere = t.run.engine.readElsewhere(ctx, s, l, role)
	checks := s.accessChecks(t, l, role)
	t.run.prove(t, checks...)
	if at := slices.IndexFunc(checks, func(c Check) bool { return c.Status == Fail }); at >= 0 && !t.run.proofOnly {
		return "", t.place().say("prove access", checks[at].Summary+" ("+checks[at].Evidence+")", checks[at].Fix)
	}
	return t.tryReader(ctx)
}

func (t *task) check(id string, status CheckStatus, summary, evidence, fix string) Check {
	s := t.step()
	return Check{ID: id, Account: s.Account, Region: s.Region, Target: s.Target, Status: status, Summary: summary, Evidence: evidence, Fix: fix}
}

// accessChecks decides from the documents what the reader can and cannot do.
func (s Setup) accessChecks(t *task, l *live, role *awsops.Role) []Check {
	checks := []Check{s.entryCheck(t, role)}
	if err := unreadPolicies(role); err != nil {
		return append(checks, t.check("access.read", Unknown, "not all policies of the role could be read", err.Error(), "let the acting principal read the role's policies"))
	}
	identity, err := identityOf(role)
	if err != nil {
		return append(checks, t.check("access.read", Fail, err.Error(), "", "mend that policy"))
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
			d, keys := judge.settle(r)
			if keys != nil {
				c.Status, c.Summary, c.readerProves = Unknown, "whether the reader can "+texts[id]+" depends on what only its own calls show", true
				c.Evidence = r.String() + ": " + hangsOn(d, keys)
				c.Fix = s.originFix(judge, r, d)
				continue
			}
			if d.Verdict == policy.Allowed {
				if c.Evidence == "" {
					c.Evidence = r.String() + " is allowed by " + reasons(d)
				}
				continue
			}
			c.Status, c.Summary, c.Evidence = Fail, "the reader cannot "+texts[id], r.String()+": "+orMissing(d)
			c.Fix, c.readerProves = keptOutFix(d), false
			break
		}
		if asked {
			checks = append(checks, c)
		}
	}
	return append(checks, s.deniesCheck(t, l, judge, role), s.beyondCheck(t, l, role, identity))
}
