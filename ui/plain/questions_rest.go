package plain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) name() error {
	usual := words.UsualCentralName
	if i.s.Mode == steps.PerAccount {
		usual = fmt.Sprintf(words.UsualName, i.s.Account.ID)
	}
	return i.into(&i.s.Name, words.SayNameOfThisSetUp, words.HintLettersDigitsAndWhatIs, "", "", usual, nil, steps.CheckSetupName)
}

// setting is a question whose usual answer most people take.
type setting struct {
	title, ask string
	now        func() string
	options    []option // the only answers; nil: any that passes the check
	check      func(string) (string, error)
	set        func(value string)
	applies    bool
}

func (i *interview) rest() error {
	return i.several(words.NameRest, words.AskSensibleAnswersAreFilledIn, words.MoreRecordFormatIsFixed, i.settings())
}

func (i *interview) restNow() string { return settingsNow(i.settings()) }

// several offers settings that have a sensible answer already, all at once; whoever wants changes them one by one.
func (i *interview) several(title, ask, more string, settings []setting) error {
	choices := []option{{words.WordTake, words.SayTakeRest}, {words.WordChange, words.SayChangeRest}}
	value, err := i.field(title, ask+" "+settingsNow(settings)+".", "", more, words.WordTake, choices, oneOf(choices))
	if err != nil || value == words.WordTake {
		return err
	}
	for n := 0; n < len(settings); n++ {
		s := settings[n]
		check := s.check
		if s.options != nil {
			check = oneOf(s.options)
		}
		value, err := i.field(s.title, s.ask, "", "", orElse(s.now(), words.WordNone), s.options, check)
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

// settingsNow tells the present answers in one line.
func settingsNow(settings []setting) string {
	var now []string
	for _, s := range settings {
		now = append(now, s.title+": "+s.said())
	}
	return strings.Join(now, "; ")
}

// said tells the present answer, with what it means where that is another word.
func (s setting) said() string {
	now := orElse(s.now(), words.WordNone)
	for _, o := range s.options {
		if o.value == now && o.detail != "" {
			now += ", " + o.detail
		}
	}
	return now
}

// settings are those that apply to the answers so far.
func (i *interview) settings() []setting {
	s := &i.s
	all := []setting{
		{words.NameTraffic, words.HintAllIsWhatXshieldRecommends, func() string { return s.FlowLogs.Traffic },
			[]option{{words.ValueAll, words.SayRecommended}, {words.ValueAccept, words.SayTrafficAccepted}, {words.ValueReject, words.SayTrafficRejected}}, nil, func(v string) { s.FlowLogs.Traffic = v }, true},
		{words.NameAggregation, words.HintHowLongAwsCollectsBefore, func() string { return strconv.Itoa(s.FlowLogs.AggregationSeconds) },
			[]option{{"600", words.SayTenMinutes}, {"60", words.SayOneMinute}}, nil, func(v string) { s.FlowLogs.AggregationSeconds, _ = strconv.Atoi(v) }, true},
		{words.NameDeleteReplaced, words.HintWhereAFlowLogOf,
			func() string { return yesOrNo(s.FlowLogs.DeleteReplaced) }, []option{{words.WordYes, ""}, {words.WordNo, words.SayAskMe}}, nil, func(v string) { s.FlowLogs.DeleteReplaced = v == words.WordYes }, true},
		{words.NameScope, words.HintWhomTheBucketPolicyLets, func() string { return string(s.DeliveryScope) },
			[]option{{string(steps.ScopeAccounts), words.SayChosenAccounts}, {string(steps.ScopeOrganization), words.SayWholeOrganization}}, nil,
			func(v string) { s.DeliveryScope = steps.DeliveryScope(v) }, s.Mode == steps.Centralized},
		{words.NameReaderRole, words.HintTheRoleInTheColortokens, func() string { return s.Reader.Role }, nil, steps.CheckRoleName,
			func(v string) { s.Reader.Role = v }, s.Mode == steps.Centralized},
	}
	all = append(all, setting{words.NameLeftOut, words.HintLeftOut, func() string { return leftOut[len(s.FlowLogs.LeaveOut) > 0] },
		[]option{{words.ValueLeaveOut, fmt.Sprintf(words.SayStayLeftOut, strings.Join(s.FlowLogs.LeaveOut, ", "))}, {words.ValueLogAgain, words.SayLogAgain}}, nil,
		func(v string) {
			if v == words.ValueLogAgain {
				s.FlowLogs.LeaveOut = nil
			}
		}, len(s.FlowLogs.LeaveOut) > 0})
	return slices.DeleteFunc(all, func(s setting) bool { return !s.applies })
}

// leftOut is the answer about VPCs that are left out.
var leftOut = map[bool]string{true: words.ValueLeaveOut, false: words.ValueLogAgain}

func yesOrNo(b bool) string {
	if b {
		return words.WordYes
	}
	return words.WordNo
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
		if strings.EqualFold(typed, words.WordNone) {
			return "", nil
		}
		return check(typed)
	}
}

// each checks a list of values with white space or commas between them.
func each(check func(string) (string, error)) func(string) (string, error) {
	return func(typed string) (string, error) {
		var values []string
		for word := range strings.FieldsFuncSeq(typed, separates) {
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
