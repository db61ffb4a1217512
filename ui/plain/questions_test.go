package plain

import (
	"bytes"
	"context"
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
func (found) Roles(context.Context, steps.AccountAnswers, string) ([]steps.RoleChoice, error) {
	return []steps.RoleChoice{{Name: "ColorTokensCrossAccountAccessRole", TrustsReader: true}}, nil
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
		"centralized": {centralized, "centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs||1 2||||central-logs|"},
		"per account": {perAccount, "1||1|profile payments||none|s3://payments-logs/team|eu-west-1||vpc-0a1b2c3d4e5f60001||change|REJECT|2|back|60|yes||no|-1|30"},
	} {
		want, err := steps.ParseSetup(name, []byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		var out, asked bytes.Buffer
		typed := strings.ReplaceAll(c.typed, "|", "\n") + "\n"
		got, err := New(&out, Look{Width: 60}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(typed), &asked), found{})
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
	_, _ = New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader("centralized\n12\n"), &asked), found{})
	if !strings.Contains(out.String(), `has 2 digits, not 12. Needed: 12 digits`) {
		t.Errorf("told:\n%s", out.String())
	}
}
