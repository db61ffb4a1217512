package plain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) account() error {
	title, ask, more := words.NameFlowLogAccount, words.AskAwsAccountWhoseBucket, words.MoreBucketAndTheRole
	accounts := i.accounts()
	usual := i.who.Account
	if i.s.Mode == steps.PerAccount {
		title, ask, more = words.NameWorkloadAccount, words.AskAwsAccountWhoseVpcs, words.MoreBucketFlowLogsAndThe
		if len(accounts) > 1 { // who can list an organization acts in the account that manages it, where workloads hardly are
			accounts, usual = append(accounts[1:], accounts[0]), ""
		}
	}
	err := i.into(&i.s.Account.ID, title, ask, words.WhereAwsConsoleInThat, more, usual, accounts, steps.CheckAccountID)
	if i.s.Account.ID == i.who.Account {
		i.s.Account.Credentials = steps.CredentialAnswers{}
	}
	return err
}

// accounts offers the accounts of the organization, the acting one first; where they cannot be listed, that one.
func (i *interview) accounts() []option {
	found := []option{{i.who.Account, words.SayAccountYouActIn}}
	for _, o := range i.organization() {
		if o.value == i.who.Account {
			found[0].detail = o.detail + words.SayYouActInIt
		} else {
			found = append(found, o)
		}
	}
	return found
}

// organization offers the accounts of the organization; listing them is a convenience that few may.
func (i *interview) organization() []option {
	options, _ := i.members()
	return options
}

// members are the accounts of the organization.
func (i *interview) members() ([]option, error) {
	accounts, err := i.engine.Accounts(i.ctx)
	if err != nil {
		return nil, err
	}
	options := make([]option, 0, len(accounts))
	for _, a := range accounts {
		if a.State == "" || a.State == "ACTIVE" {
			options = append(options, option{a.ID, a.Name})
		}
	}
	return options, nil
}

func (i *interview) way() error {
	way, err := i.wayInto(words.NameWay, words.AskYourCredentialsBelongToAnother, words.MoreRoleOrProfileMust, i.s.Account.Credentials, steps.CheckRoleName)
	if err == nil {
		i.s.Account.Credentials = way
	}
	return err
}

// wayInto asks how to act in an account that the starting credentials do not belong to.
func (i *interview) wayInto(title, ask, more string, now steps.CredentialAnswers, role func(string) (string, error)) (steps.CredentialAnswers, error) {
	usual := words.UsualEntryRole
	switch {
	case now.AssumeRole != "":
		usual = now.AssumeRole
	case now.Profile != "":
		usual = words.WordProfile + " " + now.Profile
	}
	value, err := i.field(title, ask+" "+words.SayRoleOrProfile, words.WhereARoleThatAnOrganization+words.UsualEntryRole+".", more, usual, nil, func(typed string) (string, error) {
		if first, name, _ := strings.Cut(typed, " "); strings.EqualFold(first, words.WordProfile) {
			if name = strings.TrimSpace(name); name == "" {
				return "", errors.New(words.SayNameOfAProfile)
			}
			return words.WordProfile + " " + name, nil
		}
		return role(typed)
	})
	if err != nil {
		return steps.CredentialAnswers{}, err
	}
	if name, ok := strings.CutPrefix(value, words.WordProfile+" "); ok {
		return steps.CredentialAnswers{Profile: name}, nil
	}
	return steps.CredentialAnswers{AssumeRole: value}, nil
}

func (i *interview) label() error {
	usual := words.UsualLabel
	for _, o := range i.organization() {
		if o.value == i.s.Account.ID && o.detail != "" {
			usual = o.detail
		}
	}
	return i.into(&i.s.Account.Name, words.NameLabel, words.AskAnyLabelYouEnterIt, words.WhereFreeToChoose, "", usual, nil, notEmpty)
}

// otherRoles is how many roles that do not trust the reader are listed: each is a line to listen to, and any can be typed.
const otherRoles = 20

func (i *interview) role() error {
	title, ask, where, more := words.NameRole, words.AskRoleThatIsMade, words.WhereFreeToChooseTheUsual, words.MoreIfARoleOfThis
	own := i.s.Mode == steps.PerAccount
	if own {
		title, ask, where, more = words.NameCrossRole, words.AskRoleThatWasMade, words.WhereAwsConsoleIamRoles, words.MoreInItsSStatementThe
	}
	roles, err := i.engine.Roles(i.ctx, i.home(), i.s.Reader.Account)
	i.unread(err)
	var trusting, others []option
	for _, r := range roles {
		if r.TrustsReader {
			trusting = append(trusting, option{r.Name, fmt.Sprintf(words.SayTrusts, i.s.Reader.Account)})
		} else if own { // elsewhere a role that serves something else is nothing to offer for this
			others = append(others, option{r.Name, ""})
		}
	}
	if own && err == nil && len(trusting) == 0 {
		i.p.line("")
		i.p.para(0, "", words.SayNoTrustingRole)
	}
	if more := len(others) - otherRoles; more > 0 {
		others = others[:otherRoles]
		ask += " " + fmt.Sprintf(words.SayMoreRoles, text.Count(more, words.NounRole))
	}
	options := slices.Concat(trusting, others)
	return i.into(&i.s.Account.Role, title, ask, where, more, "", options, steps.CheckRoleName)
}
