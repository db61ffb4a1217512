package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Engine is what the questions are answered with the help of.
type Engine interface {
	Who(ctx context.Context) (steps.Identity, error)
	PortalHint(ctx context.Context) (account, externalID string, ok bool)
	Accounts(ctx context.Context) ([]steps.OrganizationAccount, error)
	Regions(ctx context.Context, account steps.AccountAnswers) ([]string, error)
	Buckets(ctx context.Context, account steps.AccountAnswers) ([]steps.BucketChoice, error)
	Keys(ctx context.Context, account steps.AccountAnswers, region string) ([]steps.KeyChoice, error)
	BucketDetails(ctx context.Context, account steps.AccountAnswers, arn string) (steps.BucketDetails, error)
	Roles(ctx context.Context, account steps.AccountAnswers, readerAccount string) ([]steps.RoleChoice, error)
	VPCs(ctx context.Context, account steps.LoggedAccount, bucketARN string) ([]steps.VPCRow, error)
}

// errBack leads to the question before.
var errBack = errors.New(words.WordBack)

// interview leads through the questions of a set-up, one at a time.
type interview struct {
	ctx    context.Context
	p      *Printer
	asker  *Asker
	engine Engine
	keep   Keeper
	who    steps.Identity
	hint   [2]string // what the reader's portal shows, where the engine can tell: account and external ID
	s      steps.Setup

	told      map[string]bool    // why something could not be read, as it was told
	newBucket bool               // the bucket is to be made
	ownKey    bool               // and is encrypted with a key of its owner's
	known     bool               // the answers are those of a set-up that is known here
	taken     map[*string]string // answers that were suggested and taken: another suggestion comes with another account
}

// option is an answer to pick by its number.
type option struct{ value, detail string }

// Keeper remembers the answers given so far, and the title of the question that comes next; "" once all are answered.
type Keeper func(s steps.Setup, next string)

// Questions asks for a set-up in plain lines: each question with where to find the answer, what there is to pick by number, and the usual
// answer in brackets. A wrong answer is explained and asked again; "back" goes to the question before, "?" tells more of it. It goes on from a
// draft, if that holds anything, and gives keep every answer. Errors are those of the engine, of the context, and *Unanswered where the input ends.
func (p *Printer) Questions(ctx context.Context, a *Asker, e Engine, from steps.Draft, keep Keeper) (steps.Setup, error) {
	s, next := steps.NewSetup(steps.Centralized), words.TitleModes
	if from.Setup.Mode != "" {
		s, next = from.Setup, from.Next
	}
	i, err := p.interview(ctx, a, e, s, keep)
	if err != nil {
		return steps.Setup{}, err
	}
	i.ownKey = i.ownKey || next == words.NameKey
	if next == words.NameBucketDetails && i.s.Bucket.Region == "" {
		next = words.NameBucket // the full screen asks for the region with the details
	}
	if next != "" {
		p.para(0, "", words.SayBackAndHelp)
	}
	for {
		if err := i.all(next); err != nil {
			return steps.Setup{}, err
		}
		if i.together() {
			return i.s, nil
		}
		next = words.TitleModes
	}
}

// interview begins to ask with answers that are there already.
func (p *Printer) interview(ctx context.Context, a *Asker, e Engine, s steps.Setup, keep Keeper) (*interview, error) {
	i := &interview{ctx: ctx, p: p, asker: a, engine: e, keep: keep, s: s, taken: map[*string]string{}, told: map[string]bool{}}
	if keep == nil {
		i.keep = func(steps.Setup, string) {}
	}
	var err error
	if i.who, err = e.Who(ctx); err != nil {
		return nil, err
	}
	i.hint[0], i.hint[1], _ = e.PortalHint(ctx)
	if s.Bucket.ARN != "" {
		found, err := e.BucketDetails(ctx, i.home(), s.Bucket.ARN)
		i.newBucket = err == nil && found.State == "missing"
		i.s.Bucket.Region = orElse(s.Bucket.Region, found.Region)
	}
	i.ownKey = s.Bucket.KMSKeyARN != ""
	return i, nil
}

// together says whether the answers fit together; what does not is told.
func (i *interview) together() bool {
	faults := i.s.Check()
	if len(faults) == 0 {
		return true
	}
	i.p.line("\n%s", words.SayNotTogether)
	for _, f := range faults {
		i.p.para(2, "- ", f.Error())
	}
	return false
}

