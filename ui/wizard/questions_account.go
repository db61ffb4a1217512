package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// plainly makes a field check of one that needs no model.
func plainly(check func(string) (string, error)) func(*model, string) (string, error) {
	return func(_ *model, typed string) (string, error) { return check(typed) }
}

func askReader() *field {
	return &field{
		question: question{
			name:  words.NameReader,
			ask:   words.AskAwsAccountFromWhich,
			where: words.WhereXshieldPortalCloudConnectors,
			more:  words.MoreItBecomesThePrincipalOf,
			hint: func(m *model) string {
				if m.hint.known {
					return words.SayPracticePortalShows + m.hint.account + "."
				}
				return ""
			},
		},
		initial: func(m *model) string { return m.answers.reader },
		check:   plainly(steps.CheckAccountID),
		store:   func(m *model, v string) { m.answers.reader = v },
		doubt:   otherThanPortal(func(h portalHint) string { return h.account }),
	}
}

// otherThanPortal doubts a value that the reader's portal does not show.
func otherThanPortal(shown func(portalHint) string) func(*model, string) string {
	return func(m *model, v string) string {
		if s := shown(m.hint); m.hint.known && s != "" && v != s {
			return fmt.Sprintf(words.SayOtherThanPortal, s)
		}
		return ""
	}
}

func askExternalID(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  words.NameExternalID,
			ask:   words.AskAValueThatXshieldSends,
			where: words.WhereExternalID,
			more:  words.MoreItGoesIntoTheTrust,
			hint: func(m *model) string {
				if m.hint.known {
					return words.SayPracticePortalShows + m.hint.externalID + "."
				}
				return ""
			},
		},
		initial: func(m *model) string { return m.answers.externalID },
		check:   plainly(steps.CheckExternalID),
		store:   func(m *model, v string) { m.answers.externalID = v },
		doubt:   otherThanPortal(func(h portalHint) string { return h.externalID }),
	}
	if mode == steps.PerAccount {
		f.name = words.NameExternalIDOptional
		f.optional = true
		f.ask = words.AskIfYouHaveTheExternal
		f.where = words.WhereExternalIDOfAccount
		f.more = words.MoreTrustPolicyOfAn
	}
	return f
}

func askAccount(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  words.NameFlowLogAccount,
			ask:   words.AskAwsAccountWhoseBucket,
			where: words.WhereAwsConsoleInThat,
			more:  words.MoreBucketAndTheRole,
		},
		initial: func(m *model) string { return orElse(m.answers.account, m.identity.Account) },
		check:   plainly(steps.CheckAccountID),
		store:   func(m *model, v string) { m.answers.account = v },
		options: organizationOptions,
	}
	if mode == steps.PerAccount {
		f.name = words.NameWorkloadAccount
		f.ask = words.AskAwsAccountWhoseVpcs
		f.more = words.MoreBucketFlowLogsAndThe
		f.initial = func(m *model) string { return m.answers.account }
		f.options = memberOptions
		f.proposed = func(found []option) string {
			if len(found) != 1 {
				return "" // who can list an organization acts in the account that manages it, where workloads hardly are
			}
			return found[0].value
		}
	}
	return f
}

// organizationOptions offers the accounts of the organization, the acting one first.
func organizationOptions(m *model) (string, func(ctx context.Context) ([]option, error)) {
	start := m.identity
	engine := m.engine
	return start.ARN + start.Profile, func(ctx context.Context) ([]option, error) {
		found := []option{{value: start.Account, detail: words.SayAccountYouActIn}}
		accounts, err := engine.Accounts(ctx)
		if err != nil {
			return found, nil // listing the organization is a convenience that few may
		}
		for _, a := range accounts {
			switch {
			case a.ID == start.Account:
				found[0] = option{value: a.ID, detail: a.Name + words.SayYouActInIt, name: a.Name}
			case a.State == "" || a.State == "ACTIVE":
				found = append(found, option{value: a.ID, detail: a.Name, name: a.Name})
			}
		}
		return found, nil
	}
}

// memberOptions offers the accounts of the organization, the acting one last.
func memberOptions(m *model) (string, func(ctx context.Context) ([]option, error)) {
	key, read := organizationOptions(m)
	return key, func(ctx context.Context) ([]option, error) {
		found, err := read(ctx)
		if len(found) > 1 {
			found = append(found[1:len(found):len(found)], found[0])
		}
		return found, err
	}
}

