package command

import (
	"errors"
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// who says who acts, and lets the person pick another profile.
func (j *journey) who() error {
	first := j.profile // of the flag
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
		other := way{plain.Choice{Name: words.SayOtherWho, Means: words.ProfilesFound(j.aws.Profiles(j.sandbox), j.without() != "")}, func() error { changed = true; return j.profileOf() }}
		practise := way{plain.Choice{Name: words.SayPractise, Means: words.SayPractiseMeans}, func() error { changed = true; j.sandbox, j.profile, j.unnamed = true, "", false; return nil }}
		if j.sandbox {
			practise = way{plain.Choice{Name: words.SayLeaveSandbox, Means: words.SayOwnAWSMeans}, func() error { changed = true; j.sandbox, j.profile, j.unnamed = false, first, false; return nil }}
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

// profileOf asks for a profile of the AWS configuration; none is a way too where one was named.
func (j *journey) profileOf() error {
	name, picked, err := j.p.Profile(j.ctx, j.asker, func() steps.Profiles { return j.aws.Profiles(j.sandbox) }, j.without())
	if picked {
		j.profile, j.unnamed = name, name == ""
	}
	return err
}

// without is what going on without a profile means; "" where none was named.
func (j *journey) without() string {
	switch {
	case j.sandbox && j.profile != "":
		return words.SayNoProfileSandbox
	case !j.sandbox && (j.profile != "" || !j.unnamed && j.aws.Profiles(false).Named != ""):
		return words.SayNoProfileMeans
	}
	return ""
}
