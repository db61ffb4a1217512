package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/jsonl"
	"github.com/flowgrant/flowgrant/ui/plain"
)

func (a *app) setupsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "setups", Short: "List the set-ups known here and how far each is; list and put back what was kept of documents", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.setups() }}
	backups := &cobra.Command{Use: "backups NAME", Short: "List the documents of a set-up that were kept before they were changed", Args: cobra.ExactArgs(1), ValidArgsFunction: a.completeNames,
		RunE: func(_ *cobra.Command, args []string) error { return a.backups(args[0]) }}
	var yes bool
	restore := &cobra.Command{Use: "restore NAME ID", Short: "Put a kept document back; shows the difference and asks first", Args: cobra.ExactArgs(2), ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error { return a.restore(cmd.Context(), args[0], args[1], yes) }}
	restore.Flags().BoolVarP(&yes, "yes", "y", false, "put it back without asking")
	cmd.AddCommand(backups, restore)
	return cmd
}

func (a *app) setups() error {
	all, err := a.store().Setups()
	if err != nil {
		return err
	}
	if a.json() {
		jsonl.New(a.out).Setups(all)
		return nil
	}
	plain.New(a.out, a.look(a.out.file), steps.Setup{}).Of(a.store()).Setups(all)
	return nil
}

func (a *app) backups(name string) error {
	if _, err := a.setupOf("setups backups", "", []string{name}); err != nil {
		return err
	}
	all, bad := a.store().Backups(name)
	if a.json() {
		jsonl.New(a.out).Backups(name, all)
	} else {
		plain.New(a.out, a.look(a.out.file), steps.Setup{}).Of(a.store()).Backups(name, all)
	}
	return bad
}

// restore puts a kept document back as it was. What is there now is kept first.
func (a *app) restore(ctx context.Context, name, id string, yes bool) error {
	s, err := a.setupOf("setups restore", "", []string{name})
	if err != nil {
		return err
	}
	backup, err := a.store().FindBackup(name, id)
	if err != nil {
		return Usage("%w. `%s` lists them", err, a.store().Command("setups backups", name))
	}
	if !yes && !a.person("") {
		return a.unasked("setups restore", fmt.Sprintf("Put the %s of %s back to what it was?", backup.Kind, backup.Target), "Add --yes to put it back without being asked")
	}
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, a.view(s), err)
	}
	view := a.view(s)
	var result steps.Result
	var taken *steps.RevokeOptions
	if st := a.store().State(name); st.Status == steps.SetupRevoked {
		o := a.takenBack(name)
		taken = &o
	}
	err = a.carryOut(ctx, engine, job{
		setup: s, verb: "Put it back with", ask: !yes, whole: true, taken: taken,
		plan: func(ctx context.Context) (*steps.Plan, error) { return engine.PlanRestore(ctx, s, backup) },
		shown: func(r steps.Result) {
			result = r
			if a.json() {
				view.Report(r.Report)
				view.Result(r)
				return
			}
			plain.New(a.out, a.look(a.out.file), s).Of(a.store()).PutBack(r, backup)
		},
	})
	var ended exit
	switch {
	case errors.As(err, &ended) && ended.code == exitInterrupted:
		return exit{exitInterrupted, errors.New("interrupted before the document was written. Give the same command again")}
	case result.Status == steps.ResultFailed && result.Failure == nil: // it is put back, and the set-up does not work with it
		return exit{code: exitPending}
	case result.Status == steps.ResultWaiting:
		return exit{code: exitWaiting}
	}
	return err
}
