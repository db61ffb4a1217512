package steps_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

const (
	hubRole    = "ColortokensHubFlowLogsRole"
	hubPolicy  = "arn:aws:iam::444455556666:policy/ColorTokensHubAccountAccessRole"
	hubBucket  = "central-flow-logs"
	vendorRole = "arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole"
)

func (l *lab) diagnose(s steps.Setup) steps.Report {
	l.Helper()
	r, err := l.engine.Diagnose(l.Context(), s)
	if err != nil {
		l.Fatal(err)
	}
	return r
}

// mend does what the diagnosis offers, as a person would who confirms it, then applies.
func (l *lab) mend(s steps.Setup, r steps.Report) {
	l.Helper()
	if p := l.engine.RepairPlan(s, r); len(p.Steps) > 0 {
		said := promised(l.T, p)
		l.calls.take(l.T)
		l.expect(l.run(l.Context(), p, 0), steps.ResultVerified)
		if did := made(l.T, l); !slices.Equal(slices.Compact(said), slices.Compact(did)) { // what one change takes along another need not do
			l.Errorf("the review of the repair promised\n%s\nthe run made\n%s", strings.Join(said, "\n"), strings.Join(did, "\n"))
		}
	}
	p := l.plan(s)
	if len(p.Blocked()) > 0 {
		l.Errorf("apply is blocked: %s", p.Blocked()[0].Reason)
		return
	}
	r2 := l.run(l.Context(), p, time.Hour)
	if r2.Status == steps.ResultFailed { // the reader still met logs of the flow log that went
		time.Sleep(2 * time.Minute)
		r2 = l.run(l.Context(), l.plan(s), time.Hour)
	}
	if r := r2; r.Status != steps.ResultVerified && r.Status != steps.ResultUnchanged {
		l.Errorf("apply ended %s", r.Status)
		l.blame(r.Report)
	}
}

// state is everything of the set-up's accounts that a fix could change, a line each.
func (l *lab) state(s steps.Setup) []string {
	l.Helper()
	ctx, a := l.Context(), l.admin(archive)
	bucket := strings.SplitN(strings.TrimPrefix(s.Bucket.ARN, "arn:aws:s3:::"), "/", 2)[0]
	b, err := a.Bucket(ctx, bucket, "us-east-1")
	l.must(err)
	lines := []string{"bucket " + fmt.Sprint(b.State, b.Region, b.PublicAccess, b.Ownership, b.Tags), "encryption " + fmt.Sprint(b.Encryption.Algorithm, b.Encryption.Key)}
	statements := func(kind, text string) {
		if text == "" {
			return
		}
		for _, st := range parsed(text).Statements {
			lines = append(lines, kind+" "+st.String())
		}
	}
	statements("bucket-policy", b.Policy)
	key, err := a.Key(ctx, l.flowLogsKey())
	l.must(err)
	lines = append(lines, "key "+key.State)
	statements("key-policy", key.Policy)
	role, err := a.Role(ctx, hubRole)
	l.must(err)
	lines = append(lines, "role "+role.ARN+fmt.Sprint(role.Tags))
	statements("trust", role.Trust)
	for _, p := range role.Attached {
		statements("policy "+p.Name, p.Document)
	}
	for _, p := range role.Inline {
		statements("inline "+p.Name, p.Document)
	}
	for _, account := range []string{payments, "222233334444"} {
		logs, err := l.admin(account).FlowLogs(ctx, "us-east-1")
		l.must(err)
		for _, f := range logs {
			lines = append(lines, fmt.Sprint("flow-log ", f.ResourceID, f.Destination, f.Format, f.Traffic, f.Interval, f.Hive, f.Hourly, f.Parquet))
		}
	}
	slices.Sort(lines)
	return lines
}

