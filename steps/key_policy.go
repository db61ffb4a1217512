package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// keyDelivery lets the delivery service encrypt for exactly the logged accounts.
func (s Setup) keyDelivery(organization string) policy.Statement {
	return policy.KeyDeliveryStatement(s.sid("KeyDelivery"), s.source().Service, s.partition(), s.deliveringIDs(), organization)
}

// keyReader lets the reader's role decrypt, for a key that does not leave that to IAM.
func (s Setup) keyReader(roleARN string) policy.Statement {
	return policy.KeyReaderStatement(s.sid("KeyReader"), roleARN)
}

// wantedKeyPolicy adds to a key policy what delivery and reader need and do not have. Statements of other set-ups do not count: they go with them.
func (s Setup) wantedKeyPolicy(current policy.Document, keyARN, organization string, l *live) policy.Document {
	wanted := current
	own, at := current.Statement(s.sid("KeyDelivery"))
	s.lingers = slices.DeleteFunc(slices.Clone(s.lingers), func(n lingering) bool { // nobody is let in anew
		return !slices.ContainsFunc(own.Condition, func(t policy.Test) bool {
			return strings.EqualFold(t.Key, "aws:SourceAccount") && t.Values.Has(n.account)
		})
	})
	if at >= 0 && !own.Equal(s.keyDelivery(organization)) || len(s.keyLockedOut(s.withoutOthers(current), keyARN, organization, l)) > 0 {
		wanted = wanted.WithBeside(s.ofAnother, s.keyDelivery(organization))
	}
	if !s.keyLetsReader(s.withoutOthers(wanted), keyARN, l.roleARN, l) {
		wanted = wanted.WithBeside(s.ofAnother, s.keyReader(l.roleARN))
	}
	return wanted
}

// keyLockedOut lists the accounts for which a key policy does not let the delivery service encrypt.
func (s Setup) keyLockedOut(d policy.Document, keyARN, organization string, l *live) []denial {
	var out []denial
	for _, account := range s.Logged() {
		for _, region := range account.Regions {
			decision := policy.Evaluate(policy.Request{
				Principal: s.source().Service, Action: "kms:GenerateDataKey", Resource: keyARN, ResourceAccount: arnPart(keyARN, 4),
				Context: s.keyDeliveryContext(account.ID, region, organization, l),
			}, policy.Policies{Resource: &d})
			if decision.Verdict != policy.Allowed {
				out = append(out, denial{account.ID, region, decision})
			}
		}
	}
	return out
}

// denial is a decision against a delivery.
type denial struct {
	account, region string
	decision        policy.Decision
}

// explicit gives the first denial by a Deny statement, for which adding an Allow is no cure.
func explicit(denials []denial) (denial, bool) {
	for _, d := range denials {
		if d.decision.Verdict == policy.ExplicitlyDenied {
			return d, true
		}
	}
	return denial{}, false
}

func (d denial) statement() string {
	if len(d.decision.Why) == 0 {
		return "a statement"
	}
	why := d.decision.Why[0]
	if why.Sid != "" {
		return fmt.Sprintf("statement %q", why.Sid)
	}
	return fmt.Sprintf("statement %d (it has no Sid)", why.Index+1)
}

// viaS3 is S3 as the service through which a key is used: its name in the key's region.
// Source: KMS developer guide, kms:ViaService.
func viaS3(keyARN string) string {
	domain := "amazonaws.com"
	if arnPart(keyARN, 1) == "aws-cn" {
		domain += ".cn"
	}
	return "s3." + arnPart(keyARN, 3) + "." + domain
}

// keyLetsReader says whether a key policy lets the role decrypt once its own policies do.
func (s Setup) keyLetsReader(d policy.Document, keyARN, roleARN string, l *live) bool {
	decrypt := policy.New(policy.DecryptStatement("", keyARN))
	policies := l.asMember(policy.Policies{Identity: []policy.Document{decrypt}, Resource: &d})
	for _, call := range s.decryptCalls(keyARN, l) {
		for _, action := range []string{"kms:Decrypt", "kms:DescribeKey"} {
			decision := policy.Evaluate(policy.Request{Principal: roleARN, Action: action, Resource: keyARN, ResourceAccount: arnPart(keyARN, 4), Context: call}, policies)
			if decision.Verdict != policy.Allowed {
				return false
			}
		}
	}
	return true
}

