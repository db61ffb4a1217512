package plain

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) name() error {
	usual := "central-flow-logs"
	if i.s.Mode == steps.PerAccount {
		usual = "flow-logs-" + i.s.Account.ID
	}
	return i.into(&i.s.Name, words.SayNameOfThisSetUp, words.HintLettersDigitsAndWhatIs, "", "", usual, nil, steps.CheckSetupName)
}

// setting is one of the rest: a question whose usual answer most people take.
type setting struct {
	title, ask string
	now        func() string
	options    []option // the only answers; nil: any that passes the check
	check      func(string) (string, error)
	set        func(value string)
	applies    bool
}

// rest offers the settings that have a sensible answer already, all at once; whoever wants changes them one by one.
func (i *interview) rest() error {
	settings := i.settings()
	choices := []option{{"take", words.SayTakeRest}, {"change", words.SayChangeRest}}
	value, err := i.field(words.NameRest, words.AskSensibleAnswersAreFilledIn+" "+i.restNow()+".", "", words.MoreRecordFormatIsFixed, "take", choices, oneOf(choices))
	if err != nil || value == "take" {
		return err
	}
	for n := 0; n < len(settings); n++ {
		s := settings[n]
		check := s.check
		if s.options != nil {
			check = oneOf(s.options)
		}
		value, err := i.field(s.title, s.ask, "", "", orElse(s.now(), "none"), s.options, check)
		switch {
		case errors.Is(err, errBack) && n > 0:
			n -= 2
		case err != nil:
			return err
		default:
			s.set(value)
		}
	}
	return nil
}

// restNow tells the rest of the answers in one line.
func (i *interview) restNow() string {
	var now []string
	for _, s := range i.settings() {
		now = append(now, strings.ToLower(s.title)+" "+orElse(s.now(), "none"))
	}
	return strings.Join(now, "; ")
}

// settings are those that apply to the answers so far.
func (i *interview) settings() []setting {
	s := &i.s
	yesNo := []option{{"yes", ""}, {"no", ""}}
	said := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	all := []setting{
		{"Traffic", words.HintAllIsWhatXshieldRecommends, func() string { return s.FlowLogs.Traffic },
			[]option{{"ALL", "recommended"}, {"ACCEPT", "accepted only"}, {"REJECT", "rejected only"}}, nil, func(v string) { s.FlowLogs.Traffic = v }, true},
		{"Aggregation in seconds", words.HintHowLongAwsCollectsBefore, func() string { return strconv.Itoa(s.FlowLogs.AggregationSeconds) },
			[]option{{"600", "10 minutes"}, {"60", "1 minute"}}, nil, func(v string) { s.FlowLogs.AggregationSeconds, _ = strconv.Atoi(v) }, true},
		{"Delete replaced logs", words.HintWhereAFlowLogOf,
			func() string { return said(s.FlowLogs.DeleteReplaced) }, yesNo, nil, func(v string) { s.FlowLogs.DeleteReplaced = v == "yes" }, true},
		{"Who may deliver", words.HintWhomTheBucketPolicyLets, func() string { return string(s.DeliveryScope) },
			[]option{{string(steps.ScopeAccounts), words.SayChosenAccounts}, {string(steps.ScopeOrganization), words.SayWholeOrganization}}, nil,
			func(v string) { s.DeliveryScope = steps.DeliveryScope(v) }, s.Mode == steps.Centralized},
		{"Xshield's own role", words.HintTheRoleInTheColortokens, func() string { return s.Reader.Role }, nil, steps.CheckRoleName,
			func(v string) { s.Reader.Role = v }, s.Mode == steps.Centralized},
		{"KMS key ARN", words.SayKeyOfNewBucket,
			func() string { return s.Bucket.KMSKeyARN }, nil, orNone(steps.CheckKeyARN), func(v string) { s.Bucket.KMSKeyARN = v }, i.newBucket},
		{"Refuse plain HTTP", words.HintAStatementInTheBucket, func() string { return said(s.Bucket.TLSOnly) }, yesNo, nil,
			func(v string) { s.Bucket.TLSOnly = v == "yes" }, i.newBucket},
		{words.SayDeleteLogsAfterDays, words.HintKeepsThemForEver, func() string { return strconv.Itoa(s.Bucket.ExpireAfterDays) }, nil, days,
			func(v string) { s.Bucket.ExpireAfterDays, _ = strconv.Atoi(v) }, i.newBucket},
	}
	return slices.DeleteFunc(all, func(s setting) bool { return !s.applies })
}

func days(typed string) (string, error) {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < 0 || n > 36500 {
		return "", errors.New(words.SayDaysNeeded)
	}
	return strconv.Itoa(n), nil
}

func oneOf(options []option) func(string) (string, error) {
	return func(typed string) (string, error) {
		for _, o := range options {
			if strings.EqualFold(typed, o.value) {
				return o.value, nil
			}
		}
		return "", errors.New(words.SayTypeANumber)
	}
}

func notEmpty(typed string) (string, error) {
	if typed = text.Line(typed); typed == "" {
		return "", errors.New(words.SayAnythingWillDo)
	}
	return typed, nil
}

func orNone(check func(string) (string, error)) func(string) (string, error) {
	return func(typed string) (string, error) {
		if strings.EqualFold(typed, "none") {
			return "", nil
		}
		return check(typed)
	}
}

// each checks a list of values with white space or commas between them.
func each(check func(string) (string, error)) func(string) (string, error) {
	return func(typed string) (string, error) {
		var values []string
		for word := range strings.FieldsFuncSeq(typed, func(r rune) bool { return r == ' ' || r == ',' }) {
			value, err := check(word)
			if err != nil {
				return "", err
			}
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		if len(values) == 0 {
			return "", errors.New(words.SayOneNeeded)
		}
		return strings.Join(values, " "), nil
	}
}
