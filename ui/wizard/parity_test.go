package wizard

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// sameAnswers are the answers of a set-up: as keys of the full screen, a question each, typed in plain lines, and written by hand.
type sameAnswers struct {
	keys        [][]string
	typed, hand string
}

var sameAnswersOf = map[string]sameAnswers{
	"centralized, a new bucket with prefix and key, some VPCs of two regions, every setting": {
		[][]string{{"down", "enter"}, {"999988887777", "enter"}, {"xs-7f3a91", "enter"}, {"ctrl+u", "444455556666", "enter"}, {"enter"}, {"ctrl+u", "Archive", "enter"}, {"enter"},
			{"ctrl+u", "s3://central-flow-logs/team/", "enter"}, {"down", "right", "down", "right", "down", "ctrl+u", "30", "enter"}, {"down", "enter"},
			{"down", "down", "space", "down", "space", "enter"}, {"enter"}, {"up", "space", "enter"}, {"n", "space", "down", "down", "down", "down", "space", "enter"},
			{"ctrl+u", "central-logs", "down", "right", "right", "down", "right", "down", "right", "down", "right", "enter"}},
		"centralized||xs-7f3a91|444455556666||Archive||s3://central-flow-logs/team/|us-east-1|change|kms|no|30|1|4 3||us-east-1 eu-west-1|5 1|central-logs|change|REJECT|60|yes|organization|",
		`
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Archive, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::central-flow-logs/team", region: us-east-1, tls_only: false, expire_after_days: 30, kms_key_arn: "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555551"}
delivery_scope: organization
flow_logs: {traffic: REJECT, aggregation_seconds: 60, regions: [eu-west-1, us-east-1], delete_replaced: true}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}, vpcs: [vpc-11112222333300000]}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}, vpcs: [vpc-22223333444400001]}
`},
	"centralized, an existing bucket with a key, a whole account and a part of another": {
		[][]string{{"down", "enter"}, {"999988887777", "enter"}, {"xs-7f3a91", "enter"}, {"ctrl+u", "444455556666", "enter"}, {"enter"}, {"enter"}, {"ctrl+u", "LogReader", "enter"},
			{"down", "enter"}, {"enter"}, {"down", "down", "space", "down", "space", "enter"}, {"enter"}, {"enter"}, {"n", "space", "down", "space", "down", "space", "down", "space", "enter"}, {"enter"}},
		"2||xs-7f3a91|4444-5555-6666||Log archive|LogReader|1|111122223333 222233334444|||1 2 3 4||",
		`
version: 1
name: central-flow-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive, role: LogReader, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::archive-existing", region: us-east-1}
flow_logs: {regions: [us-east-1]}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}, vpcs: [vpc-22223333444400000]}
`},
	"per account, an existing bucket with a key and a prefix, a profile, chosen VPCs": {
		[][]string{{"enter"}, {"999988887777", "enter"}, {"ctrl+u", "111122223333", "enter"}, {"right", "down", "right", "enter"}, {"enter"}, {"enter"}, {"ctrl+u", "archive-existing/team", "enter"},
			{"enter"}, {"up", "space", "enter"}, {"n", "down", "space", "down", "space", "enter"}, {"enter"}},
		"1||2|profile payments||none|archive-existing/team|eu-west-1,us-east-1|2 3||",
		`
version: 1
name: flow-logs-111122223333
mode: per-account
reader: {account: "999988887777"}
account: {id: "111122223333", credentials: {profile: payments}}
bucket: {arn: "arn:aws:s3:::archive-existing/team", region: us-east-1}
flow_logs: {regions: [eu-west-1, us-east-1], vpcs: [vpc-11112222333300001, vpc-11112222333300002]}
`},
	"per account, a new bucket in another region, an external ID": {
		[][]string{{"enter"}, {"999988887777", "enter"}, {"ctrl+u", "111122223333", "enter"}, {"enter"}, {"enter"}, {"xs-7f3a91", "enter"}, {"enter"}, {"ctrl+u", "eu-west-1", "enter"}, {"enter"}, {"enter"}, {"enter"}},
		"per-account||111122223333|||xs-7f3a91||eu-west-1||us-east-1|all||",
		`
version: 1
name: flow-logs-111122223333
mode: per-account
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "111122223333", credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::flow-logs-111122223333", region: eu-west-1}
flow_logs: {regions: [us-east-1]}
`},
}

// The full screen and plain lines ask the same questions in the same order and with the same texts, and the same answers give the same set-up file,
// which is the one written by hand.
func TestPlainLinesAndWizardGiveTheSameFile(t *testing.T) {
	for name, c := range sameAnswersOf {
		t.Run(name, func(t *testing.T) {
			hand, err := steps.ParseSetup("hand.yaml", []byte(c.hand))
			if err != nil {
				t.Fatal(err)
			}
			var out, asked bytes.Buffer
			lines, err := plain.New(&out, plain.Look{Width: 80}, steps.Setup{}).Questions(t.Context(),
				plain.NewAsker(strings.NewReader(strings.ReplaceAll(c.typed, "|", "\n")+"\n"), &asked), &script{}, steps.Draft{}, nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			if string(lines.YAML()) != string(hand.YAML()) {
				t.Errorf("plain lines give\n%s\nby hand\n%s", lines.YAML(), hand.YAML())
			}
			play(t, &script{}, func(d *driver) {
				d.keys("enter")
				for _, keys := range c.keys {
					d.keys(keys...)
				}
				e := d.m.engine.(*script)
				if len(e.planned) == 0 {
					t.Fatalf("not at the review:\n%s", d.m.View())
				}
				if screen := e.planned[0]; string(screen.YAML()) != string(hand.YAML()) {
					t.Errorf("the wizard gives\n%s\nby hand\n%s", screen.YAML(), hand.YAML())
				}
				inOrder(t, d.m, out.String())
			})
		})
	}
}

// inOrder tells whether plain lines asked the questions of the wizard one after the other, with what each says, and no others in between.
func inOrder(t *testing.T, m *model, lines string) {
	t.Helper()
	type part struct{ name, ask, where string }
	want := []part{{words.TitleModes, "", ""}}
	for _, s := range m.asked() {
		var q question
		switch s := s.(type) {
		case *field:
			q = s.question
		case *form:
			q = s.question
		case *checklist:
			q = s.question
		default:
			t.Fatalf("%T is a question that plain lines are not held against", s)
		}
		if s.(asked).skipped(m) || q.name == words.NameBucketDetails && m.answers.bucketExists { // plain lines say what is known, and ask nothing
			continue
		}
		if q.name == words.NameRest { // its first row is a question of its own
			want = append(want, part{words.SayNameOfThisSetUp, words.HintLettersDigitsAndWhatIs, ""})
		}
		want = append(want, part{q.name, q.ask, q.where})
	}
	titles := map[string]bool{}
	for _, p := range want {
		titles[p.name] = true
	}
	var heads []string
	paragraphs := strings.Split(lines, "\n\n")
	for _, p := range paragraphs {
		head, body, _ := strings.Cut(p, "\n")
		if !titles[head] {
			continue
		}
		heads = append(heads, head)
		if n := len(heads) - 1; n < len(want) && (!strings.Contains(flat(body), want[n].ask) || !strings.Contains(flat(body), want[n].where)) {
			t.Errorf("%s: plain lines say\n%s\nthe wizard\n%s\n%s", head, body, want[n].ask, want[n].where)
		}
	}
	var names []string
	for _, p := range want {
		names = append(names, p.name)
	}
	if !slices.Equal(heads, names) {
		t.Errorf("plain lines ask\n%q\nthe wizard\n%q", heads, names)
	}
}
