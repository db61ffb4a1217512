package command

import (
	"errors"
	"slices"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// begin offers answers that were kept, the set-ups known here, the unfinished ones first, and a new one. again: the person wants to choose once more.
func (j *journey) begin() (again bool, err error) {
	all, err := j.store().Setups()
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(all, func(a, b steps.SetupState) int {
		switch done := words.Finished(a); {
		case done == words.Finished(b):
			return 0
		case done:
			return 1
		}
		return -1
	})
	drafts := j.store().Drafts()
	if len(all) == 0 && len(drafts) == 0 {
		return false, j.fresh(steps.Draft{})
	}
	var ways []way
	for n, draft := range drafts {
		ways = append(ways, way{plain.Choice{Name: words.DraftName(n), Means: words.Draft(draft, time.Now())}, func() error { return j.fresh(draft) }})
	}
	for _, st := range all {
		ways = append(ways, way{plain.Choice{Name: st.Setup, Means: words.State(st, time.Now())}, func() error { return j.known(st) }})
	}
	ways = append(ways, way{plain.Choice{Name: words.SayNewSetup, Means: words.SayNewSetupMeans}, func() error { return j.fresh(steps.Draft{}) }},
		way{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return errLeft }})
	err = j.choose(words.TitleKnown, "", words.HelpKnown, ways)
	return errors.Is(err, errBack), err
}

// fresh asks for a new set-up, or goes on with a draft of one, and applies it.
func (j *journey) fresh(from steps.Draft) error {
	return j.drafted(from.ID, func(keep plain.Keeper) error {
		s, err := j.p.Questions(j.ctx, j.asker, j.engine, from, keep)
		if err != nil {
			return err
		}
		return j.apply(s, keep)
	})
}

// drafted keeps answers while they are given, until a plan of them is decided on: a terminal that closes, input that ends and a reading that fails
// before that cost none. id is that of answers kept from before; empty: there are none.
func (j *journey) drafted(id string, do func(plain.Keeper) error) error {
	kept := false
	err := do(func(s steps.Setup, next string) {
		if id == "" {
			id = j.store().NewDraft()
		}
		kept = j.store().SaveDraft(id, s, next) == nil // where nothing can be kept, nothing is promised
	})
	var ended exit
	var open notPlanned
	switch {
	case err == nil, errors.Is(err, errDeclined), errors.As(err, &ended) && !errors.As(err, &open):
		if id != "" {
			if gone := j.store().DropDraft(id); err == nil {
				return gone
			}
		}
	case kept && !j.signals.changed():
		j.p.Say("") // what was typed last ends no line
		j.p.Tell(words.SayAnswersKept)
	}
	return err
}

// known offers what can be done with a set-up that is known here.
func (j *journey) known(st steps.SetupState) error {
	s, err := j.store().Load(st.Setup)
	if err != nil {
		return err
	}
	goOn := way{plain.Choice{Name: words.SayGoOn, Means: words.SayGoOnMeans}, func() error { return j.drafted("", func(keep plain.Keeper) error { return j.apply(s, keep) }) }}
	change := way{plain.Choice{Name: words.SayChangeAnswers, Means: words.SayChangeAnswersMeans}, func() error { return j.changed(s) }}
	if s.GrantsNobody() {
		change = way{plain.Choice{Name: words.SaySaveAnswers, Means: words.SayChangeInFile}, func() error { return j.save(s.Name+".yaml", string(s.YAML())) }}
	}
	prove := way{plain.Choice{Name: words.SayProve, Means: words.SayProveMeans}, func() error {
		return j.verify(j.ctx, "", []string{s.Name}, proving(false, steps.ProofOptions{}), false)
	}}
	find := j.find(s, goOn.do)
	if !words.Finished(st) || st.Status == steps.SetupVerified {
		ask := prove.do
		prove.do = func() error { return j.elseFind(ask(), find) }
	}
	take := way{plain.Choice{Name: words.SayRevoke, Means: words.SayRevokeMeans}, func() error { return j.takeBack(s) }}
	kept := way{plain.Choice{Name: words.SayBackups, Means: words.SayBackupsMeans}, func() error { return j.backups(s.Name) }}
	if s.GrantsNobody() {
		take.Choice = plain.Choice{Name: words.SayRevokeGroup, Means: words.SayRevokeGroupMeans}
	}
	ways := []way{goOn, change, prove, find, take, kept}
	if st.Verb == steps.VerbRevoke && (st.Unfinished() || st.Status == steps.SetupRevoked) {
		prove = j.proveOut(s, &take)
	}
	switch {
	case st.Verb == steps.VerbRevoke && st.Unfinished():
		take.Name = words.SayRevokeOn
		goOn.Choice = plain.Choice{Name: words.SaySetUpAgain, Means: words.SaySetUpAgainMeans}
		if st.Revoke != nil {
			take.Means = words.SayRevokeOnMeans // nothing is asked again
			take.do = func() error { return j.carry(j.revoking(j.engine, s, *st.Revoke, true)) }
		}
		ways = []way{take, goOn, prove, change, kept}
	case st.Status == steps.SetupRevoked:
		goOn.Choice = plain.Choice{Name: words.SaySetUpAgain, Means: words.SaySetUpAgainMeans}
		ways = []way{prove, goOn, change, take, kept}
	case words.Finished(st):
		goOn.Choice = plain.Choice{Name: words.SayReviewAgain, Means: words.SayReviewAgainMeans}
		ways = []way{prove, change, goOn, find, take, kept}
	}
	var names []string
	for _, w := range ways {
		names = append(names, w.Name)
	}
	return j.choose(s.Name, words.State(st, time.Now()), words.HelpChoices(names), ways)
}
