package command

import (
	"errors"
	"fmt"
	"io"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// who says who acts, and lets the person pick another profile.
func (j *journey) who() error {
	for {
		engine, err := j.connect(j.ctx)
		var id steps.Identity
		if err == nil {
			j.engine = engine
			id, err = engine.Who(j.ctx)
		}
		if j.ctx.Err() != nil {
			return j.ctx.Err()
		}
		var wrong exit
		if errors.As(err, &wrong) {
			return err
		}
		changed := false
		other := way{plain.Choice{Name: words.SayOtherWho, Means: words.SayOtherMeans}, func() error { changed = true; return j.profileOf() }}
		practise := way{plain.Choice{Name: words.SayPractise, Means: words.SayPractiseMeans}, func() error { changed = true; j.sandbox, j.profile = true, ""; return nil }}
		if j.sandbox {
			practise = way{plain.Choice{Name: words.SayLeaveSandbox, Means: words.SayOwnAWSMeans}, func() error { changed = true; j.sandbox = false; return nil }}
		}
		ask := fmt.Sprintf(words.SayActAs, text.Line(id.ARN), id.Account, id.Region)
		ways := []way{{plain.Choice{Name: words.SayContinue}, func() error { return nil }}, other, practise}
		if err != nil {
			j.p.Failure(err)
			failed := err
			ask = ""
			ways = []way{other, practise, {plain.Choice{Name: words.SayTryAgain}, func() error { changed = true; return nil }},
				{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return failed }}}
		}
		if j.sandbox && err == nil {
			ask += " " + words.SaySandbox
		}
		if err := j.choose(words.TitleWho, ask, "", ways); err != nil && !errors.Is(err, errBack) {
			return err
		} else if err == nil && !changed {
			return nil
		}
	}
}

// profileOf asks for a profile of the AWS configuration.
func (j *journey) profileOf() error {
	var ways []way
	if j.engine != nil {
		for _, name := range j.engine.Profiles() {
			ways = append(ways, way{plain.Choice{Name: name}, func() error { j.profile = name; return nil }})
		}
	}
	if len(ways) > 0 {
		return j.choose(words.NameProfile, words.SayOtherMeans, "", ways)
	}
	name, err := j.asker.Line(j.ctx, words.NameProfile+": ")
	if errors.Is(err, io.EOF) {
		return &plain.Unanswered{Question: words.NameProfile}
	}
	if err == nil && name != "" {
		j.profile = name
	}
	return err
}
