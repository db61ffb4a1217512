package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
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
	var markdown, revoked bool
	cmd := &cobra.Command{
		Use: "verify -f FILE | NAME", Short: "Prove that a set-up works now; changes nothing", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if revoked && age.d > 0 {
				return Usage("--max-age is about the logs of a set-up in use: leave it out with --revoked")
			}
			return a.verify(cmd.Context(), file, args, proving(revoked, steps.ProofOptions{MaxAge: age.d}), markdown)
		},
	}
	fileFlag(cmd, &file)
	cmd.Flags().Var(&age, "max-age", "how old the newest logs of each VPC may be; without it any logs of the last days count, and their age is told")
	cmd.Flags().BoolVar(&revoked, "revoked", false, "prove that the set-up is taken back instead: nothing of it lets the reader in, and flow logs that were kept deliver")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write the report as Markdown")
	return cmd
}

// prover proves something of a set-up.
type prover func(context.Context, *app, *steps.Engine, steps.Setup) (steps.Report, error)

// proving proves that a set-up works, or that it is taken back.
func proving(revoked bool, o steps.ProofOptions) prover {
	if revoked {
		return proveRevoked
	}
	return func(ctx context.Context, _ *app, engine *steps.Engine, s steps.Setup) (steps.Report, error) {
		return engine.Prove(ctx, s, o)
	}
}

// proveRevoked proves that what a set-up granted is taken back, as far as its last revocation, where one is known, was to take it.
func proveRevoked(ctx context.Context, a *app, engine *steps.Engine, s steps.Setup) (steps.Report, error) {
	return engine.ProveRevoked(ctx, s, a.takenBack(s.Name))
}

// takenBack is what the last run of a set-up was to take, where that is known and was a revocation.
func (a *app) takenBack(name string) steps.RevokeOptions {
	var o steps.RevokeOptions
	if st := a.store().State(name); st.Verb == steps.VerbRevoke && st.Revoke != nil {
		o = *st.Revoke
	}
	o.Before = a.store().Before(name)
	return o
}

func (a *app) verify(ctx context.Context, file string, names []string, prove prover, markdown bool) error {
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
	report, err := prove(ctx, a, engine, s)
	if err != nil {
		return failed(ctx, view, err)
	}
	if markdown {
		plain.Markdown(a.out, report)
	} else {
		view.Report(report)
	}
	taken := a.store().State(s.Name).Status == steps.SetupRevoked
	switch {
	case markdown || a.json():
	case report.Withdrawn != nil:
		a.hint("%s", words.SaidOut(report, s.GrantsNobody()))
		if left := report.Withdrawn.PortalLeft; left != "" {
			a.hint(words.SayLeftToDo, left)
		}
	case taken:
		a.hint(words.SayVerifyRevoked, s.Name, a.store().Command("verify", s.Name, "--revoked"))
	case report.Status == steps.ReportFailed:
		a.hint("%s names the causes, and offers to mend what can be mended.", a.store().Command("doctor", s.Name))
	}
	return reportCode(report)
}