func planKeyPolicy(s Setup, l *live) []PlannedStep {
	if !fullKeyARN(l.keyARN) {
		return nil // none, or one that the bucket step already refuses
	}
	p := PlannedStep{Step: StepKeyPolicy, Account: arnPart(l.keyARN, 4), Region: arnPart(l.keyARN, 3), Target: l.keyARN, Change: ChangeNone}
	blocked := func(reason, fix string) []PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the key cannot be used as it is", reason, fix
		return []PlannedStep{p}
	}
	statements := policy.New(s.keyDelivery(l.organization), s.keyReader(l.roleARN))
	if p.Account != s.Account.ID {
		p.Change = ChangeHandOff
		p.Summary = "the owner of the key adds these statements to its policy"
		p.Reason = fmt.Sprintf("the key belongs to account %s, and only that account can change its policy", p.Account)
		p.After = text(statements.Pretty())
		p.handOver(*p.After+onceRoleIsThere(l), changeKeyPolicy(l.keyARN, withStatements(statements))...)
		return []PlannedStep{p}
	}
	if l.keyErr != nil {
		if awsops.MeaningOf(l.keyErr) == awsops.NotFound {
			return blocked("the key does not exist in "+p.Region, "check bucket.kms_key_arn and the bucket's default encryption")
		}
		return blocked(l.keyErr.Error(), p.place().fault("read the key", l.keyErr).Fix)
	}
	key := l.key
	switch {
	case key.Manager == "AWS":
		return blocked("it is a key that AWS manages: its policy cannot be changed, and the delivery service cannot use it", "encrypt the bucket with a customer managed key, or with SSE-S3")
	case key.State != "Enabled":
		blocked("the key is "+key.State, "")
		p.HandOff = "wait until the key is Enabled, or give the bucket another one"
		if commands := enableKey(key); commands != nil {
			p.handOver("enable the key, if it is meant to be used", commands...)
		}
		return []PlannedStep{p}
	case key.Region != l.region:
		return blocked(fmt.Sprintf("the key is in %s, the bucket in %s: S3 takes only keys of the bucket's region", key.Region, l.region), "name a key of the bucket's region")
	case key.Denied != nil:
		p.Change = ChangeHandOff
		p.Summary = "somebody who may change the key's policy adds these statements"
		p.Reason = "its policy cannot be read: " + key.Denied.Error()
		p.After = text(statements.Pretty())
		p.handOver(*p.After+onceRoleIsThere(l), changeKeyPolicy(l.keyARN, withStatements(statements))...)
		return []PlannedStep{p}
	}
	current, err := policy.Parse(key.Policy)
	if err != nil {
		return blocked("its policy cannot be understood: "+err.Error(), "mend the policy of the key")
	}
	wanted := s.wantedKeyPolicy(current, key.ARN, l.organization, l)
	p.Before, p.After = text(current.Pretty()), text(wanted.Pretty())
	if d, yes := explicit(s.keyLockedOut(wanted, key.ARN, l.member, l)); yes {
		return blocked(fmt.Sprintf("%s of the key's policy denies the delivery for account %s", d.statement(), d.account), "take that statement out of the key policy, or except "+s.source().Service+" from it")
	}
	if err := policy.CheckSize(policy.KeyPolicy, wanted.String()); err != nil {
		return blocked(err.Error(), "take statements that are no longer needed out of the key policy")
	}
	if sameMeaning(wanted, current) {
		p.Summary = "the key lets the logs be encrypted, and the reader's role decrypt"
		return []PlannedStep{p}
	}
	if reason, fix := namesDeleted("policy of the key", wanted); reason != "" {
		return blocked(reason, fix)
	}
	p.Change = ChangeUpdate
	p.Summary = fmt.Sprintf("let %s encrypt for %s", s.source().Service, count(len(s.Logged()), "account"))
	p.Reason = "the policy of the key does not let it yet, or not for exactly these accounts"
	needs := []need{}
	if _, at := wanted.Statement(s.sid("KeyReader")); at >= 0 {
		p.Summary += " and the role decrypt"
		needs = append(needs, need{step: StepRole})
	}
	p.exec = &execution{needs: needs, run: writeKeyPolicy}
	return []PlannedStep{p}
}

func (t *task) keyPolicyDocument(ctx context.Context) document {
	s, l := t.setup(), t.live()
	return document{
		kind: "key-policy", target: l.keyARN,
		read: func() (string, error) { return l.home.KeyPolicy(ctx, l.keyARN) },
		write: func(d policy.Document) error {
			return t.oncePrincipalShows(ctx, d, func() error { return l.home.PutKeyPolicy(ctx, l.keyARN, d.String()) })
		},
		mend: func(current policy.Document) (policy.Document, error) {
			return s.wantedKeyPolicy(current, l.keyARN, l.organization, l), nil
		},
		done: func(text string) {
			l.mu.Lock()
			l.key.Policy = text
			l.mu.Unlock()
		},
	}
}

// oncePrincipalShows tries a write again while a role that this run made is no known principal yet: IAM is eventually consistent.
func (t *task) oncePrincipalShows(ctx context.Context, wanted policy.Document, write func() error) error {
	pause := settlePause
	for try := 1; ; try++ {
		err := write()
		unknown := awsops.MeaningOf(err) == awsops.Invalid && len(wanted.DeletedPrincipals()) == 0 && strings.Contains(strings.ToLower(err.Error()), "invalid principal")
		if !unknown || !t.run.justWrote(StepRole) || try == settleTries || sleep(ctx, pause) != nil {
			return err
		}
		pause *= 2
	}
}

func writeKeyPolicy(ctx context.Context, t *task) (string, error) {
	if _, err := t.rewrite(ctx, t.keyPolicyDocument(ctx)); err != nil {
		return "", err
	}
	return "the key lets the logs be encrypted for " + count(len(t.setup().Logged()), "account"), nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// onceRoleIsThere: KMS refuses a policy that names a role which does not exist.
func onceRoleIsThere(l *live) string {
	if l.role != nil {
		return ""
	}
	return "\nKMS takes them once the role " + l.roleARN + " is there, which this set-up makes."
}
