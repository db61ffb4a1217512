package steps

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// findExcess tells of statements that let the reader do more than it is granted. Of a role that this set-up made doctor takes them out; what another
// role may do its owner decides.
func findExcess(d *diagnosis) []Cause {
	at := slices.IndexFunc(d.report.Checks, func(c Check) bool { return c.ID == "access.beyond" && c.Status == Fail })
	role := d.l.role
	if at < 0 || role == nil || d.s.GrantsNobody() {
		return nil
	}
	identity, err := identityOf(role)
	if err != nil {
		return nil
	}
	scoped := d.scoped(identity)
	steps := d.rewriteRole(identity, scoped, "take what goes beyond the grant out of ", func(now policy.Document) policy.Document {
		return d.scoped([]policy.Document{now})[0]
	})
	if len(steps) == 0 {
		return nil // it lies elsewhere
	}
	c := Cause{Account: d.s.Account.ID, Target: d.s.Account.Role, Evidence: d.report.Checks[at].Evidence, Mend: MendChange, repair: steps}
	var what []string
	for _, step := range steps {
		what = append(what, step.Summary)
	}
	c.Fix = strings.Join(what, ", ")
	if role.Tags[TagSetup] != d.s.Name || role.Stack != "" {
		c.Mend, c.repair = MendHand, nil
		c.Fix = "the owner of the role decides: " + c.Fix
	}
	c.Fix += ":\n" + strings.Join(roleCommands(role, identity, scoped), "\n")
	return []Cause{c}
}

// scoped takes out of policies what goes beyond the grant.
func (d *diagnosis) scoped(identity []policy.Document) []policy.Document {
	const most = 200 // statements, actions and resources that are taken out
	wanted := slices.Clone(identity)
	for range most {
		excess := policy.Beyond(d.l.roleARN, policy.Policies{Identity: wanted, Boundary: d.l.boundary}, d.s.granted(d.l))
		at := slices.IndexFunc(excess, func(x policy.Excess) bool {
			ownersToSay := x.Kind == policy.ExcessRights && d.l.role.Tags[TagSetup] == ""
			return !ownersToSay && !(x.Kind.Reads() && d.l.elsewhere.excuses(x.Resource))
		})
		if at < 0 {
			break
		}
		x := excess[at]
		doc := wanted[x.Policy].Clone()
		if st, left := narrowed(doc.Statements[x.Index], x); left {
			doc.Statements[x.Index] = st
		} else {
			doc.Statements = slices.Delete(doc.Statements, x.Index, x.Index+1)
		}
		wanted[x.Policy] = doc
	}
	return wanted
}

// narrowed takes what is too much out of a statement: the resource where it has others, else the action; left is false where nothing remains.
// Actions have no slash, so that * matches any part of them.
func narrowed(st policy.Statement, x policy.Excess) (policy.Statement, bool) {
	st = st.Clone()
	if x.Kind.Reads() && x.Resource != "" && st.Resource.Len() > 1 {
		st.Resource = st.Resource.Without(x.Resource)
		return st, true
	}
	for _, a := range st.Action.Values() {
		if covers, _ := path.Match(strings.ToLower(a), strings.ToLower(x.Action)); covers {
			st.Action = st.Action.Without(a)
		}
	}
	return st, st.Action.Len() > 0
}

// rewriteRole plans the change of the role's policies to what is wanted of each; one of AWS, or of several roles, is taken off this one.
func (d *diagnosis) rewriteRole(identity, wanted []policy.Document, summary string, mend func(policy.Document) policy.Document) []PlannedStep {
	role, home := d.l.role, d.l.home
	return rewriteRole(home, role, d.s.Account.ID, identity, wanted, summary, mend)
}

func rewriteRole(home *awsops.Account, role *awsops.Role, account string, identity, wanted []policy.Document, summary string, mend func(policy.Document) policy.Document) []PlannedStep {
	mended := func(now policy.Document) (policy.Document, error) { return mend(now), nil }
	var out []PlannedStep
	for i, current := range identity {
		if wanted[i].Equal(current) && len(wanted[i].Statements) == len(current.Statements) {
			continue
		}
		if i < len(role.Inline) {
			name := role.Inline[i].Name
			out = append(out, ofRole(role.Name, changeStep(StepPermissions, account, "", role.Name+" "+name, summary+policyName(role, i), current, wanted[i], func(ctx context.Context, t *task) error {
				return t.rewriteInline(ctx, home, role.Name, name, mended)
			}))...)
			continue
		}
		p := role.Attached[i-len(role.Inline)]
		if p.AWS || p.Attachments > 1 || len(wanted[i].Statements) == 0 { // a managed policy cannot be empty
			steps := changeStep(StepPermissions, account, "", p.ARN, "detach "+p.ARN+" from role "+role.Name, current, policy.New(), func(ctx context.Context, t *task) error {
				return t.write("detach "+p.ARN+" from "+role.Name, func() error { return home.DetachPolicy(ctx, role.Name, p.ARN) })
			})
			steps[0].exec.asks = detaching(role.Name, p.ARN)
			steps[0].After = text("attached to role " + role.Name + " no more; the policy itself stays")
			out = append(out, ofRole(role.Name, steps)...)
			continue
		}
		out = append(out, changeStep(StepPermissions, account, "", p.ARN, summary+policyName(role, i), current, wanted[i], func(ctx context.Context, t *task) error {
			return t.rewriteManaged(ctx, home, p.ARN, mended)
		})...)
	}
	return out
}

