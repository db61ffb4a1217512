package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
)

func (a *app) doctorCommand() *cobra.Command {
	var file string
	var yes bool
	var age ageFlag
	cmd := &cobra.Command{
		Use: "doctor [-f FILE | NAME]", Short: "Find why logs do not arrive or cannot be read; changes nothing unless a fix is confirmed", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeNames,
		Long: "Finds why logs do not arrive or cannot be read: the causes, likeliest first, each with its evidence and its fix. Without a set-up it looks at\n" +
			"all flow logs of the account and what they need at their destination, and changes nothing. With one, on a terminal, it offers the\n" +
			"fixes, each after a plan and a confirmation. With --yes it applies what apply would, and leaves what this set-up did not make as it is.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.doctor(cmd.Context(), file, args, yes, steps.ProofOptions{MaxAge: age.d})
		},
	}
	fileFlag(cmd, &file)
	cmd.Flags().Var(&age, "max-age", "how old the newest logs of each VPC may be; without it a day")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "apply the fixes that apply makes, without asking; nothing that this set-up did not make is changed")
	return cmd
}

func (a *app) doctor(ctx context.Context, file string, names []string, yes bool, o steps.ProofOptions) error {
	if file == "" && len(names) == 0 {
		name, err := a.chooseSetup(ctx)
		if err != nil {
			return err
		}
		if name == "" && o.MaxAge > 0 {
			return Usage("--max-age is about the logs of a set-up: give one, flowgrant doctor NAME")
		}
		if name == "" {
			return a.doctorOfAccount(ctx)
		}
		names = []string{name}
	}
	s, err := a.named("doctor", file, names)
	if err != nil {
		return err
	}
	view := a.view(s)
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, view, err)
	}
	report, err := engine.DiagnoseWith(ctx, s, o)
	if err != nil {
		return failed(ctx, view, err)
	}
	view.Diagnosis(report)
	person := a.person(file)
	if !yes && !person {
		a.offer(engine, s, report)
		return reportCode(report)
	}
	return a.treat(ctx, engine, s, report, yes)
}

// offer says how the fixes are had where nobody can be asked.
func (a *app) offer(engine *steps.Engine, s steps.Setup, report steps.Report) {
	command := a.store().Command("doctor", s.Name)
	switch {
	case a.json():
	case len(engine.RepairPlan(s, report).Steps) > 0:
		a.hint("On a terminal, %s shows each fix as a plan, and carries it out once you confirm it.", command)
	case report.Applies():
		a.hint("%s --yes carries out what apply would; on a terminal, without --yes, it asks first.", command)
	}
}

// doctorOfAccount looks at the flow logs of the account, where no set-up is named.
func (a *app) doctorOfAccount(ctx context.Context) error {
	view := a.view(steps.Setup{})
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, view, err)
	}
	report, err := engine.DiagnoseAccount(ctx)
	if err != nil {
		return failed(ctx, view, err)
	}
	view.Diagnosis(report)
	return reportCode(report)
}

// treat offers the fixes: first the changes of what the set-up did not make, which only a person can confirm, then what apply does.
func (a *app) treat(ctx context.Context, engine *steps.Engine, s steps.Setup, report steps.Report, yes bool) error {
	repair := engine.RepairPlan(s, report)
	foreign := len(repair.Steps) > 0
	if foreign && yes {
		a.say("Not changed, since this set-up did not make it: %s. Run doctor on a terminal without --yes to review the change.", targets(repair))
	}
	if foreign && !yes {
		done, err := a.repair(ctx, engine, s, repair, func(p *steps.Plan) (bool, error) {
			return a.asker.Confirm(ctx, fmt.Sprintf("\nThis set-up did not make %s. What is there is backed up first. Change it as shown?", targets(p)))
		})
		if err != nil {
			return err
		}
		if !done {
			return reportCode(report)
		}
	}
	if !report.Applies() && (!foreign || yes) {
		return reportCode(report)
	}
	err := a.carryOut(ctx, engine, applying(engine, s, !yes, -1))
	if errors.Is(err, errDeclined) {
		return reportCode(report)
	}
	return err
}

// repair shows the changes of what the set-up did not make, asks, and makes them.
func (a *app) repair(ctx context.Context, engine *steps.Engine, s steps.Setup, repair *steps.Plan, confirm func(*steps.Plan) (bool, error)) (bool, error) {
	view := a.view(s)
	view.Plan(repair)
	agreed, err := confirm(repair)
	if err != nil || !agreed {
		return false, err
	}
	reviewed := time.Now()
	journal, err := a.store().Begin(s)
	if err != nil {
		return false, unkept(err)
	}
	defer func() { _ = journal.Close() }() // every line that matters was synced
	a.signals.running(func() {})
	emit, end := view.Watch(a.answer(ctx, true))
	result := engine.Run(ctx, repair, steps.RunOptions{Emit: emit, Interactive: true, ReviewedAt: reviewed, Kill: a.signals.kill, Journal: journal})
	a.signals.finished(codeOf(a.resultCode(result)))
	end()
	if result.Status == steps.ResultVerified || result.Status == steps.ResultUnchanged {
		return true, nil
	}
	view.Result(result)
	return false, a.resultCode(result)
}

func targets(p *steps.Plan) string {
	var list []string
	for _, s := range p.Steps {
		list = append(list, string(s.Step)+" of "+s.Target)
	}
	return strings.Join(list, ", ")
}

// chooseSetup lets a person choose among the set-ups known here; empty: none of them.
func (a *app) chooseSetup(ctx context.Context) (string, error) {
	known, err := a.store().Names()
	if err != nil {
		return "", err
	}
	if !a.person("") || len(known) == 0 {
		a.say("No set-up is named: looking at the flow logs of this account. doctor -f FILE, or doctor NAME, looks at a set-up (known here: %s).", orNone(strings.Join(known, ", ")))
		return "", nil
	}
	a.say("%3d  %s", 0, "none of these: all flow logs of this account")
	for i, name := range known {
		a.say("%3d  %s", i+1, name)
	}
	for {
		answer, err := a.asker.Line(ctx, "Which set-up is ill? Its number or name: ")
		if err != nil {
			return "", Usage("no set-up was chosen; nothing was changed")
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 0 && n <= len(known) {
			return append([]string{""}, known...)[n], nil
		}
		if slices.Contains(known, answer) {
			return answer, nil
		}
		a.say("Give a number from 0 to %d, or a name of the list.", len(known))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none yet"
	}
	return s
}

// say writes a line for people to standard error.
func (a *app) say(format string, args ...any) {
	plain.New(a.err, a.look(a.err), steps.Setup{}).Say(fmt.Sprintf(format, args...))
}

// hint adds a line to what is shown as text.
func (a *app) hint(format string, args ...any) {
	plain.New(a.out, a.look(a.out.file), steps.Setup{}).Say("\n" + fmt.Sprintf(format, args...))
}

// reportCode gives the exit code of a proof.
func reportCode(r steps.Report) error {
	switch r.Status {
	case steps.ReportVerified:
		return nil
	case steps.ReportFailed:
		return exit{code: exitPending}
	default:
		return exit{code: exitWaiting}
	}
}
