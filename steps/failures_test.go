package steps_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// writesOf lists the kinds of write of a full run.
func writesOf(t *testing.T, file string) []string {
	t.Helper()
	var writes []string
	inBubble(t, "count", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		l.calls.take(t)
		l.expect(l.apply(setup(t, file)), steps.ResultVerified)
		for _, c := range l.calls.take(t) {
			if name := c.Service + ":" + c.Operation; c.Write && !slices.Contains(writes, name) {
				writes = append(writes, name)
			}
		}
	})
	return writes
}

func TestEachWriteDeniedStopsWhatNeedsItAndASecondApplyFinishes(t *testing.T) {
	for name, file := range map[string]string{"centralized": centralFile, "per-account": perAccountFile} {
		writes := writesOf(t, file)
		if len(writes) < 4 {
			t.Fatalf("only %v are written in %s", writes, name)
		}
		for _, write := range writes {
			for _, kind := range []string{"deny", "drop"} {
				inBubble(t, name+" "+write+" "+kind, func(t *testing.T) {
					state := filepath.Join(t.TempDir(), "sandbox.json")
					number := "#1"
					if kind == "deny" {
						number = ""
					}
					fault, err := sandbox.ParseFault(write + number + "=" + kind)
					if err != nil {
						t.Fatal(err)
					}
					s := setup(t, file)
					l := newLab(t, sandbox.Options{State: state, Faults: []sandbox.Fault{fault}})
					r := l.apply(s)
					if kind == "drop" {
						l.expect(r, steps.ResultVerified) // the call took effect; only its answer was lost
					} else {
						l.expect(r, steps.ResultFailed)
						if r.Failure.Cause == "" || r.Failure.Fix == "" || r.Failure.RequestID == "" {
							t.Errorf("the failure does not say why and what to do: %+v", r.Failure)
						}
						if len(r.NotMade) == 0 {
							t.Errorf("nothing is said to be not made")
						}
						l = newLab(t, sandbox.Options{State: state})
						l.expect(l.apply(s), steps.ResultVerified)
					}
					l = newLab(t, sandbox.Options{State: state})
					l.expect(l.apply(s), steps.ResultUnchanged)
					l.noDuplicates(s)
				})
			}
		}
	}
}

// noDuplicates says that no VPC has two flow logs, and no statement stands twice.
func (l *lab) noDuplicates(s steps.Setup) {
	l.Helper()
	for _, logged := range s.Logged() {
		a := l.admin(logged.ID)
		for _, region := range logged.Regions {
			logs, err := a.FlowLogs(l.Context(), region)
			l.must(err)
			seen := map[string]bool{}
			for _, f := range logs {
				if seen[f.ResourceID] {
					l.Errorf("%s has two flow logs", f.ResourceID)
				}
				seen[f.ResourceID] = true
			}
		}
	}
	text, err := l.admin(s.Account.ID).BucketPolicy(l.Context(), "us-east-1", strings.TrimPrefix(s.Bucket.ARN, "arn:aws:s3:::"))
	l.must(err)
	d, err := policy.Parse(text)
	l.must(err)
	for i, a := range d.Statements {
		for _, b := range d.Statements[i+1:] {
			if a.Equal(b) {
				l.Errorf("a statement stands twice: %s", a)
			}
		}
	}
}

