package plain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) resources() error {
	names, err := i.members()
	i.unread(err) // they can be typed
	options := slices.Clone(names)
	for n, o := range options {
		if o.value == i.s.Account.ID {
			options[n].detail += words.SayFlowLogAccount
		}
	}
	value, err := i.field(words.NameResources, words.AskAccountsWhoseVpcsDeliver+" "+words.SaySeveral, words.WhereAwsOrganizationsConsole, words.MoreBucketPolicyLetsFlow, ids(i.s.ResourceAccounts), options, func(typed string) (string, error) {
		for _, part := range strings.FieldsFunc(typed, separates) {
			if err := beyond(part, options); err != nil {
				return "", err
			}
		}
		typed, unknown := picked(typed, names)
		if len(unknown) > 0 {
			return "", fmt.Errorf(words.SayNotInList, strings.Join(unknown, ", "))
		}
		good, bad, twice := steps.ParseAccountIDs(typed)
		if len(twice) > 0 {
			i.p.para(0, words.SayTwiceInTheListTaken, strings.Join(twice, ", "))
		}
		if len(bad) > 0 {
			return "", fmt.Errorf(words.SayNotAccountIDs, strings.Join(bad, ", "))
		}
		if len(good) == 0 {
			return "", errors.New(words.SayOneAccountNeeded)
		}
		return strings.Join(good, " "), nil
	})
	if err != nil {
		return err
	}
	i.s.ResourceAccounts = nil
	i.addResources(inOrder(strings.Fields(value), names), names)
	return nil
}

// picked puts account IDs for the numbers and names that were typed of a list. Beside one of these every other word is meant for the list as well:
// unknown are those that are not on it. Of what was pasted, IDs with whatever stands beside them, nothing is taken for the list.
func picked(typed string, names []option) (ids string, unknown []string) {
	listed := func(word string) string {
		at := slices.IndexFunc(names, func(o option) bool { return o.detail != "" && strings.EqualFold(o.detail, strings.TrimSpace(word)) })
		if at < 0 {
			return ""
		}
		return names[at].value
	}
	fromList := false
	var parts []string
	for part := range strings.SplitSeq(typed, ",") {
		typed := strings.Fields(part)
		if id := listed(part); id != "" { // a name may have spaces
			typed = []string{id}
			fromList = true
		}
		for _, word := range typed {
			if value := numbered(word, names); value != word {
				word, fromList = value, true
			} else if id := listed(word); id != "" {
				word, fromList = id, true
			}
			parts = append(parts, word)
		}
	}
	if !fromList || strings.Contains(typed, "\n") {
		return typed, nil
	}
	for _, word := range parts {
		if !strings.ContainsAny(word, "0123456789") {
			unknown = append(unknown, word)
		}
	}
	return strings.Join(parts, " "), unknown
}

// addResources adds workload accounts, with the names that the organization has for them.
func (i *interview) addResources(ids []string, names []option) {
	for _, id := range ids {
		r := steps.ResourceAccount{ID: id}
		if at := slices.IndexFunc(names, func(o option) bool { return o.value == id }); at >= 0 {
			r.Name = names[at].detail
		}
		if !slices.ContainsFunc(i.s.ResourceAccounts, func(o steps.ResourceAccount) bool { return o.ID == id }) {
			i.s.ResourceAccounts = append(i.s.ResourceAccounts, r)
		}
	}
}

// moreResources takes account IDs where a role is asked for: further lines of a list that was pasted. Anything else is a role.
func (i *interview) moreResources(typed string) (string, error) {
	ids, bad, _ := steps.ParseAccountIDs(typed)
	if len(ids) == 0 || len(bad) > 0 {
		return steps.CheckRoleName(typed)
	}
	i.addResources(ids, i.organization())
	return "", added(strings.Join(ids, ", "))
}

// added are accounts that came with further lines: said, and the question stands.
type added string

func (a added) Error() string { return fmt.Sprintf(words.SayAddedAccounts, string(a)) }

func (i *interview) resourceWay() error {
	var now steps.CredentialAnswers
	for _, r := range i.apart() {
		now = orCredentials(now, i.s.ResourceAccounts[r].Credentials)
	}
	way, err := i.wayInto(words.NameResourceWay, words.AskHowDoCallsGetInto, words.MoreRoleOrProfileMust2, now, i.moreResources)
	if err != nil {
		return err
	}
	ways := map[int]steps.CredentialAnswers{}
	for n, r := range i.apart() {
		ways[r] = way
		if way.Profile == "" || len(i.apart()) == 1 {
			continue
		}
		account := i.s.ResourceAccounts[r] // a profile leads into one account
		usual := account.Credentials.Profile
		if n == 0 {
			usual = way.Profile
		}
		profile, err := i.field(fmt.Sprintf(words.NameProfileOf, account.ID), account.Name, words.SayOtherMeans, "", usual, nil, func(typed string) (string, error) {
			if typed == "" {
				return "", errors.New(words.SayNameOfAProfile)
			}
			return typed, nil
		})
		if errors.Is(err, errBack) {
			return i.resourceWay()
		}
		if err != nil {
			return err
		}
		ways[r] = steps.CredentialAnswers{Profile: profile}
	}
	for r, way := range ways {
		i.s.ResourceAccounts[r].Credentials = way
	}
	return nil
}

// apart are the workload accounts, by their indexes, that the starting credentials do not belong to.
func (i *interview) apart() (indexes []int) {
	for n, r := range i.s.ResourceAccounts {
		if r.ID != i.who.Account {
			indexes = append(indexes, n)
		}
	}
	return indexes
}

func orCredentials(c, otherwise steps.CredentialAnswers) steps.CredentialAnswers {
	if c == (steps.CredentialAnswers{}) {
		return otherwise
	}
	return c
}

func ids(accounts []steps.ResourceAccount) string {
	out := make([]string, len(accounts))
	for n, a := range accounts {
		out[n] = a.ID
	}
	return strings.Join(out, " ")
}
