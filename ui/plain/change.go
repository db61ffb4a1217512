package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Change lets a person change answers of a set-up: every answer stands beside its question, one is picked, asked anew, and with it what hangs on
// it. It ends once the answers go together and the person wants the review. The mode stays, and the name of a set-up that is known: with
// others it would be another one. It gives keep every answer. Errors are those of Questions.
func (p *Printer) Change(ctx context.Context, a *Asker, e Engine, s steps.Setup, known bool, keep Keeper) (steps.Setup, error) {
	s.ResourceAccounts, s.FlowLogs.Regions = slices.Clone(s.ResourceAccounts), slices.Clone(s.FlowLogs.Regions)
	i, err := p.interview(ctx, a, e, s, keep)
	if err != nil {
		return steps.Setup{}, err
	}
	i.known = true
	for {
		asked := slices.DeleteFunc(i.questions(), func(q question) bool {
			return !q.applies() || q.title == words.TitleModes || known && q.title == words.SayNameOfThisSetUp
		})
		choices := []Choice{{words.SayToReview, words.SayToReviewMeans}}
		for _, q := range asked {
			choices = append(choices, Choice{q.title, orElse(q.now(), words.WordNone)})
		}
		at, err := p.Choose(ctx, a, words.TitleAnswers, "", words.HelpAnswers, choices)
		switch {
		case err != nil:
			return steps.Setup{}, err
		case at > 0:
			if err := i.again(asked[at-1]); err != nil {
				return steps.Setup{}, err
			}
			i.keep(i.s, "")
		case i.together():
			return i.s, nil
		}
	}
}

// again asks a question, and those that hang on it where its answer is another one.
func (i *interview) again(q question) error {
	before := q.now()
	err := q.ask()
	if err != nil && !errors.Is(err, errBack) {
		return err
	}
	if q.now() == before {
		return nil
	}
	for _, next := range i.questions() {
		if !slices.Contains(q.then, next.title) || !next.applies() {
			continue
		}
		for err = errBack; errors.Is(err, errBack); { // there is nothing to go back to: what hangs on it must be said
			err = next.ask()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func wayName(c steps.CredentialAnswers) string {
	if c.Profile != "" {
		return words.WordProfile + " " + c.Profile
	}
	return c.AssumeRole
}

func (i *interview) resourceWayNow() string {
	var ways []string
	for _, r := range i.s.ResourceAccounts {
		if way := wayName(r.Credentials); r.ID != i.who.Account && way != "" && !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return strings.Join(ways, ", ")
}

func (i *interview) vpcsNow() string {
	some := len(i.s.FlowLogs.VPCs.IDs)
	for _, r := range i.s.ResourceAccounts {
		if r.VPCs != nil {
			some += len(r.VPCs.IDs)
		}
	}
	now := words.WordAll
	if some > 0 {
		now = strconv.Itoa(some)
	}
	if len(i.s.FlowLogs.LeaveOut) > 0 {
		now += "; " + fmt.Sprintf(words.SayStayLeftOut, strings.Join(i.s.FlowLogs.LeaveOut, ", "))
	}
	return now
}