func TestWhatCanBeKnownStopsBeforeTheFirstWrite(t *testing.T) {
	vendorStatement := policy.Statement{Sid: "NoDelivery", Effect: policy.Deny, Principal: policy.Everyone(), Action: policy.One("kms:*"), Resource: policy.One("*")}
	for name, c := range map[string]struct {
		file    func(l *lab) string
		prepare func(l *lab)
		step    steps.StepName
		says    string
	}{
		"bucket of another account": {
			file: func(*lab) string { return central("central-flow-logs", "payments-own") },
			prepare: func(l *lab) {
				l.must(l.admin(payments).CreateBucket(l.Context(), awsops.NewBucket{Name: "payments-own", Region: "us-east-1"}))
			},
			step: steps.StepBucket, says: "belongs to another account",
		},
		"bucket in another region": {
			file: func(*lab) string { return central("central-flow-logs", "archive-eu") },
			prepare: func(l *lab) {
				l.must(l.admin(archive).CreateBucket(l.Context(), awsops.NewBucket{Name: "archive-eu", Region: "eu-west-1"}))
			},
			step: steps.StepBucket, says: "the bucket is in eu-west-1, not in us-east-1",
		},
		"bucket missing and not to be created": {
			file: func(*lab) string { return central("create: true", "create: false") },
			step: steps.StepBucket, says: "there is no bucket central-flow-logs",
		},
		"per-account role missing": {
			file: func(*lab) string { return strings.NewReplacer(payments, "222233334444").Replace(perAccountFile) },
			step: steps.StepRole, says: "there is no role ColorTokensCrossAccountAccessRole",
		},
		"per-account external ID differs": {
			file: func(*lab) string { return strings.ReplaceAll(perAccountFile, "xs-7f3a91", "xs-other") },
			step: steps.StepTrust, says: "it asks for the external ID xs-7f3a91, not xs-other",
		},
		"per-account trust of another vendor": {
			file: func(*lab) string {
				return strings.NewReplacer("999988887777", "888877776666", `, external_id: xs-7f3a91`, "").Replace(perAccountFile)
			},
			step: steps.StepTrust, says: "no statement of it names a principal of account 888877776666",
		},
		"VPC of another region": {
			file: func(l *lab) string {
				vpcs, err := l.admin(payments).VPCs(l.Context(), "eu-west-1")
				l.must(err)
				return strings.Replace(perAccountFile, "regions: [us-east-1]", "regions: [us-east-1], vpcs: ["+vpcs[0].ID+"]", 1)
			},
			step: steps.StepFlowLogs, says: "has no VPC",
		},
		"bucket policy past its limit": {
			file: func(*lab) string { return central("central-flow-logs", "archive-existing") },
			prepare: func(l *lab) {
				text, err := l.admin(archive).BucketPolicy(l.Context(), "us-east-1", "archive-existing")
				l.must(err)
				d, err := policy.Parse(text)
				l.must(err)
				for i := 0; policy.Size(policy.BucketPolicy, d.String()) < 20200; i++ {
					d.Statements = append(d.Statements, policy.Statement{Sid: fmt.Sprintf("Foreign%d", i), Effect: policy.Allow, Principal: policy.AWSPrincipal("arn:aws:iam::123456789012:root"),
						Action: policy.One("s3:GetObject"), Resource: policy.One(fmt.Sprintf("arn:aws:s3:::archive-existing/folder-%d/*", i))})
				}
				l.must(l.admin(archive).PutBucketPolicy(l.Context(), "us-east-1", "archive-existing", d.String()))
			},
			step: steps.StepBucketPolicy, says: "bucket policy",
		},
		"key policy that denies delivery": {
			file: func(l *lab) string { return keyedFile(l.flowLogsKey()) },
			prepare: func(l *lab) {
				key := l.flowLogsKey()
				text, err := l.admin(archive).KeyPolicy(l.Context(), key)
				l.must(err)
				d, err := policy.Parse(text)
				l.must(err)
				deny := vendorStatement.Clone()
				deny.Principal = policy.ServicePrincipal("delivery.logs.amazonaws.com")
				l.must(l.admin(archive).PutKeyPolicy(l.Context(), key, d.With(deny).String()))
			},
			step: steps.StepKeyPolicy, says: `statement "NoDelivery" of the key's policy denies the delivery`,
		},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			if c.prepare != nil {
				c.prepare(l)
			}
			s := setup(t, c.file(l))
			l.calls.take(t)
			r := l.apply(s)
			l.expect(r, steps.ResultFailed)
			if r.Failure.Step != c.step || !strings.Contains(r.Failure.Cause, c.says) || r.Failure.Fix == "" {
				t.Errorf("failure is %s: %q (fix %q), want %s: %q", r.Failure.Step, r.Failure.Cause, r.Failure.Fix, c.step, c.says)
			}
			for _, call := range l.calls.take(t) {
				if call.Write {
					t.Errorf("wrote %s:%s", call.Service, call.Operation)
				}
			}
			if len(r.Made) > 0 {
				t.Errorf("says it made %v", r.Made)
			}
		})
	}
}

