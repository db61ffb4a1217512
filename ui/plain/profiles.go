package plain

import (
	"context"
	"errors"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Profile asks for a profile, by its number or name; without gives what going on without one means, and "" where that is no other way. It gives
// the profile, "" for none; picked is false for "back". found is asked again at each answer: a profile may have been made since.
// Errors are those of the context, and *Unanswered where the input ends.
func (p *Printer) Profile(ctx context.Context, a *Asker, found func() steps.Profiles, without string) (name string, picked bool, err error) {
	now := found()
	ask := words.SayOtherMeans
	if len(now.Names) == 0 {
		ask = words.ProfilesFound(now, false) + " " + words.SayMakeProfile
	}
	var options []option
	for _, name := range now.Names {
		options = append(options, option{value: name})
	}
	if without != "" {
		options = append(options, option{words.SayNoProfile, without})
	}
	name, err = p.field(ctx, a, words.NameProfile, ask, "", words.HelpProfiles, "", options, func(typed string) (string, error) {
		if without != "" && strings.EqualFold(typed, words.SayNoProfile) {
			return "", nil
		}
		if fault := words.ProfileFault(found(), typed); fault != "" {
			return "", errors.New(fault)
		}
		return typed, nil
	})
	if errors.Is(err, errBack) {
		return "", false, nil
	}
	return name, err == nil, err
}