// question is one of the interview.
type question struct {
	title   string
	applies func() bool
	ask     func() error
	now     func() string // the present answer
	then    []string      // titles of the questions that a new answer asks again
}

// questions lists all of them, in order.
func (i *interview) questions() []question {
	central := func() bool { return i.s.Mode == steps.Centralized }
	own := func() bool { return !central() }
	always := func() bool { return true }
	elsewhere := func() bool { return i.s.Account.ID != i.who.Account }
	apart := func() bool { return central() && len(i.apart()) > 0 }
	account, role, externalID := words.NameFlowLogAccount, words.NameRole, words.NameExternalID
	if own() {
		account, role, externalID = words.NameWorkloadAccount, words.NameCrossRole, words.NameExternalIDOptional
	}
	said := func(of *string) func() string { return func() string { return *of } }
	return []question{
		{words.TitleModes, always, i.mode, func() string { return string(i.s.Mode) }, nil},
		{words.NameReader, always, i.reader, said(&i.s.Reader.Account), nil},
		{externalID, central, i.externalID, said(&i.s.Reader.ExternalID), nil},
		{account, always, i.account, said(&i.s.Account.ID), []string{words.NameWay, words.NameLabel, role, words.NameBucket, words.NameBucketDetails, words.NameKey, words.NameVPCs}},
		{words.NameWay, elsewhere, i.way, func() string { return wayName(i.s.Account.Credentials) }, nil},
		{words.NameLabel, central, i.label, said(&i.s.Account.Name), nil},
		{role, always, i.role, said(&i.s.Account.Role), nil},
		{externalID, own, i.externalID, said(&i.s.Reader.ExternalID), nil},
		{words.NameBucket, always, i.bucket, said(&i.s.Bucket.ARN), []string{words.NameBucketDetails, words.NameKey}},
		{words.NameBucketDetails, func() bool { return i.newBucket }, i.bucketDetails, i.bucketDetailsNow, []string{words.NameKey}},
		{words.NameKey, func() bool { return i.newBucket && i.ownKey }, i.key, said(&i.s.Bucket.KMSKeyARN), nil},
		{words.NameResources, central, i.resources, func() string { return ids(i.s.ResourceAccounts) }, []string{words.NameResourceWay, words.NameVPCs}},
		{words.NameResourceWay, apart, i.resourceWay, i.resourceWayNow, nil},
		{words.NameRegions, always, i.regions, func() string { return strings.Join(i.s.FlowLogs.Regions, " ") }, []string{words.NameVPCs}},
		{words.NameVPCs, always, i.vpcs, i.vpcsNow, nil},
		{words.SayNameOfThisSetUp, always, i.name, said(&i.s.Name), nil},
		{words.NameRest, always, i.rest, i.restNow, nil},
	}
}

// all asks every question that applies, in order, from the one of a title on; none where that is empty.
func (i *interview) all(from string) error {
	first := len(i.questions())
	if from != "" {
		first = slices.IndexFunc(i.questions(), func(q question) bool { return q.title == from && q.applies() })
		if first < 0 { // the full screen tells there what is known; the one after it is asked
			first = max(slices.IndexFunc(i.questions(), func(q question) bool { return q.title == from }), 0)
		}
	}
	for n := first; ; n++ {
		questions := i.questions() // by the mode, which is one of the answers
		if n >= len(questions) {
			return nil
		}
		if !questions[n].applies() {
			continue
		}
		err := questions[n].ask()
		if err != nil && !errors.Is(err, errBack) {
			return err
		}
		if err != nil {
			for n--; n > 0 && !questions[n].applies(); n-- {
			}
			n = max(n, 0) - 1 // the loop goes on to the one before, or asks the first again
			continue
		}
		i.keep(i.s, titleFrom(i.questions(), n+1))
	}
}

// titleFrom is the title of the question that comes at n or after it; "" where none does.
func titleFrom(questions []question, n int) string {
	for ; n < len(questions); n++ {
		if questions[n].applies() {
			return questions[n].title
		}
	}
	return ""
}

// field asks one question until its answer passes the check.
func (i *interview) field(title, ask, where, more, usual string, options []option, check func(string) (string, error)) (string, error) {
	return i.p.field(i.ctx, i.asker, title, ask, where, more, usual, options, check)
}

