package wizard

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
)

// plainly makes a field check of one that needs no model.
func plainly(check func(string) (string, error)) func(*model, string) (string, error) {
	return func(_ *model, typed string) (string, error) { return check(typed) }
}

func askReader() *field {
	return &field{
		question: question{
			name:  nameReader,
			ask:   "The AWS account from which Xshield will read your logs. Only a role of this account is let in.",
			where: "Where: Xshield portal → Cloud Connectors → AWS → Add Account. It is shown there.",
			more:  "It becomes the principal of the role's trust policy. A wrong number here would let a stranger in: copy it from the portal, do not type it from memory.",
			hint: func(m *model) string {
				if m.hint.known {
					return "The practice portal shows " + m.hint.account + "."
				}
				return ""
			},
		},
		initial: func(m *model) string { return m.answers.reader },
		check:   plainly(steps.CheckAccountID),
		store:   func(m *model, v string) { m.answers.reader = v },
	}
}

func askExternalID(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  nameExternalID,
			ask:   "A value that Xshield sends each time it reads. AWS lets it in only with the right one, so that nobody can make Xshield read for them.",
			where: "Where: Xshield portal → Cloud Connectors → AWS → Add Account, Account Type Flow Logs. Xshield makes it; copy it exactly.",
			more:  "It goes into the trust policy of the role, and you enter the same value in the portal.",
			hint: func(m *model) string {
				if m.hint.known {
					return "The practice portal shows " + m.hint.externalID + "."
				}
				return ""
			},
		},
		initial: func(m *model) string { return m.answers.externalID },
		check:   plainly(steps.CheckExternalID),
		store:   func(m *model, v string) { m.answers.externalID = v },
		doubt: func(m *model, v string) string {
			if m.hint.known && m.hint.externalID != "" && v != m.hint.externalID {
				return fmt.Sprintf(sayOtherExternalID, m.hint.externalID)
			}
			return ""
		},
	}
	if mode == steps.PerAccount {
		f.name = nameExternalIDOptional
		f.optional = true
		f.ask = "If you have the external ID that the account was onboarded with, it is compared with the one in the role's trust policy. Leave it empty if you do not."
		f.where = "Where: Xshield portal → Cloud Connectors → the account."
		f.more = "The trust policy of an existing role is checked, never changed."
	}
	return f
}

func askAccount(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  nameFlowLogAccount,
			leads: true,
			ask:   "The AWS account whose bucket receives the flow logs of all workload accounts.",
			where: "Where: AWS console, in that account → the menu with your name, top right. 12 digits.",
			more:  "The bucket and the role that Xshield reads with are in this account. You enter its ID in the portal.",
		},
		initial: func(m *model) string { return orElse(m.answers.account, m.identity.Account) },
		check:   plainly(steps.CheckAccountID),
		store: func(m *model, v string) {
			if m.answers.account != v {
				m.answers.label = "" // a name belongs to one account
			}
			m.answers.account = v
		},
		options: organizationOptions,
	}
	if mode == steps.PerAccount {
		f.name = nameWorkloadAccount
		f.ask = "The AWS account whose VPCs are logged. The logs stay in it. It is onboarded in Xshield already, as a Resource account."
		f.more = "Bucket, flow logs and the cross-account role are all in this account."
	}
	return f
}

// organizationOptions offers the accounts of the organization, the acting one first.
func organizationOptions(m *model) (string, func(ctx context.Context) ([]option, error)) {
	start := m.identity
	engine := m.engine
	return start.ARN + start.Profile, func(ctx context.Context) ([]option, error) {
		found := []option{{value: start.Account, detail: "the account you act in"}}
		accounts, err := engine.Accounts(ctx)
		if err != nil {
			return found, nil // listing the organization is a convenience that few may
		}
		for _, a := range accounts {
			switch {
			case a.ID == start.Account:
				found[0] = option{value: a.ID, detail: a.Name + " (you act in it)", name: a.Name}
			case a.State == "" || a.State == "ACTIVE":
				found = append(found, option{value: a.ID, detail: a.Name, name: a.Name})
			}
		}
		return found, nil
	}
}

func askWay() *form {
	return &form{
		question: question{
			name:  nameWay,
			ask:   "Your credentials belong to another account. How do calls get into this one?",
			where: "A role that an organization's management account can assume is usually called " + usualEntryRole + ".",
			more:  "The role or profile must be allowed to manage S3, IAM and flow logs there. Nothing is stored but its name.",
			skip:  func(m *model) bool { return m.answers.account == m.identity.Account },
			hint:  func(m *model) string { return "Account " + m.answers.account + namedSuffix(m, m.answers.account) },
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
	by := choiceRow("How", "", w.by, []string{byRole, byProfile}, []string{"assume a role there", "use a profile"})
	role := textRow("Role name", "It must trust the account you act in.", w.role, steps.CheckRoleName)
	role.hidden = func() bool { return by.value != byRole }
	profile := profileRow(m, "Profile", w.profile)
	profile.hidden = func() bool { return by.value != byProfile }
	return []*formRow{by, role, profile}
}

// profileRow picks a profile where there are some to pick, and takes a name otherwise.
func profileRow(m *model, label, value string) *formRow {
	const hint = "From your AWS configuration."
	if names := m.profiles(); len(names) > 0 {
		return choiceRow(label, hint, orElse(value, names[0]), names, nil)
	}
	return textRow(label, hint, value, func(s string) (string, error) {
		if s = strings.TrimSpace(s); s == "" {
			return "", errors.New("the name of a profile is needed")
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
			name:  nameLabel,
			ask:   "Any label. You enter it in the portal as Account Name, and see the account under it there.",
			where: "Free to choose.",
		},
		initial: func(m *model) string {
			return orElse(m.answers.label, orElse(m.answers.names[m.answers.account], "Flow logs"))
		},
		check: func(_ *model, s string) (string, error) {
			if s = strings.Join(strings.Fields(strings.Trim(strings.TrimSpace(s), `"'`)), " "); s == "" {
				return "", errors.New("a label is needed, any will do")
			}
			return s, nil
		},
		store: func(m *model, v string) { m.answers.label = v },
	}
}

func askRole(mode steps.Mode) *field {
	f := &field{
		question: question{
			name:  nameRole,
			ask:   "The role that is made for reading these logs, and for nothing else.",
			where: "Free to choose; the usual name is filled in. You enter the same name in the portal.",
			more:  "If a role of this name exists already, the review shows what would be changed on it.",
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
						o.detail = "trusts " + reader
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
		f.name = nameCrossRole
		f.ask = "The role that was made when the account was onboarded in Xshield. It gets access to the bucket; nothing else about it changes."
		f.where = "Where: AWS console → IAM → Roles. Those that trust the ColorTokens account come first below."
		f.more = "In its S3 statement, the three actions that read flow logs are scoped to your bucket, and statements for reading the objects (and decrypting them, with a key) are added. Its trust policy is never changed."
		f.none = "No role was found in this account."
	}
	return f
}