func askWay() *form {
	return &form{
		question: question{
			name:  words.NameWay,
			ask:   words.AskYourCredentialsBelongToAnother,
			where: words.WhereARoleThatAnOrganization + usualEntryRole + ".",
			more:  words.MoreRoleOrProfileMust,
			skip:  func(m *model) bool { return m.answers.account == m.identity.Account },
			hint:  func(m *model) string { return labelAtAccount + m.answers.account + namedSuffix(m, m.answers.account) },
		},
		build: func(m *model, old []*formRow) []*formRow {
			if old != nil {
				return old
			}
			return wayRows(m, m.answers.way)
		},
		store: func(m *model, rows []*formRow) string {
			m.answers.way = wayOf(rows)
			return ""
		},
	}
}

func namedSuffix(m *model, id string) string {
	if n := m.answers.accountName(id); n != "" {
		return " (" + n + ")"
	}
	return ""
}

// wayRows ask for a role or a profile.
func wayRows(m *model, w wayIn) []*formRow {
	by := choiceRow(labelHow, "", w.by, []string{byRole, byProfile}, []string{words.SayAssumeARoleThere, labelUseAProfile})
	role := textRow(labelRoleName, words.HintItMustTrustTheAccount, w.role, steps.CheckRoleName)
	role.hidden = func() bool { return by.value != byRole }
	profile := profileRow(m, labelProfile, w.profile)
	profile.hidden = func() bool { return by.value != byProfile }
	return []*formRow{by, role, profile}
}

// profileRow picks a profile where there are some to pick, and takes a name otherwise.
func profileRow(m *model, label, value string) *formRow {
	const hint = labelFromConfiguration
	if names := m.profiles().Names; len(names) > 0 {
		return choiceRow(label, hint, orElse(value, names[0]), names, nil)
	}
	return textRow(label, hint, value, func(s string) (string, error) {
		if s = strings.TrimSpace(s); s == "" {
			return "", errors.New(words.SayNameOfAProfile)
		}
		return s, nil
	})
}

func wayOf(rows []*formRow) wayIn {
	return wayIn{by: rows[0].get(), role: rows[1].get(), profile: rows[2].get()}
}

func askLabel() *field {
	return &field{
		question: question{
			name:  words.NameLabel,
			ask:   words.AskAnyLabelYouEnterIt,
			where: words.WhereFreeToChoose,
		},
		initial: func(m *model) string {
			return orElse(m.answers.label, orElse(m.answers.names[m.answers.account], labelFlowLogs))
		},
		check: func(_ *model, s string) (string, error) {
			if s = strings.Join(strings.Fields(strings.Trim(strings.TrimSpace(s), `"'`)), " "); s == "" {
				return "", errors.New(words.SayALabelIsNeededAny)
			}
			return s, nil
		},
		store: func(m *model, v string) { m.answers.label = v },
	}
}

func askRole(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  words.NameRole,
			ask:   words.AskRoleThatIsMade,
			where: words.WhereFreeToChooseTheUsual,
			more:  words.MoreIfARoleOfThis,
		},
		initial: func(m *model) string { return m.answers.role[mode] },
		check:   plainly(steps.CheckRoleName),
		store:   func(m *model, v string) { m.answers.role[mode] = v },
		options: func(m *model) (string, func(ctx context.Context) ([]option, error)) {
			account, reader, engine := m.answers.accountAnswers(m.identity), m.answers.reader, m.engine
			account.Role, account.Name = "", ""
			return fmt.Sprint(account, reader), func(ctx context.Context) ([]option, error) {
				roles, err := engine.Roles(ctx, account, reader)
				var found []option
				for _, r := range roles {
					o := option{value: r.Name}
					switch {
					case r.TrustsReader:
						o.detail = fmt.Sprintf(words.SayTrusts, reader)
					case mode == steps.Centralized:
						continue // a role that serves something else is nothing to offer for this
					}
					found = append(found, o)
				}
				return found, err
			}
		},
	}
	if mode == steps.PerAccount {
		f.name = words.NameCrossRole
		f.ask = words.AskRoleThatWasMade
		f.where = words.WhereAwsConsoleIamRoles
		f.more = words.MoreInItsSStatementThe
		f.none = words.SayNoRoleWasFoundIn
		f.remark = func(found []option) string {
			if slices.ContainsFunc(found, func(o option) bool { return o.detail != "" }) {
				return ""
			}
			return sayNoneTrusts
		}
	}
	return f
}
