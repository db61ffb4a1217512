package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
)

// ageFlag is how old something may be.
type ageFlag struct{ d time.Duration }

func (f *ageFlag) String() string { return "" }
func (f *ageFlag) Type() string   { return "DURATION" }
func (f *ageFlag) Set(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return errors.New("a duration above zero is accepted, for example 30m, 90m or 24h")
	}
	f.d = d
	return nil
}

func (a *app) verifyCommand() *cobra.Command {
	var file string
	var age ageFlag
	var markdown bool
	cmd := &cobra.Command{
		Use: "verify -f FILE | NAME", Short: "Prove that a set-up works now; changes nothing", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd.Context(), file, args, steps.ProofOptions{MaxAge: age.d}, markdown)
		},
	}
	fileFlag(cmd, &file)
	cmd.Flags().Var(&age, "max-age", "how old the newest logs of each VPC may be; without it any logs of the last days count, and their age is told")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write the report as Markdown")
	return cmd
}

func (a *app) verify(ctx context.Context, file string, names []string, options steps.ProofOptions, markdown bool) error {
	if markdown && a.json() {
		return Usage("verify writes the report as Markdown or as JSON, not as both: take --markdown or --output json")
	}
	s, err := a.named("verify", file, names)
	if err != nil {
		return err
	}
	view := a.view(s)
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, view, err)
	}
	report, err := engine.Prove(ctx, s, options)
	if err != nil {
		return failed(ctx, view, err)
	}
	if markdown {
		plain.Markdown(a.out, report)
	} else {
		view.Report(report)
	}
	if report.Status == steps.ReportFailed && !markdown && !a.json() {
		a.hint("%s names the causes, and offers to mend what can be mended.", a.store().Command("doctor", s.Name))
	}
	return reportCode(report)
}
