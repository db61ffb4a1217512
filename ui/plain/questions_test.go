package plain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
)

// found is an engine that finds a small organization.
type found struct{}

func (found) Who(context.Context) (steps.Identity, error) {
	return steps.Identity{Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/admin", Partition: "aws", Region: "us-east-1"}, nil
}
func (found) PortalHint(context.Context) (string, string, bool) {
	return "999988887777", "xs-7f3a91", true
}
func (found) Accounts(context.Context) ([]steps.OrganizationAccount, error) {
	return []steps.OrganizationAccount{{ID: "111122223333", Name: "Payments"}, {ID: "222233334444", Name: "Storefront"}}, nil
}
func (found) Regions(context.Context, steps.AccountAnswers) ([]string, error) {
	return []string{"us-east-1"}, nil
}
func (found) Buckets(context.Context, steps.AccountAnswers) ([]steps.BucketChoice, error) {
	return nil, nil
}
func (found) BucketDetails(context.Context, steps.AccountAnswers, string) (steps.BucketDetails, error) {
	return steps.BucketDetails{State: "missing"}, nil
}
func (found) Keys(_ context.Context, _ steps.AccountAnswers, region string) ([]steps.KeyChoice, error) {
	return []steps.KeyChoice{{ARN: "arn:aws:kms:" + region + ":444455556666:key/11111111-2222-3333-4444-555555555551", Alias: "alias/flow-logs", Manager: "CUSTOMER"}}, nil
}
func (found) Roles(context.Context, steps.AccountAnswers, string) ([]steps.RoleChoice, error) {
	return []steps.RoleChoice{{Name: "ColorTokensCrossAccountAccessRole", TrustsReader: true}}, nil
}

func (found) VPCs(_ context.Context, a steps.LoggedAccount, _ string) ([]steps.VPCRow, error) {
	if a.Regions[0] != "us-east-1" {
		return nil, nil
	}
	return []steps.VPCRow{{ID: "vpc-" + a.ID + "00001", Name: "shop\x1b[2J", CIDR: "10.0.0.0/16", Region: "us-east-1", FlowLog: "right"},
		{ID: "vpc-" + a.ID + "00002", CIDR: "10.1.0.0/16", Region: "us-east-1", FlowLog: "none"}}, nil
}

// TestSameAnswersGiveTheSameFile types the answers of a set-up file: what comes out is the set-up of that file.
func TestSameAnswersGiveTheSameFile(t *testing.T) {
	const centralized = `
version: 1
name: central-logs
mode: centralized
reader: {account: "999988887777", external_id: xs-7f3a91}
account: {id: "444455556666", name: Log archive, credentials: {assume_role: OrganizationAccountAccessRole}}
bucket: {arn: "arn:aws:s3:::central-flow-logs", region: us-east-1}
flow_logs: {regions: [us-east-1], vpcs: all}
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`
	const perAccount = `
version: 1
name: flow-logs-111122223333
mode: per-account
reader: {account: "999988887777"}
account: {id: "111122223333", credentials: {profile: payments}}
bucket: {arn: "arn:aws:s3:::payments-logs/team", region: eu-west-1, tls_only: false, expire_after_days: 30}
flow_logs: {traffic: REJECT, aggregation_seconds: 60, regions: [eu-west-1], vpcs: [vpc-0a1b2c3d4e5f60001], delete_replaced: true}
`
	for name, c := range map[string]struct{ file, typed string }{
		"centralized": {centralized, "centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs|||1 2||||central-logs|"},
		"per account": {perAccount, "1||1|profile payments||none|s3://payments-logs/team|eu-west-1|change||no|-1|30|eu-west-1|vpc-0a1b2c3d4e5f60001||change|REJECT|2|back|60|yes"},
	} {
		want, err := steps.ParseSetup(name, []byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		var out, asked bytes.Buffer
		typed := strings.ReplaceAll(c.typed, "|", "\n") + "\n"
		got, err := New(&out, Look{Width: 60}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(typed), &asked), found{}, steps.Draft{}, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", name, err, asked.String(), out.String())
		}
		if string(got.YAML()) != string(want.YAML()) {
			t.Errorf("%s: answered\n%s\nthe file has\n%s\n%s", name, got.YAML(), want.YAML(), asked.String())
		}
		for line := range strings.Lines(out.String()) {
			if len([]rune(strings.TrimRight(line, "\n"))) > 60 {
				t.Errorf("%s: a line of more than 60 columns: %q", name, line)
			}
		}
	}
}

// TestAnEmptyAnswerIsToldWhatIsNeeded leaves a question empty that has no usual answer.
func TestAnEmptyAnswerIsToldWhatIsNeeded(t *testing.T) {
	var out, asked bytes.Buffer
	_, _ = New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader("centralized\n12\n"), &asked), found{}, steps.Draft{}, nil)
	if !strings.Contains(out.String(), `has 2 digits, not 12. Needed: 12 digits`) {
		t.Errorf("told:\n%s", out.String())
	}
}

