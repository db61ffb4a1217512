package steps_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// shim stands for the AWS CLI: what is got stands in the file there, what is put is kept in the file written, and each call in the file calls.
const shim = `#!/bin/sh
echo "$@" >> calls
case "$2" in
get-*) cat there ;;
describe-*) echo fl-1 fl-2 ;;
*) for a; do case "$a" in file://*) cat "${a#file://}" > written ;; --cli-input-json) take=1 ;; *) [ -z "$take" ] || printf %s "$a" > written; take= ;; esac; done ;;
esac
`

// byHand runs the commands of a step in a shell over a policy that is there, and gives what they write and the calls they make.
func byHand(t *testing.T, commands, there string) (written, calls string, err error) {
	t.Helper()
	for _, program := range []string{"sh", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"aws": shim, "there": there, "edit": "#!/bin/sh\nsed -i.was s/wrong/right/ \"$1\"\n", "deploy-colortokens-aws-stack.sh": "#!/bin/sh\necho \"$@\" >> calls\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "sh", "-c", commands)
	c.Dir = dir
	c.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"), "EDITOR=" + filepath.Join(dir, "edit"), "AWS_PROFILE=acting", "XCLOUD_ACCOUNT=777766665555"}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Logf("%s\n%s", commands, out)
	}
	w, _ := os.ReadFile(filepath.Join(dir, "written"))
	l, _ := os.ReadFile(filepath.Join(dir, "calls"))
	return string(w), string(l), err
}

// stepOf finds a planned step.
func stepOf(t *testing.T, p *steps.Plan, name steps.StepName) steps.PlannedStep {
	t.Helper()
	i := slices.IndexFunc(p.Steps, func(s steps.PlannedStep) bool { return s.Step == name })
	if i < 0 {
		t.Fatalf("no step %s", name)
	}
	if s := p.Steps[i]; s.Commands != "" && (!strings.HasSuffix(s.HandOff, s.Commands) || strings.Contains(s.HandedOver(), "aws ")) {
		t.Errorf("the text for somebody else is %q, without the commands %q", s.HandOff, s.HandedOver())
	}
	return p.Steps[i]
}

// The trust of a role that was there before is changed by its owner: the command does it as it stands, and leaves what others come in by.
func TestTrustOfAFoundRoleIsHandedOverAsACommand(t *testing.T) {
	for name, c := range map[string]struct {
		trust string
		stays string // a principal
		edits bool   // only a person can tell what to change
	}{
		"another external ID":  {trust: statement("Reader", "Allow", `{"AWS":"arn:aws:iam::999988887777:root"}`, `"sts:AssumeRole"`, "", `{"StringEquals":{"sts:ExternalId":"xs-old"}}`)},
		"a further condition":  {trust: statement("Reader", "Allow", `{"AWS":"arn:aws:iam::999988887777:root"}`, `"sts:AssumeRole"`, "", `{"StringEquals":{"sts:ExternalId":"xs-old"},"Bool":{"aws:SecureTransport":"true"}}`), edits: true},
		"only others":          {trust: statement("Own", "Allow", `{"AWS":"arn:aws:iam::111122223333:root"}`, `"sts:AssumeRole"`, "", ""), stays: "111122223333"},
		"together with others": {trust: statement("Both", "Allow", `{"AWS":["arn:aws:iam::999988887777:root","arn:aws:iam::222233334444:root"]}`, `"sts:AssumeRole"`, "", `{"StringEquals":{"sts:ExternalId":"xs-old"}}`), edits: true},
		"a Deny": {trust: statement("Reader", "Allow", `{"AWS":"arn:aws:iam::999988887777:root"}`, `"sts:AssumeRole"`, "", `{"StringEquals":{"sts:ExternalId":"xs-7f3a91"}}`) + "," +
			statement("Out", "Deny", `"*"`, `"sts:AssumeRole"`, "", ""), edits: true},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			owner, s := l.admin(payments), setup(t, perAccountFile)
			trust := policyOf(strings.ReplaceAll(c.trust, `,"Resource":`, ""))
			l.must(owner.PutTrust(t.Context(), s.Account.Role, trust))
			p := l.plan(s)
			step := stepOf(t, p, steps.StepTrust)
			if step.Change != steps.ChangeBlocked || step.Commands == "" {
				t.Fatalf("planned is %+v", step)
			}
			written, calls, err := byHand(t, step.Commands, trust)
			if c.edits {
				if err != nil || strings.Count(calls, "\n") != 2 || !parsed(written).Equal(parsed(trust)) {
					t.Errorf("%v: called\n%s written\n%s", err, calls, written)
				}
				return
			}
			var in struct{ RoleName, PolicyDocument string }
			if err := json.Unmarshal([]byte(written), &in); err != nil || in.RoleName != s.Account.Role || strings.Count(calls, "\n") != 2 {
				t.Fatalf("%v: called\n%s written\n%s", err, calls, written)
			}
			later := policyOf(strings.ReplaceAll(c.trust+","+statement("Later", "Allow", `{"AWS":"arn:aws:iam::333344445555:root"}`, `"sts:AssumeRole"`, "", ""), `,"Resource":`, ""))
			if written, calls, err := byHand(t, step.Commands, later); err == nil || written != "" {
				t.Errorf("over a policy that was changed meanwhile: %v, called\n%s written\n%s", err, calls, written)
			}
			l.must(owner.PutTrust(t.Context(), in.RoleName, in.PolicyDocument))
			if !strings.Contains(in.PolicyDocument, c.stays) {
				t.Errorf("%s became %s", trust, in.PolicyDocument)
			}
			if now := stepOf(t, l.plan(s), steps.StepTrust); now.Change != steps.ChangeNone {
				t.Errorf("afterwards it is %+v", now)
			}
		})
	}
}