// roleCommands are the AWS CLI commands that do the same as rewriteRole.
func roleCommands(role *awsops.Role, identity, wanted []policy.Document) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i, current := range identity {
		switch document := strings.ReplaceAll(wanted[i].String(), "'", `'\''`); {
		case wanted[i].Equal(current) && len(wanted[i].Statements) == len(current.Statements):
		case i < len(role.Inline) && len(wanted[i].Statements) == 0:
			add("aws iam delete-role-policy --role-name %s --policy-name %s", role.Name, role.Inline[i].Name)
		case i < len(role.Inline):
			add("aws iam put-role-policy --role-name %s --policy-name %s --policy-document '%s'", role.Name, role.Inline[i].Name, document)
		default:
			if p := role.Attached[i-len(role.Inline)]; p.AWS || p.Attachments > 1 || len(wanted[i].Statements) == 0 {
				add("aws iam detach-role-policy --role-name %s --policy-arn %s", role.Name, p.ARN)
			} else {
				add("aws iam create-policy-version --policy-arn %s --set-as-default --policy-document '%s'", p.ARN, document)
			}
		}
	}
	return out
}

// findUnscoped tells of delivery statements that let any account of AWS deliver.
func findUnscoped(d *diagnosis) []Cause {
	at := slices.IndexFunc(d.report.Checks, func(c Check) bool { return c.ID == "bucket-policy.scoped" && c.Status == Fail })
	current, err := parseOrEmpty(d.l.bucket.Policy)
	if at < 0 || err != nil {
		return nil
	}
	c := Cause{Account: d.s.Account.ID, Region: d.l.region, Target: d.s.bucketName(), Evidence: d.report.Checks[at].Evidence}
	mended, err := d.s.wantedBucketPolicy(current, d.l.organization, d.l.tlsOnly)
	if err == nil && len(d.s.openStatements(mended, d.l.region)) == 0 {
		c.Mend, c.Fix = MendApply, "flowgrant apply -f FILE puts the accounts back into its statements"
		return []Cause{c}
	}
	ids := d.s.knownAccounts(current)
	wanted := d.s.scopeDelivery(current, d.l.region, ids)
	open := d.s.openStatements(current, d.l.region)
	var texts []string
	aws := false
	for _, i := range open {
		aws = aws || strings.HasPrefix(current.Statements[i].Sid, "AWSLogDelivery")
		texts = append(texts, wanted.Statements[i].Pretty())
	}
	c.Fix = "let only these accounts deliver: " + strings.Join(ids, ", ") + "; if others are meant to, add them. The statement as it would be:\n" + strings.Join(texts, "\n")
	c.Mend = MendChange
	c.repair = changeStep(StepBucketPolicy, c.Account, c.Region, c.Target, "let only accounts deliver that are named: "+strings.Join(ids, ", "), current, wanted, func(ctx context.Context, t *task) error {
		document := t.bucketPolicyDocument(ctx)
		document.mend = func(now policy.Document) (policy.Document, error) {
			return t.setup().scopeDelivery(now, t.live().region, ids), nil
		}
		_, err := t.rewrite(ctx, document)
		return err
	})
	c.repair[0].Notes = []string{"an account that delivers here and is not among them could not any more"}
	if aws || len(d.s.openStatements(wanted, d.l.region)) > 0 { // AWS's own statements are AWS's and the owner's to change
		c.Mend, c.repair = MendHand, nil
	}
	return []Cause{c}
}

// openStatements lists the statements of a bucket policy that let accounts deliver which no set-up names.
func (s Setup) openStatements(d policy.Document, region string) []int {
	var open []int
	for i, st := range d.Statements {
		one := policy.New(st)
		if st.Effect == policy.Allow && s.strangersDelivery(one, region) != nil {
			open = append(open, i)
		}
	}
	return open
}

// scopeDelivery adds the accounts to the statements that name none.
func (s Setup) scopeDelivery(d policy.Document, region string, accounts []string) policy.Document {
	d = d.Clone()
	for _, i := range s.openStatements(d, region) {
		d.Statements[i].Condition = append(d.Statements[i].Condition, policy.Test{Operator: "StringEquals", Key: "aws:SourceAccount", Values: policy.OneOrList(accounts...)})
	}
	return d
}

// knownAccounts lists the accounts that a bucket policy and the set-up show to deliver: the set-up's, the bucket's own, those whose folder or ID is named.
func (s Setup) knownAccounts(d policy.Document) []string {
	ids := append(s.deliveringIDs(), s.Account.ID)
	for _, st := range d.Statements {
		if st.Effect != policy.Allow {
			continue
		}
		for _, r := range st.Resource.Values() {
			if _, folder, ok := strings.Cut(r, "/AWSLogs/"); ok {
				ids = append(ids, strings.SplitN(strings.TrimPrefix(folder, "aws-account-id="), "/", 2)[0])
			}
		}
		for _, t := range st.Condition {
			if strings.EqualFold(t.Key, "aws:SourceAccount") && strings.EqualFold(t.Operator, "StringEquals") {
				ids = append(ids, t.Values.Values()...)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return len(id) != 12 || strings.Trim(id, "0123456789") != ""
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}