// into asks a field and puts its answer where it belongs.
func (i *interview) into(target *string, title, ask, where, more, usual string, options []option, check func(string) (string, error)) error {
	suggested, _ := check(usual) // where it is none, nothing equals it
	if *target != "" && *target != i.taken[target] {
		usual = *target
	}
	value, err := i.field(title, ask, where, more, usual, options, check)
	if err != nil {
		return err
	}
	*target = value
	delete(i.taken, target)
	if value == suggested {
		i.taken[target] = value
	}
	return nil
}

func (i *interview) mode() error {
	modes := []option{
		{string(steps.PerAccount), words.SayPerAccountMeans},
		{string(steps.Centralized), words.SayCentralizedMeans},
	}
	value, err := i.field(words.TitleModes, "", "", fmt.Sprintf(words.HelpModes, steps.NewSetup(steps.PerAccount).Account.Role), string(i.s.Mode), modes, oneOf(modes))
	if err == nil && value != string(i.s.Mode) {
		i.newBucket, i.ownKey = false, false
		reader := i.s.Reader
		i.s = steps.NewSetup(steps.Mode(value))
		i.s.Reader.Account, i.s.Reader.ExternalID = reader.Account, reader.ExternalID
	}
	return err
}

func (i *interview) reader() error {
	err := i.into(&i.s.Reader.Account, words.NameReader, words.AskAwsAccountFromWhich, i.shown(words.WhereXshieldPortalCloudConnectors, 0), words.MoreItBecomesThePrincipalOf,
		i.hint[0], nil, steps.CheckAccountID)
	return i.doubted(err, i.s.Reader.Account, 0)
}

// doubted tells that an answer is another than the reader's portal shows, where the engine can tell.
func (i *interview) doubted(err error, answer string, what int) error {
	if shown := i.hint[what]; err == nil && shown != "" && answer != "" && answer != shown {
		i.p.para(0, "", fmt.Sprintf(words.SayOtherThanPortal, shown))
	}
	return err
}

func (i *interview) externalID() error {
	if i.s.Mode == steps.PerAccount {
		err := i.into(&i.s.Reader.ExternalID, words.NameExternalIDOptional, words.AskIfYouHaveTheExternal+" "+words.SayNoneLeavesEmpty, i.shown(words.WhereExternalIDOfAccount, 1),
			words.MoreTrustPolicyOfAn, words.WordNone, nil, orNone(steps.CheckExternalID))
		return i.doubted(err, i.s.Reader.ExternalID, 1)
	}
	err := i.into(&i.s.Reader.ExternalID, words.NameExternalID, words.AskAValueThatXshieldSends, i.shown(words.WhereExternalID, 1),
		words.MoreItGoesIntoTheTrust, i.hint[1], nil, steps.CheckExternalID)
	return i.doubted(err, i.s.Reader.ExternalID, 1)
}

// shown adds what the reader's portal shows, where the engine can tell, to where it is found.
func (i *interview) shown(where string, what int) string {
	if i.hint[what] == "" {
		return where
	}
	return where + "\n" + words.SayPracticePortalShows + i.hint[what] + "."
}

// home is the account that the bucket is in, as far as looking things up needs it.
func (i *interview) home() steps.AccountAnswers {
	return steps.AccountAnswers{ID: i.s.Account.ID, Credentials: i.s.Account.Credentials}
}

// unread says what could not be looked up: the question is asked without it.
func (i *interview) unread(err error) {
	if err == nil {
		return
	}
	i.p.line("")
	why := err.Error()
	var step *steps.StepError
	if errors.As(err, &step) {
		why = string(step.Step) + step.Account + step.Fix // each call has an id of its own
	}
	if i.told[why] {
		i.p.para(0, "", words.SayStillUnread)
		return
	}
	i.told[why] = true
	i.p.Failure(err)
	if len(i.told) == 1 {
		i.p.para(0, "", words.SayGoOnOrBack)
	}
}

// inOrder puts values into the order of the list that they are picked of; those that it does not have come last.
func inOrder(values []string, options []option) []string {
	at := func(value string) int {
		if n := slices.IndexFunc(options, func(o option) bool { return o.value == value }); n >= 0 {
			return n
		}
		return len(options)
	}
	slices.SortStableFunc(values, func(a, b string) int { return at(a) - at(b) })
	return values
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