// The owner of a key adds the statements by commands that run as they stand, and takes them out again; run twice they add nothing twice.
func TestKeyOfAnotherAccountIsHandedOverAsCommands(t *testing.T) {
	inBubble(t, "add and take", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		key, owner, store := l.flowLogsKey(), l.admin(archive), steps.OpenStore(t.TempDir())
		s := setup(t, strings.NewReplacer(`arn:aws:s3:::payments-flow-logs"`, `arn:aws:s3:::payments-flow-logs", kms_key_arn: "`+key+`"`).Replace(perAccountFile))
		before, err := owner.KeyPolicy(t.Context(), key)
		l.must(err)
		carryOut := func(p *steps.Plan, there string) string {
			t.Helper()
			step := stepOf(t, p, steps.StepKeyPolicy)
			written, calls, err := byHand(t, step.Commands, there)
			if err != nil || !strings.Contains(calls, "--region us-east-1 --key-id "+key) {
				t.Fatalf("%v: called\n%s", err, calls)
			}
			l.must(owner.PutKeyPolicy(t.Context(), key, written))
			return written
		}
		added := carryOut(l.plan(s), before)
		if again := carryOut(l.plan(s), added); !parsed(again).Equal(parsed(added)) || len(parsed(added).Statements) != len(parsed(before).Statements)+2 {
			t.Errorf("added\n%s again\n%s", added, again)
		}
		one := parsed(before).Statements[0]
		if written, _, err := byHand(t, stepOf(t, l.plan(s), steps.StepKeyPolicy).Commands, `{"Version":"2012-10-17","Statement":`+one.String()+`}`); err != nil || len(parsed(written).Statements) != 3 {
			t.Errorf("to a policy whose only statement stands alone: %v\n%s", err, written)
		}
		if written, calls, err := byHand(t, stepOf(t, l.plan(s), steps.StepKeyPolicy).Commands, "not JSON"); err == nil || written != "" || strings.Contains(calls, "put-") {
			t.Errorf("what cannot be read is overwritten: %v %s", err, calls)
		}
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)

		l.engine.Knowing(store)
		p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true, Before: store.Before(s.Name)})
		l.must(err)
		if taken := carryOut(p, added); !parsed(taken).Equal(parsed(before)) {
			t.Errorf("taken back is\n%s", taken)
		}
	})
}

