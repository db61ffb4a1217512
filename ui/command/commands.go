package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/wizard"
)

// fileFlag adds -f to a command.
func fileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "file", "f", "", "set-up `FILE`; - reads standard input")
}

func (a *app) planCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "plan -f FILE", Short: "Read what is there and show every change; changes nothing", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.plan(cmd.Context(), file) },
	}
	fileFlag(cmd, &file)
	return cmd
}

func (a *app) plan(ctx context.Context, file string) error {
	s, err := a.readSetup("plan", file)
	if err != nil {
		return err
	}
	view := a.view(s)
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, view, err)
	}
	plan, err := engine.Plan(ctx, s)
	if err != nil {
		return failed(ctx, view, err)
	}
	view.Plan(plan)
	if plan.Changes() > 0 || len(plan.Blocked()) > 0 || len(plan.HandedOff()) > 0 {
		return exit{code: exitPending}
	}
	return nil
}

// waitFlag is a duration that knows whether it was given.
type waitFlag struct{ d time.Duration }

func (w *waitFlag) String() string { return "" }
func (w *waitFlag) Type() string   { return "DURATION" }
func (w *waitFlag) Set(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil {
		return errors.New("a duration is accepted, for example 0, 90s, 30m or 1h30m")
	}
	if d < 0 {
		return errors.New("a wait cannot be below zero; 0 does not wait")
	}
	w.d = d
	return nil
}

func (a *app) applyCommand() *cobra.Command {
	var file string
	var yes bool
	wait := waitFlag{d: -1}
	cmd := &cobra.Command{
		Use: "apply -f FILE", Short: "Plan, ask, set up and prove; a second apply goes on where the first ended", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.apply(cmd.Context(), file, yes, wait.d) },
	}
	fileFlag(cmd, &file)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "apply the plan without asking")
	cmd.Flags().Var(&wait, "wait", "how long to wait for the first logs, 0 not at all (default twice the aggregation interval and 20m)")
	return cmd
}

func (a *app) apply(ctx context.Context, file string, yes bool, wait time.Duration) error {
	s, err := a.readSetup("apply", file)
	if err != nil {
		return err
	}
	if !yes && !a.person(file) {
		return a.unasked("apply", "Apply the changes of "+s.Name+"?", fmt.Sprintf("Look at the changes with `%s`, then apply them with --yes", a.store().Command("plan", "-f", file)))
	}
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, a.view(s), err)
	}
	return a.carryOut(ctx, engine, applying(engine, s, !yes, wait))
}

// named gives the set-up of a file, or the remembered one of a name. It remembers a file's where none of its name is known: only a run changes
// what is.
func (a *app) named(command, file string, names []string) (steps.Setup, error) {
	s, err := a.setupOf(command, file, names)
	if err != nil || len(names) > 0 {
		return s, err
	}
	if _, err := a.store().Load(s.Name); !errors.Is(err, fs.ErrNotExist) {
		return s, nil //nolint:nilerr // what is kept and cannot be read is not this command's to mend
	}
	if err := a.remember(s); err != nil {
		fmt.Fprintf(a.err, "flowgrant: %v; going on without\n", err)
	}
	return s, nil
}

// setupOf gives the set-up of a file, or the remembered one of a name.
func (a *app) setupOf(command, file string, names []string) (steps.Setup, error) {
	switch {
	case file != "" && len(names) > 0:
		return steps.Setup{}, Usage("%s takes a file or the name of a set-up, not both: %s -f %s, or %s %s", command, command, file, command, names[0])
	case file == "" && len(names) == 0:
		return steps.Setup{}, Usage("%s needs a set-up: flowgrant %s NAME (known: %s), or flowgrant %s -f FILE", command, command, a.known(), command)
	case len(names) == 0:
		return a.readSetup(command, file)
	}
	a.given = names
	s, err := a.store().Load(names[0])
	if errors.Is(err, fs.ErrNotExist) {
		return s, a.unknown(names[0])
	}
	if err != nil {
		return s, exit{exitUsage, err}
	}
	return s, nil
}

func (a *app) unknown(name string) error {
	return Usage("no set-up %s is known here. Known: %s. Give one of them, or a file with -f FILE", name, a.known())
}

// known lists the set-ups known here.
func (a *app) known() string {
	all, err := a.store().Names()
	if err != nil || len(all) == 0 {
		return "none yet"
	}
	return strings.Join(all, ", ")
}

// readSetup reads a set-up file, or standard input for "-".
func (a *app) readSetup(command, file string) (steps.Setup, error) {
	var data []byte
	var err error
	name := file
	a.given = []string{"-f", file}
	switch file {
	case "":
		return steps.Setup{}, Usage("%s needs a set-up file: %s -f FILE, or -f - for standard input", command, command)
	case "-":
		name = "standard input"
		data, err = io.ReadAll(a.in)
	default:
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return steps.Setup{}, Usage("the set-up file could not be read: %w. Give an existing file with -f FILE", err)
	}
	return steps.ParseSetup(name, data)
}

func (a *app) store() *steps.Store {
	return a.storeOf(wizard.Connect{Profile: a.profile, Region: a.region, Sandbox: a.sandbox})
}

// storeOf keeps the set-ups of the embedded AWS apart from those of real accounts.
func (a *app) storeOf(c wizard.Connect) *steps.Store {
	dir := a.state()
	var flags []string
	if c.Sandbox {
		dir, flags = filepath.Join(dir, "sandbox"), append(flags, "--sandbox")
	}
	if c.Profile != "" {
		flags = append(flags, "--profile", c.Profile)
	}
	if c.Region != "" {
		flags = append(flags, "--region", c.Region)
	}
	if named := a.state(); named != defaultState() {
		if whole, err := filepath.Abs(named); err == nil {
			named = whole
		}
		flags = append(flags, "--state-dir", named)
	}
	return steps.OpenStore(dir).Called(flags...)
}

func (a *app) remember(s steps.Setup) error {
	if err := a.store().Save(s); err != nil {
		return fmt.Errorf("the set-up cannot be remembered: %w. Make the state directory writable, or give another with --state-dir DIR", err)
	}
	return nil
}
