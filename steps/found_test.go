package steps_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/flowrecord"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What was there before stays, in its meaning and place.
func TestForeignStatementsStay(t *testing.T) {
	inBubble(t, "archive-existing", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a := l.admin(archive)
		key := l.flowLogsKey()
		l.must(a.Encrypt(t.Context(), "us-east-1", "archive-existing", key))
		bucketBefore, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		l.must(err)
		keyBefore, err := a.KeyPolicy(t.Context(), key)
		l.must(err)
		s := setup(t, central("central-flow-logs", "archive-existing"))
		l.expect(l.apply(s), steps.ResultVerified)
		bucketAfter, err := a.BucketPolicy(t.Context(), "us-east-1", "archive-existing")
		l.must(err)
		keyAfter, err := a.KeyPolicy(t.Context(), key)
		l.must(err)
		kept(t, bucketBefore, bucketAfter)
		kept(t, keyBefore, keyAfter)
		if strings.Contains(bucketAfter, "SecureTransport") {
			t.Errorf("a bucket that was there before got the statement against plain HTTP: %s", bucketAfter)
		}
	})
}

// kept says whether every statement of before is in after, first and in the same order.
func kept(t *testing.T, before, after string) {
	t.Helper()
	was, now := parsed(before), parsed(after)
	for i, s := range was.Statements {
		if i >= len(now.Statements) || !s.Equal(now.Statements[i]) || s.Sid != now.Statements[i].Sid {
			t.Errorf("statement %d changed:\n%s\n%s", i, before, after)
			return
		}
	}
	if len(now.Statements) == len(was.Statements) {
		t.Errorf("nothing was added to %s", before)
	}
}

func TestTwoSetupsShareABucket(t *testing.T) {
	inBubble(t, "two", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		one := setup(t, central("central-flow-logs", "archive-existing"))
		two := setup(t, central("central-flow-logs", "archive-existing", "name: central-logs", "name: second", "us-east-1]", "eu-west-1]"))
		l.expect(l.apply(one), steps.ResultVerified)
		l.expect(l.apply(two), steps.ResultVerified)
		l.expect(l.apply(one), steps.ResultUnchanged)
		l.expect(l.apply(two), steps.ResultUnchanged)
	})
}

func TestTwoPerAccountSetupsShareTheRole(t *testing.T) {
	inBubble(t, "two", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		one := setup(t, perAccountFile)
		two := setup(t, perAccountFile, "payments-flow-logs", "payments-more-logs", "name: payments-logs", "name: more")
		l.expect(l.apply(one), steps.ResultVerified)
		l.expect(l.apply(two), steps.ResultVerified)
		l.expect(l.apply(one), steps.ResultUnchanged)
	})
}

func TestWrongFormatIsReplacedAndTheOldOneGoesOnlyWhenSaid(t *testing.T) {
	for _, remove := range []bool{false, true} {
		inBubble(t, fmt.Sprint("delete_replaced=", remove), func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			a := l.admin(payments)
			vpcs, err := a.VPCs(t.Context(), "us-east-1")
			l.must(err)
			l.must(a.CreateBucket(t.Context(), awsops.NewBucket{Name: "payments-flow-logs", Region: "us-east-1"}))
			old, err := a.CreateFlowLogs(t.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{vpcs[0].ID}, Traffic: "ALL", Interval: 600,
				Format: flowrecord.Format(flowrecord.DefaultV2...), Destination: "arn:aws:s3:::payments-flow-logs"})
			l.must(err)
			s := setup(t, strings.Replace(perAccountFile, "regions: [us-east-1]", fmt.Sprintf("regions: [us-east-1], delete_replaced: %v", remove), 1))
			p := l.plan(s)
			i := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool { return s.Step == steps.StepFlowLogs })
			if p.Steps[i].Change != steps.ChangeReplace || !strings.Contains(strings.Join(p.Steps[i].Notes, "\n"), "lacks tcp-flags") {
				t.Errorf("planned is %+v", p.Steps[i])
			}
			if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "both are charged") }) {
				t.Errorf("nothing is said of the double cost: %v", p.Warnings)
			}
			l.expect(l.apply(s), steps.ResultVerified)
			logs, err := a.FlowLogs(t.Context(), "us-east-1")
			l.must(err)
			there := slices.ContainsFunc(logs, func(f awsops.FlowLog) bool { return f.ID == old[0] })
			if there == remove {
				t.Errorf("the old flow log is there: %v", there)
			}
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}