// A key that is disabled or to be deleted, an account's flow logs that cannot be seen, and the vendor's script have commands too.
func TestOtherHandOversRun(t *testing.T) {
	inBubble(t, "script", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		for credentials, profile := range map[string]string{"{assume_role: OrganizationAccountAccessRole}": "acting", "{profile: payments}": "payments"} {
			s := setup(t, perAccountFile+"grant: script\n", "{assume_role: OrganizationAccountAccessRole}", credentials)
			_, calls, err := byHand(t, stepOf(t, l.plan(s), steps.StepPermissions).Commands, "")
			if want := "--aws-profile " + profile + " --target-account 111122223333 --colortokens-account 999988887777 --xcloud-account 777766665555 --region us-east-1 --storage-access --storage-ids payments-flow-logs\n"; err != nil || calls != want {
				t.Errorf("%v: called %s", err, calls)
			}
		}
	})
	inBubble(t, "flow logs and a bucket that cannot be seen", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s, store := setup(t, centralFile), steps.OpenStore(t.TempDir())
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		moved := setup(t, centralFile, `  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}`, "")
		l.journaled(store, moved, l.plan(moved))
		l.must(l.admin(storefront).PutInline(t.Context(), "OrganizationAccountAccessRole", "Blind", policyOf(`{"Effect":"Deny","Action":"ec2:DescribeFlowLogs","Resource":"*"}`)))
		l.engine.Knowing(store)
		p, err := l.engine.PlanRevoke(t.Context(), moved, steps.RevokeOptions{FlowLogs: true, Before: store.Before(s.Name)})
		l.must(err)
		i := slices.IndexFunc(p.Steps, func(p steps.PlannedStep) bool { return p.Change == steps.ChangeHandOff && p.Step == steps.StepFlowLogs })
		if i < 0 {
			t.Fatal("nothing is handed off")
		}
		_, calls, err := byHand(t, p.Steps[i].Commands, "")
		if err != nil || !strings.Contains(calls, "delete-flow-logs --region us-east-1 --flow-log-ids fl-2\n") || !strings.Contains(calls, "Name=tag:flowgrant:setup,Values=central-logs") {
			t.Errorf("%v: called %s", err, calls)
		}
	})
}

// The statements of a set-up go out of the policy of a bucket that could not be read; a policy of which nothing is left is deleted.
func TestBucketOfEarlierAnswersIsHandedOver(t *testing.T) {
	inBubble(t, "bucket", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s, store := setup(t, centralFile), steps.OpenStore(t.TempDir())
		l.expect(l.journaled(store, s, l.plan(s)), steps.ResultVerified)
		b, err := l.admin(archive).Bucket(t.Context(), "central-flow-logs", "us-east-1")
		l.must(err)
		_, calls, err := byHand(t, s.TakenFromBucketPolicy(), b.Policy)
		if err != nil || !strings.HasSuffix(calls, "s3api delete-bucket-policy --bucket central-flow-logs --expected-bucket-owner 444455556666\n") {
			t.Errorf("%v: of %s called\n%s", err, b.Policy, calls)
		}
		other := statement("Other", "Allow", hub, `"s3:GetObject"`, teamObjects, "")
		written, _, err := byHand(t, s.TakenFromBucketPolicy(), strings.Replace(b.Policy, `"Statement":[`, `"Statement":[`+other+",", 1))
		if left := parsed(written); err != nil || len(left.Statements) != 1 || left.Statements[0].Sid != "Other" {
			t.Errorf("%v: left is %s", err, written)
		}
	})
}

// Who carries a command out by hand reads which AWS it is for, and how the set-up itself gets into the account.
func TestHandOverSaysHowToAct(t *testing.T) {
	inBubble(t, "sandbox", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, centralFile, `name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}`, `name: Payments, credentials: {profile: payments}`)
		p := l.plan(s)
		for account, want := range map[string]string{
			archive:        "aws sts assume-role --role-arn arn:aws:iam::444455556666:role/OrganizationAccountAccessRole --role-session-name by-hand --query",
			payments:       "export AWS_PROFILE='payments'",
			"777777777777": "flowgrant sandbox serve",
		} {
			if said := strings.Join(p.ActingIn(account), "\n"); !strings.Contains(said, want) || !strings.Contains(said, "the sandbox") {
				t.Errorf("for %s it says %q", account, said)
			}
		}
		l.engine = steps.NewEngine(l.cloud("payments"))
		own := setup(t, perAccountFile, "  credentials: {assume_role: OrganizationAccountAccessRole}\n", "")
		if said := strings.Join(l.plan(own).ActingIn(payments), "\n"); !strings.Contains(said, "export AWS_PROFILE='payments'") {
			t.Errorf("with the starting profile it says %q", said)
		}
	})
	t.Run("endpoint", func(t *testing.T) {
		world, err := sandbox.Open(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		listening := httptest.NewServer(world)
		defer listening.Close()
		server := listening.URL
		key, secret := world.Credentials()
		t.Setenv("AWS_ACCESS_KEY_ID", key)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
		t.Setenv("AWS_ENDPOINT_URL", strings.Replace(server, "://", "://somebody:hidden@", 1))
		cloud, err := awsops.Open(t.Context(), awsops.Config{Version: "test", Region: "us-east-1"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := steps.NewEngine(cloud).Plan(t.Context(), setup(t, centralFile))
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(p.ActingIn(archive), "\n")
		if !strings.Contains(said, "export AWS_ENDPOINT_URL='"+server+"'") || strings.Contains(said, "hidden") || strings.Contains(said, secret) {
			t.Errorf("it says %q", said)
		}
	})
}