// TestVPCsByNumberAndMissing picks VPCs of the list, after answers that are none.
func TestVPCsByNumberAndMissing(t *testing.T) {
	const before = "centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs|||1 2|||"
	for picked, want := range map[string]string{
		"9|vpc-0a1b2c3d4e5f60001|4 1": "111122223333 [vpc-11112222333300001] 222233334444 [vpc-22223333444400002] ",
		"missing":                     "111122223333 [vpc-11112222333300002] 222233334444 [vpc-22223333444400002] ",
		"1,2":                         "111122223333 all ",
		"1 2 3 4":                     "111122223333 all 222233334444 all ",
		"?|ALL":                       "111122223333 all 222233334444 all ",
	} {
		var out, asked bytes.Buffer
		typed := strings.ReplaceAll(before+picked+"|central-logs|", "|", "\n") + "\n"
		s, err := New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(typed), &asked), found{}, steps.Draft{}, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", picked, err, asked.String(), out.String())
		}
		got := ""
		for _, r := range s.ResourceAccounts {
			got += r.ID + " "
			if r.VPCs == nil {
				got += "all "
				continue
			}
			got += fmt.Sprint(r.VPCs.IDs) + " "
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", picked, got, want)
		}
		if strings.ContainsAny(out.String()+asked.String(), "\x1b\r") {
			t.Errorf("%s: a control sequence in\n%q", picked, out.String())
		}
		said := strings.Join(strings.Fields(out.String()), " ")
		if strings.HasPrefix(picked, "9") && (!strings.Contains(said, "9 is no number of the list") || !strings.Contains(said, "no VPC vpc-0a1b2c3d4e5f60001 was found")) {
			t.Errorf("not told what is wrong:\n%s", out.String())
		}
		if strings.HasPrefix(picked, "?") && !strings.Contains(said, "failing: AWS could not deliver.") {
			t.Errorf("no help:\n%s", out.String())
		}
	}
}

// TestInputMayEndAnywhere ends the input after each answer: the error names the question.
func TestInputMayEndAnywhere(t *testing.T) {
	answers := strings.Split("centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs|||1 2|||all|central-logs|", "|")
	for n := range answers {
		typed := strings.Join(answers[:n], "\n")
		if n > 0 {
			typed += "\n"
		}
		var out, asked bytes.Buffer
		_, err := New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(typed), &asked), found{}, steps.Draft{}, nil)
		var ended *Unanswered
		if !errors.As(err, &ended) || strings.Count(out.String(), ended.Question+"\n") != 1 || strings.Contains(asked.String(), ended.Question) {
			t.Errorf("after %d answers: %v", n, err)
		}
	}
}

// TestAnotherAccountBringsOtherSuggestions goes back to the account: what was only suggested for the first one does not stay.
func TestAnotherAccountBringsOtherSuggestions(t *testing.T) {
	var out, asked bytes.Buffer
	typed := strings.ReplaceAll("1||1|profile payments||none||us-east-1||back|back|back|back|back|back|222233334444|profile storefront||none||us-east-1||us-east-1||||", "|", "\n") + "\n"
	s, err := New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(typed), &asked), found{}, steps.Draft{}, nil)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, asked.String(), out.String())
	}
	if s.Account.ID != "222233334444" || s.Bucket.ARN != "arn:aws:s3:::flow-logs-222233334444" || s.Name != "flow-logs-222233334444" {
		t.Errorf("answered:\n%s", s.YAML())
	}
}

// What is typed of a list of accounts is taken whole or refused: no word of it is dropped.
func TestAccountsAreNamedByNumberNameOrID(t *testing.T) {
	names := []option{{"444455556666", "Log archive"}, {"111122223333", "Payments"}, {"222233334444", "Storefront"}}
	for typed, want := range map[string][2]string{
		"2 3":                              {"111122223333 222233334444", ""},
		"2 storefront":                     {"111122223333 222233334444", ""},
		"Payments Storefront":              {"111122223333 222233334444", ""},
		"log archive, 3":                   {"444455556666 222233334444", ""},
		"2 Storefront nonsense":            {"111122223333 222233334444 nonsense", "nonsense"},
		"111122223333 2":                   {"111122223333 111122223333", ""},
		"111122223333, Billing of old":     {"111122223333, Billing of old", ""},
		"Payments 111122223333 production": {"111122223333 111122223333 production", "production"},
	} {
		ids, unknown := picked(typed, names)
		if ids != want[0] || strings.Join(unknown, " ") != want[1] {
			t.Errorf("%q: %q, unknown %q", typed, ids, unknown)
		}
	}
}
