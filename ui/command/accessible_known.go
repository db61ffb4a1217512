package command

import (
	"errors"
	"slices"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// begin offers the set-ups known here, the unfinished ones first, and a new one. again: the person wants to choose once more.
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
	if len(all) == 0 {
		return false, j.fresh()
	}
	var ways []way
	for _, st := range all {
		ways = append(ways, way{plain.Choice{Name: st.Setup, Means: words.State(st, time.Now())}, func() error { return j.known(st) }})
	}
	ways = append(ways, way{plain.Choice{Name: words.SayNewSetup, Means: words.SayNewSetupMeans}, j.fresh},
		way{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return errLeft }})
	err = j.choose(words.TitleKnown, "", words.HelpKnown, ways)
	return errors.Is(err, errBack), err
}

// fresh asks for a new set-up and applies it.
func (j *journey) fresh() error {
	s, err := j.p.Questions(j.ctx, j.asker, j.engine)
	if err != nil {
		return err
	}
	return j.apply(s)
}

// known offers what can be done with a set-up that is known here.
func (j *journey) known(st steps.SetupState) error {
	s, err := j.store().Load(st.Setup)
	if err != nil {
		return err
	}
	goOn := way{plain.Choice{Name: words.SayGoOn, Means: words.SayGoOnMeans}, func() error { return j.apply(s) }}
	change := way{plain.Choice{Name: words.SayChangeAnswers, Means: words.SayChangeAnswersMeans}, func() error { return j.changed(s) }}
	if s.GrantsNobody() {
		change = way{plain.Choice{Name: words.SaySaveAnswers, Means: words.SayChangeInFile}, func() error { return j.save(s.Name+".yaml", string(s.YAML())) }}
	}
	prove := way{plain.Choice{Name: words.SayProve, Means: words.SayProveMeans}, func() error { return j.verify(j.ctx, "", []string{s.Name}, steps.ProofOptions{}, false) }}
	take := way{plain.Choice{Name: words.SayRevoke, Means: words.SayRevokeMeans}, func() error { return j.takeBack(s) }}
	kept := way{plain.Choice{Name: words.SayBackups, Means: words.SayBackupsMeans}, func() error { return j.backups(s.Name) }}
	if s.GrantsNobody() {
		take.Choice = plain.Choice{Name: words.SayRevokeGroup, Means: words.SayRevokeGroupMeans}
	}
	ways := []way{goOn, change, prove, take, kept}
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
		ways = []way{prove, change, goOn, take, kept}
	}
	return j.choose(s.Name, words.State(st, time.Now()), words.HelpSetup, ways)
}
