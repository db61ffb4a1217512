package command

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
)

func (a *app) resumeCommand() *cobra.Command {
	var yes bool
	wait := waitFlag{d: -1}
	cmd := &cobra.Command{
		Use: "resume [NAME]", Short: "Go on with an unfinished set-up; what is there already is not made twice", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, names []string) error { return a.resume(cmd.Context(), names, yes, wait.d) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "go on without asking")
	cmd.Flags().Var(&wait, "wait", "how long to wait for the first logs, 0 not at all (default twice the aggregation interval and 20m)")
	return cmd
}

// resume goes on with a set-up. What is there in AWS counts; the journal tells only whether the last run applied or revoked.
func (a *app) resume(ctx context.Context, names []string, yes bool, wait time.Duration) error {
	state, err := a.unfinished(names)
	if err != nil {
		return err
	}
	s, err := a.named("resume", "", []string{state.Setup})
	if err != nil {
		return err
	}
	if state.Status == steps.SetupRevoked {
		return Usage("the set-up %s was revoked at %s: there is nothing to go on with. To set it up again: %s",
			s.Name, state.StoppedAt.Local().Format(time.DateTime), a.store().Command("apply", "-f", a.answersFile(s.Name)))
	}
	if held := a.store().Held(s.Name); held != nil {
		return held
	}
	revokes := state.Verb == steps.VerbRevoke && state.Revoke != nil
	what := "applying"
	if revokes {
		what = "revoking"
	}
	if !yes && !a.person("") {
		return a.unasked("resume", fmt.Sprintf("Go on with %s %s?", what, s.Name), "Look at the set-ups with `"+a.store().Command("setups")+"`, then go on with --yes")
	}
	if !yes && !a.accessible && terminal(a.out.file) {
		return a.wizard(ctx, s.Name, wait)
	}
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, a.view(s), err)
	}
	if !a.json() {
		a.say("Going on with %s %s: %s", what, s.Name, left(state))
	}
	if revokes {
		return a.carryOut(ctx, engine, a.revoking(engine, s, *state.Revoke, !yes))
	}
	return a.carryOut(ctx, engine, applying(engine, s, !yes, wait))
}

// left says how far a set-up is, for people.
func left(st steps.SetupState) string {
	if st.StoppedAt.IsZero() {
		return "nothing is known of an earlier run. AWS is read again."
	}
	text := fmt.Sprintf("%s at %s, %d of %d steps done", st.Status, st.StoppedAt.Local().Format(time.DateTime), st.Done, st.Total)
	if st.Why != "" {
		text += ": " + st.Why
	}
	return text + ". AWS is read again, and what is there counts."
}

// unfinished is the set-up of a name, or the only one that is not finished.
func (a *app) unfinished(names []string) (steps.SetupState, error) {
	all, err := a.store().Setups()
	if err != nil {
		return steps.SetupState{}, err
	}
	var open []steps.SetupState
	var list []string
	for _, st := range all {
		if len(names) > 0 && st.Setup == names[0] {
			return st, nil
		}
		if st.Unfinished() {
			open, list = append(open, st), append(list, fmt.Sprintf("%s (%s)", st.Setup, st.Status))
		}
	}
	switch {
	case len(names) > 0:
		return steps.SetupState{}, a.unknown(names[0])
	case len(open) == 1:
		return open[0], nil
	case len(open) == 0:
		return steps.SetupState{}, Usage("no set-up is unfinished here. `flowgrant setups` lists all that are known; give the name of one to go on with it all the same")
	}
	return steps.SetupState{}, Usage("several set-ups are unfinished: %s. Say which: %s", strings.Join(list, ", "), a.store().Command("resume", "NAME"))
}

// answersFile is where the answers of a set-up are kept.
func (a *app) answersFile(name string) string {
	dir := a.state()
	if a.sandbox {
		dir = filepath.Join(dir, "sandbox")
	}
	return filepath.Join(dir, "setups", name, "setup.yaml")
}