func failing(r steps.Report) []string {
	var ids []string
	for _, c := range r.Checks {
		if c.Status != steps.Pass && c.ID != "portal" {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Each cause is found first, named by the checks that it makes fail, and gone after its fix, which changes nothing else.
func TestEachCauseIsFoundFirstAndItsFixMendsIt(t *testing.T) {
	var table []causeRow
	all := slices.Concat(practised(), breaks)
	for _, b := range all {
		inBubble(t, b.id, func(t *testing.T) {
			if row := curse(t, b); !t.Failed() {
				table = append(table, row)
			}
		})
	}
	groups := groupBreaks()
	for _, id := range groups {
		inBubble(t, id, func(t *testing.T) {
			if row := curseGroup(t, id); !t.Failed() {
				table = append(table, row)
			}
		})
	}
	for _, w := range worlds {
		inBubble(t, w.name, func(t *testing.T) {
			if row := cureWorld(t, w); !t.Failed() {
				table = append(table, row)
			}
		})
	}
	if len(table) == len(all)+len(groups)+len(worlds) { // not where -run chose some
		checkTable(t, "../docs/causes.md", table)
	}
}

// practised are the breaks that the sandbox offers for practice.
func practised() []broken {
	var list []broken
	for _, offered := range sandbox.Breaks() {
		if strings.HasPrefix(offered.ID, "cwl-") {
			continue
		}
		b := practice[offered.ID]
		b.id = offered.ID
		b.breakIt = func(l *lab, _ steps.Setup) { l.must(l.world.Break(offered.ID)) }
		if b.file == nil {
			b.file = deletesReplaced
		}
		list = append(list, b)
	}
	return list
}

// practice says what is special about some of them.
var practice = map[string]broken{
	"bucket-policy-wrong-organization": {file: func(l *lab) string { return keyedFile(l.flowLogsKey()) + "delivery_scope: organization\n" }},
	"bucket-policy-denies":             {changed: []string{`bucket-policy {"Sid":"DenyOutsideUploads"`}},
	"key-policy-denies":                {changed: []string{`key-policy {"Sid":"DenyOutside"`}},
	"tls-deny":                         {changed: []string{`bucket-policy {"Sid":"DenyInsecureTransport"`}},
	"vpce-deny":                        {changed: []string{`bucket-policy {"Sid":"OnlyThroughEndpoint"`}},
	"source-ip-deny":                   {changed: []string{`bucket-policy {"Sid":"OnlyFromTheOffice"`}},
	"bucket-recreated": {byHand: func(l *lab, _ *steps.Setup) {
		_, err := l.sdk("123456789012", "us-east-1").s3().DeleteBucket(l.Context(), &s3.DeleteBucketInput{Bucket: aws.String(hubBucket)})
		l.must(err)
	}},
	// What is said to be the largest and to be taken out is.
	"bucket-policy-full": {byHand: func(l *lab, _ *steps.Setup) {
		l.editBucketPolicy(hubBucket, func(text string) string { return parsed(text).Without("Hoard").String() })
	}},
	"bucket-policy-excess": {file: as(centralFile)},
	"prefix-mismatch":      {changed: []string{"flow-log "}},
	// The VPC that has nothing to log proves no new flow log, so that its old one stays.
	"layout-hive":              {changed: []string{"flow-log vpc-020f2d114224167ba"}},
	"format-parquet":           {changed: []string{"flow-log vpc-020f2d114224167ba"}},
	"layout-hourly":            {changed: []string{"flow-log vpc-020f2d114224167ba"}},
	"format-without-tcp-flags": {changed: []string{"flow-log vpc-020f2d114224167ba"}},
	"traffic-type":             {changed: []string{"flow-log vpc-020f2d114224167ba"}},
	"trust-wrong":              {changed: []string{`trust {"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}`}},
	// Whoever made the other key let the reader use it, too.
	"key-other-region": {byHand: func(l *lab, s *steps.Setup) {
		b, err := l.admin(archive).Bucket(l.Context(), hubBucket, "us-east-1")
		l.must(err)
		text, err := l.admin(archive).KeyPolicy(l.Context(), b.Encryption.Key)
		l.must(err)
		l.must(l.admin(archive).PutKeyPolicy(l.Context(), b.Encryption.Key, parsed(text).Without("PracticeReader").String()))
	}},
	"region-not-enabled": {file: as(centralFile, "regions: [us-east-1]", "regions: [us-east-1, eu-west-1]"),
		byHand: func(l *lab, _ *steps.Setup) { l.editWorld("regions_off") }},
	"scp-deny":   {byHand: func(l *lab, _ *steps.Setup) { l.editWorld("policies") }},
	"no-traffic": {status: steps.ReportUnproven, byHand: func(l *lab, _ *steps.Setup) { l.editWorld("quiet") }},
	"too-early":  {status: steps.ReportUnproven, byHand: func(*lab, *steps.Setup) { time.Sleep(15 * time.Minute) }},
}

// curse sets up, breaks, diagnoses, mends and looks whether all is as it was.
func curse(t *testing.T, b broken) causeRow {
	var options sandbox.Options
	if b.byHand != nil {
		options.State = filepath.Join(t.TempDir(), "sandbox.json")
	}
	l := newLab(t, options)
	l.file = options.State
	if b.before != nil {
		b.before(l)
	}
	file := keyedFile(l.flowLogsKey())
	if b.file != nil {
		file = b.file(l)
	}
	s := setup(t, file)
	l.expect(l.apply(s), steps.ResultVerified)
	was, others := l.state(s), l.bystanders(s)
	b.breakIt(l, s)
	broken := l.bystanders(s)
	time.Sleep(2 * time.Minute)
	l.calls.take(t)
	r := l.diagnose(s)
	for _, c := range l.calls.take(t) {
		if c.Write {
			t.Errorf("the diagnosis wrote: %s:%s", c.Service, c.Operation)
		}
	}
	if want := cmp.Or(b.status, steps.ReportFailed); len(r.Causes) == 0 || r.Causes[0].ID != b.id || r.Status != want {
		t.Errorf("found are %s, %s", r.Status, causeIDs(r))
		l.blame(r)
	}
	for _, c := range r.Causes {
		if c.ID == "check-failed" {
			t.Errorf("a check fails that no known cause accounts for: %s", c.Evidence)
		}
		if c.Evidence == "" || c.Fix == "" || c.Account == "" || c.Target == "" || c.Title == "" || c.Mend == "" {
			t.Errorf("a cause says too little: %+v", c)
		}
	}
	if v := l.verify(s); v.Status != r.Status || !slices.Equal(failing(v), without(failing(r), "access.simulation")) {
		t.Errorf("verify says %s of %v, the diagnosis %s of %v", v.Status, failing(v), r.Status, failing(r))
	}
	row := causeRow{b.id, steps.CauseTitle(b.id), failing(r), "", ""}
	if len(r.Causes) > 0 && r.Causes[0].ID == b.id {
		row.found, row.mended = "first", offers[r.Causes[0].Mend]
	}
	if b.byHand != nil {
		b.byHand(l, &s)
	}
	l.mend(s, r)
	time.Sleep(2 * time.Minute)
	if after := l.diagnose(s); after.Status != steps.ReportVerified || len(after.Causes) > 0 {
		t.Errorf("after the fix it is %s, %s", after.Status, causeIDs(after))
		l.blame(after)
	}
	is := l.state(s)
	l.unchanged(others, broken, l.bystanders(s))
	kept := func(line string) bool {
		return slices.ContainsFunc(b.changed, func(kind string) bool { return strings.HasPrefix(line, kind) })
	}
	for _, line := range was {
		if !slices.Contains(is, line) && !kept(line) {
			t.Errorf("the fix left out: %s", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) && !kept(line) {
			t.Errorf("left by break and fix: %s", line)
		}
	}
	return row
}

// editWorld takes settings out of the sandbox's world that no call changes.
func (l *lab) editWorld(names ...string) {
	l.Helper()
	text, err := os.ReadFile(l.file)
	l.must(err)
	var world map[string]any
	l.must(json.Unmarshal(text, &world))
	var walk func(map[string]any)
	walk = func(in map[string]any) {
		for key, value := range in {
			inner, nested := value.(map[string]any)
			switch {
			case !nested && slices.Contains(names, key):
				delete(in, key)
			case nested:
				walk(inner)
			}
			if list, ok := value.([]any); ok {
				for _, item := range list {
					if inner, ok := item.(map[string]any); ok {
						walk(inner)
					}
				}
			}
		}
	}
	walk(world)
	text, err = json.Marshal(world)
	l.must(err)
	l.must(os.WriteFile(l.file+".new", text, 0o600))
	l.must(os.Rename(l.file+".new", l.file))
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(v string) bool { return v == one })
}

func causeIDs(r steps.Report) []string {
	ids := []string{}
	for _, c := range r.Causes {
		ids = append(ids, c.ID+" ("+c.Evidence+")")
	}
	return ids
}

// blame tells what does not pass.
func (l *lab) blame(r steps.Report) {
	l.Helper()
	for _, c := range r.Checks {
		if c.Status != steps.Pass && c.ID != "portal" {
			l.Logf("%-7s %-16s %s %s %s: %s | %.300s | %s", c.Status, c.ID, c.Account, c.Region, c.Target, c.Summary, c.Evidence, c.Fix)
		}
	}
}