func central(replace ...string) string { return strings.NewReplacer(replace...).Replace(centralFile) }

func TestAccountOfOtherCredentialsIsRefusedByName(t *testing.T) {
	inBubble(t, "wrong account", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, strings.Replace(centralFile, "  credentials: {assume_role: OrganizationAccountAccessRole}\n", "", 1))
		_, err := l.engine.Plan(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), "123456789012") || !strings.Contains(err.Error(), archive) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAPrincipalThatDoesNotExistStopsOnlyTheRole(t *testing.T) {
	inBubble(t, "principal", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		s := setup(t, central(`external_id: xs-7f3a91`, `external_id: xs-7f3a91, role: NoSuchRole`))
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepRole || !strings.Contains(r.Failure.Cause, "Invalid principal") {
			t.Errorf("failure is %+v", r.Failure)
		}
		if !slices.ContainsFunc(r.Made, func(m string) bool { return strings.Contains(m, "flow logs") }) {
			t.Errorf("the flow logs do not need the role, but made is %v", r.Made)
		}
		good := setup(t, centralFile)
		l.expect(l.apply(good), steps.ResultVerified)
		l.noDuplicates(good)
	})
}

func TestOneRefusedVPCOfThreeIsNamed(t *testing.T) {
	inBubble(t, "refused", func(t *testing.T) {
		l := newLab(t, sandbox.Options{})
		a := l.admin("222233334444")
		vpcs, err := a.VPCs(t.Context(), "us-east-1")
		l.must(err)
		full := vpcs[1].ID
		bucket := "storefront-own"
		l.must(a.CreateBucket(t.Context(), awsops.NewBucket{Name: bucket, Region: "us-east-1"}))
		var ids []string
		for i := range 10 {
			made, err := a.CreateFlowLogs(t.Context(), "us-east-1", awsops.NewFlowLogs{VPCs: []string{full}, Traffic: "ALL", Interval: 600, Format: "${version}",
				Destination: fmt.Sprintf("arn:aws:s3:::%s/n%d/", bucket, i)})
			l.must(err)
			ids = append(ids, made...)
		}
		s := setup(t, centralFile)
		r := l.apply(s)
		l.expect(r, steps.ResultFailed)
		if r.Failure.Step != steps.StepFlowLogs || !strings.Contains(r.Failure.Cause, full) || r.Failure.Account != "222233334444" {
			t.Errorf("failure is %+v", r.Failure)
		}
		l.must(a.DeleteFlowLogs(t.Context(), "us-east-1", ids))
		l.expect(l.apply(s), steps.ResultVerified)
		l.noDuplicates(s)
	})
}

// What is left to do after a failure is only what was not made: whoever it is handed to does nothing twice.
func TestUndoneIsOnlyWhatWasNotMade(t *testing.T) {
	inBubble(t, "role denied", func(t *testing.T) {
		f, err := sandbox.ParseFault("iam:CreateRole=deny")
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(t, sandbox.Options{Faults: []sandbox.Fault{f}})
		p := l.plan(setup(t, centralFile))
		r := l.run(t.Context(), p, 0)
		l.expect(r, steps.ResultFailed)
		var left []steps.StepName
		for _, n := range r.Undone {
			left = append(left, p.Steps[n].Step)
		}
		if want := []steps.StepName{steps.StepRole, steps.StepTrust, steps.StepPermissions}; !slices.Equal(left, want) {
			t.Errorf("left: %v, want %v", left, want)
		}
	})
}