func TestGrantInManagedPolicy(t *testing.T) {
	const role = "ColorTokensCrossAccountAccessRole"
	document := `{"Version":"2012-10-17","Statement":[{"Sid":"Find","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},
		{"Sid":"S3","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation","s3:GetBucketTagging"],"Resource":"*"}]}`
	managedWorld := func(l *lab) (*awsops.Account, string) {
		a := l.admin(payments)
		l.must(a.DeleteInline(l.Context(), role, "ColorTokensCrossAccountAccessPolicy"))
		arn, err := a.CreatePolicy(l.Context(), awsops.NewPolicy{Name: "Discovery", Document: document})
		l.must(err)
		l.must(a.AttachPolicy(l.Context(), role, arn))
		return a, arn
	}
	inBubble(t, "a new version, the oldest backed up and deleted", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a, arn := managedWorld(l)
		for i := range 4 {
			_, err := a.CreatePolicyVersion(t.Context(), arn, strings.Replace(document, "ec2:Describe*", fmt.Sprintf("ec2:Describe%d*", i), 1))
			l.must(err)
		}
		s := setup(t, perAccountFile)
		dir := t.TempDir()
		j, err := steps.OpenStore(dir).Begin(s)
		l.must(err)
		l.expect(l.engine.Run(t.Context(), l.plan(s), steps.RunOptions{Wait: -1, Journal: j}), steps.ResultVerified)
		l.must(j.Close())
		backups, err := steps.OpenStore(dir).Backups(s.Name)
		l.must(err)
		i := slices.IndexFunc(backups, func(b steps.Backup) bool { return b.Kind == "managed-policy-v1" && b.Target == arn })
		if i < 0 || !parsed(backups[i].Document).Equal(parsed(document)) {
			t.Errorf("version v1 was not backed up as it was: %+v", backups)
		}
		versions, err := a.PolicyVersions(t.Context(), arn)
		l.must(err)
		if len(versions) != 5 || versions[0].ID != "v2" {
			t.Errorf("versions are %+v", versions)
		}
		now, err := a.Policy(t.Context(), arn)
		l.must(err)
		d := parsed(now.Document)
		if st, at := d.Statement("S3Other"); at < 0 || !slices.Equal(st.Action.Values(), []string{"s3:GetBucketTagging"}) || !slices.Equal(st.Resource.Values(), []string{"*"}) {
			t.Errorf("other actions did not stay on what they had: %s", d.Pretty())
		}
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
	for name, c := range map[string]struct {
		prepare func(*lab)
		says    string
	}{
		"attached to others": {func(l *lab) {
			a, arn := managedWorld(l)
			_, err := a.CreateRole(l.Context(), awsops.NewRole{Name: "Other", Trust: policy.AssumeRoleTrust("arn:aws:iam::123456789012:root", "").String()})
			l.must(err)
			l.must(a.AttachPolicy(l.Context(), "Other", arn))
		}, "attached to others too"},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			c.prepare(l)
			r := l.apply(setup(t, perAccountFile))
			l.expect(r, steps.ResultFailed)
			if r.Failure.Step != steps.StepPermissions || !strings.Contains(r.Failure.Cause, c.says) {
				t.Errorf("failure is %+v", r.Failure)
			}
		})
	}
	inBubble(t, "AWS-managed rights get a policy of our own beside them, and what goes beyond is told", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a := l.admin(payments)
		l.must(a.DeleteInline(t.Context(), role, "ColorTokensCrossAccountAccessPolicy"))
		l.must(a.AttachPolicy(t.Context(), role, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))
		r := l.apply(setup(t, perAccountFile))
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepAccess || !strings.Contains(r.Failure.Cause, "more than it is granted") {
			t.Errorf("failure is %+v", r.Failure)
		}
	})
}

