package plain

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// closed is an engine that may not look into accounts, and of which each refusal has an id of its own.
type closed struct {
	found
	calls *int
}

func (c closed) denied() error {
	*c.calls++
	return &steps.StepError{Step: steps.StepIdentity, Account: "111122223333", Cause: fmt.Sprintf("access denied (request id %d)", *c.calls), Fix: "look at the role"}
}
func (c closed) Regions(context.Context, steps.AccountAnswers) ([]string, error) {
	return nil, c.denied()
}
func (c closed) Buckets(context.Context, steps.AccountAnswers) ([]steps.BucketChoice, error) {
	return nil, c.denied()
}
func (c closed) BucketDetails(context.Context, steps.AccountAnswers, string) (steps.BucketDetails, error) {
	return steps.BucketDetails{}, c.denied()
}
func (c closed) Roles(context.Context, steps.AccountAnswers, string) ([]steps.RoleChoice, error) {
	return nil, c.denied()
}
func (c closed) VPCs(context.Context, steps.LoggedAccount, string) ([]steps.VPCRow, error) {
	return nil, c.denied()
}

// bare is an engine that finds neither role nor VPC.
type bare struct{ found }

func (bare) Roles(context.Context, steps.AccountAnswers, string) ([]steps.RoleChoice, error) {
	return []steps.RoleChoice{{Name: "Other"}}, nil
}
func (bare) VPCs(context.Context, steps.LoggedAccount, string) ([]steps.VPCRow, error) {
	return nil, nil
}

// answered types answers and gives the set-up, and what was told on one line.
func answered(t *testing.T, e Engine, typed string) (steps.Setup, string) {
	t.Helper()
	var out, asked bytes.Buffer
	s, err := New(&out, Look{Width: 80}, steps.Setup{}).Questions(t.Context(), NewAsker(strings.NewReader(strings.ReplaceAll(typed, "|", "\n")+"\n"), &asked), e, steps.Draft{}, nil)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, asked.String(), out.String())
	}
	if at := strings.IndexAny(out.String()+asked.String(), "\x1b\r\b\x00"); at >= 0 {
		t.Errorf("a control character in\n%q", out.String()+asked.String())
	}
	return s, strings.Join(strings.Fields(out.String()), " ")
}

// TestBadAnswersAreTold types what no question takes: each is told what is wrong, and asked again.
func TestBadAnswersAreTold(t *testing.T) {
	s, said := answered(t, found{}, strings.Join([]string{
		"3|centralised|\x1b[A|2", "12345|'999988887777'", "xs 7f|\x01\x02|xs-7f3a91", "7|444455556666", "profile |role with space|Profile  log-archive", "\x1b[31m|Log archive",
		"bad role!|", "Bad_Bucket|" + strings.Repeat("b", 70) + "|central-flow-logs", "us-east-1a||", "9|5 1|1,1 2", "bad role|", "99|0|1", "0|1 9|missing", "bad name|maybe", "7|take",
	}, "|"))
	for _, want := range []string{
		"Not accepted: 3 is no number of the list, which ends with 2", "Not accepted: type a number of the list",
		`Not accepted: "12345" has 5 digits, not 12.`, "Not accepted: 7 is no number of the list, which ends with 2", `"bad role!" cannot be a role name`,
		`"us-east-1a" is an availability zone`, "9 is no number of the list, which ends with 2", "5 is no number of the list, which ends with 2",
		"Twice in the list, taken once: 111122223333", "99 is no number of the list", "0 is no number of the list, which ends with 1", "9 is no number of the list, which ends with 4",
		words.SayNameOfAProfile, words.SayAnythingWillDo, `"bad name" cannot`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("not told %q:\n%s", want, said)
		}
	}
	if ids(s.ResourceAccounts) != "111122223333 222233334444" || s.Account.Credentials.Profile != "log-archive" || s.Name != "maybe" {
		t.Errorf("answered\n%s", s.YAML())
	}
}

// TestAPastedListComesInLines pastes workload accounts a line each, with names beside them: those behind the first reach the next question, which
// takes them for what they are.
func TestAPastedListComesInLines(t *testing.T) {
	s, said := answered(t, found{}, "centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs|||111122223333,Payments|222233334444,Storefront|333344445555|111122223333|SomeRole|||central-logs|")
	got := ""
	for _, r := range s.ResourceAccounts {
		got += r.ID + " " + r.Name + " " + r.Credentials.AssumeRole + "; "
	}
	if got != "111122223333 Payments SomeRole; 222233334444 Storefront SomeRole; 333344445555  SomeRole; " || !strings.Contains(said, "Added to the workload accounts: 222233334444") {
		t.Errorf("accounts %s\n%s", got, said)
	}
}

// TestWhatCannotBeReadIsToldOnce has a way into the account that AWS refuses: why is told with the first question that needs it, with what to do.
func TestWhatCannotBeReadIsToldOnce(t *testing.T) {
	calls := 0
	_, said := answered(t, closed{calls: &calls}, "1||111122223333|Wrong||none|payments-logs|us-east-1|us-east-1|all||")
	if calls < 4 || strings.Count(said, "access denied") != 1 || strings.Count(said, words.SayGoOnOrBack) != 1 || strings.Count(said, words.SayStillUnread) != calls-1 {
		t.Errorf("%d refusals:\n%s", calls, said)
	}
}

// TestNothingFoundIsSaid finds no role that trusts the reader, and no VPC.
func TestNothingFoundIsSaid(t *testing.T) {
	_, said := answered(t, bare{}, "1||111122223333|||none|payments-logs|us-east-1||us-east-1|missing|all||")
	for _, want := range []string{words.SayNoTrustingRole, words.SayNoVPCs, words.SayNoVPCFound} {
		if strings.Count(said, want) != 1 {
			t.Errorf("%q:\n%s", want, said)
		}
	}
	if strings.Contains(said, words.SayNoneMissing) {
		t.Errorf("said\n%s", said)
	}
}

// TestProfilesOfWorkloadAccounts gives each account a profile of its own, after a way back to the question of the way; accounts stand in the order
// of the list, however they were typed.
func TestProfilesOfWorkloadAccounts(t *testing.T) {
	s, said := answered(t, found{}, "centralized||xs-7f3a91|444455556666||Log archive||central-flow-logs|||2 1|profile x|back|profile payments||storefront|||central-logs|")
	got := ""
	for _, r := range s.ResourceAccounts {
		got += r.ID + " " + r.Credentials.Profile + "; "
	}
	if got != "111122223333 payments; 222233334444 storefront; " || strings.Count(said, fmt.Sprintf(words.NameProfileOf, "111122223333")) != 2 {
		t.Errorf("accounts %s\n%s", got, said)
	}
}

// What the portal to practise on does not show is doubted, and taken all the same.
func TestWhatThePortalDoesNotShowIsDoubted(t *testing.T) {
	s, shown := answered(t, found{}, "centralized|123412341234|xs-other|444455556666||||my-logs|us-east-1||1|||all||")
	for _, want := range []string{fmt.Sprintf(words.SayOtherThanPortal, "999988887777"), fmt.Sprintf(words.SayOtherThanPortal, "xs-7f3a91")} {
		if strings.Count(shown, want) != 1 {
			t.Errorf("%q is not told once:\n%s", want, shown)
		}
	}
	if s.Reader.Account != "123412341234" || s.Reader.ExternalID != "xs-other" {
		t.Errorf("taken is %+v", s.Reader)
	}
}