func TestKeyOfAnotherAccountIsHandedOff(t *testing.T) {
	inBubble(t, "foreign key", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		key := l.flowLogsKey()
		s := setup(t, strings.NewReplacer(`arn:aws:s3:::payments-flow-logs"`, `arn:aws:s3:::payments-flow-logs", kms_key_arn: "`+key+`"`).Replace(perAccountFile))
		p := l.plan(s)
		handed := p.HandedOff()
		if len(handed) != 1 || handed[0].Step != steps.StepKeyPolicy || !strings.Contains(handed[0].HandOff, "delivery.logs.amazonaws.com") || !strings.Contains(handed[0].HandOff, "\naws kms put-key-policy --region ") || !strings.Contains(handed[0].HandOff, role(payments)) {
			t.Fatalf("handed off is %+v", handed)
		}
		r := l.run(t.Context(), p, 0) // the key refuses delivery until its owner has done it
		l.expect(r, steps.ResultWaiting)
		if !slices.ContainsFunc(r.NotMade, func(line string) bool { return strings.HasPrefix(line, "flow-logs") && strings.Contains(line, key) }) {
			t.Errorf("not made is %q", r.NotMade)
		}
		d, err := policy.Parse(*handed[0].After)
		l.must(err)
		owner := l.admin(archive)
		text, err := owner.KeyPolicy(t.Context(), key)
		l.must(err)
		l.must(owner.PutKeyPolicy(t.Context(), key, parsed(text).With(d.Statements...).String()))
		l.expect(l.apply(s), steps.ResultVerified)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

func role(account string) string {
	return "arn:aws:iam::" + account + ":role/ColorTokensCrossAccountAccessRole"
}

func TestRoleWithAnotherTrustIsMendedAfterReview(t *testing.T) {
	inBubble(t, "trust", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a := l.admin(archive)
		_, err := a.CreateRole(t.Context(), awsops.NewRole{Name: "ColortokensHubFlowLogsRole",
			Trust: policy.AssumeRoleTrust("arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole", "xs-drifted").String()})
		l.must(err)
		s := setup(t, centralFile)
		p := l.plan(s)
		i := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool { return s.Step == steps.StepTrust })
		if p.Steps[i].Change != steps.ChangeUpdate || !strings.Contains(p.Steps[i].Reason, "xs-drifted") {
			t.Errorf("planned is %+v", p.Steps[i])
		}
		l.expect(l.apply(s), steps.ResultVerified)
		l.expect(l.apply(s), steps.ResultUnchanged)
	})
}

func TestGrantLeftToTheVendorIsHandedOff(t *testing.T) {
	for _, grant := range []string{"script", "portal"} {
		inBubble(t, grant, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, perAccountFile+"grant: "+grant+"\n")
			handed := l.plan(s).HandedOff()
			if len(handed) != 1 || handed[0].Step != steps.StepPermissions || handed[0].HandOff == "" {
				t.Fatalf("handed off is %+v", handed)
			}
			r := l.apply(s)
			if r.Status == steps.ResultVerified || r.Status == steps.ResultUnchanged {
				t.Errorf("result is %s although nobody has granted anything", r.Status)
			}
			direct := setup(t, perAccountFile)
			l.expect(l.apply(direct), steps.ResultVerified)
			l.expect(l.apply(s), steps.ResultUnchanged)
		})
	}
}

func parsed(text string) policy.Document {
	d, err := policy.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("%v: %s", err, text))
	}
	return d
}
