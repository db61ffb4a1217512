// Package command is the command line: commands, flags, streams, signals and exit codes. What it does stands in steps, how it is shown
// in the other packages of ui.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	_ "github.com/flowgrant/flowgrant/ui/quietterm" // before everything that asks the terminal at its start
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPending     = 3 // plan: changes; verify, doctor: something is wrong
	exitWaiting     = 4
	exitInterrupted = 130
)

// flags are the flags of every command.
type flags struct {
	sandbox    bool
	profile    string
	unnamed    bool // no profile was chosen, whatever the environment names
	region     string
	stateDir   string
	output     string
	accessible bool
	debug      string
	rtt        time.Duration
	skew       time.Duration
	faults     []string
}

// app is one start of the program.
type app struct {
	flags
	in      *os.File
	out     *stdout
	err     *os.File
	signals *signals
	asker   *plain.Asker
	aws     AWS
	version string // set by the linker for a release; else empty
	callLog *os.File
	given   []string // how the set-up was given: "-f" and its file, or its name
	started bool     // the command line was understood: from here on errors are no wrong usage
}

// exit ends the program with a code and, where there is an error, with its message on standard error.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// Usage is an error of the command line or the files it names: exit code 2, nothing was read from or written to AWS.
func Usage(format string, args ...any) error { return exit{exitUsage, fmt.Errorf(format, args...)} }

// Run runs a command line and gives its exit code. version is the program's, empty for what was not released. A panic becomes a short
// message.
func Run(args []string, version string, aws AWS) (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(os.Stderr, "flowgrant: a fault in flowgrant itself ended it: %v\n  What was made so far stays. Run the same command again; if it happens again, report it with --debug FILE.\n", r)
			code = exitFailed
		}
	}()
	a := &app{aws: aws, version: version, in: os.Stdin, err: os.Stderr, signals: watchSignals(os.Stderr)}
	a.out = &stdout{file: os.Stdout, gone: a.signals.stop}
	a.asker = plain.NewAsker(a.in, a.err)
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(a.signals.ctx)
	code = a.code(cmd, err)
	if failed := a.out.failure(); failed != nil {
		fmt.Fprintf(a.err, "flowgrant: writing to standard output failed: %v\n", failed)
		if code != exitInterrupted {
			return exitFailed
		}
	}
	return code
}

// code says on standard error what went wrong, where that was not done yet, and gives the exit code.
func (a *app) code(cmd *cobra.Command, err error) int {
	var ended exit
	var faults steps.Faults
	var unanswered *plain.Unanswered
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ended):
		if ended.err != nil {
			a.complain(ended.err)
		}
		return ended.code
	case errors.As(err, &faults), errors.As(err, &unanswered):
		a.complain(err)
		return exitUsage
	case !a.started:
		a.complain(fmt.Errorf("%w. How it is used: %s --help", err, cmd.CommandPath()))
		return exitUsage
	case a.signals.ctx.Err() != nil, errors.Is(err, context.Canceled): // a terminal that closes may be noticed before its signal
		said := "interrupted; nothing was changed"
		if a.signals.changed() {
			said = "interrupted; what was made before stays"
		}
		a.complain(errors.New(said))
		return exitInterrupted
	}
	a.complain(err)
	return exitFailed
}

func (a *app) complain(err error) {
	plain.New(a.err, a.look(a.err), steps.Setup{}).Of(a.store()).Given(a.given).Failure(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "flowgrant",
		Short: "Set up VPC flow log delivery to S3, grant a third party read access, and prove that it works",
		Long: "flowgrant sets up the delivery of AWS VPC flow logs to S3 and grants a third party (ColorTokens Xshield) read access to them.\n" +
			"Without a command it opens the wizard. With --sandbox it works on an embedded AWS and touches nothing else.",
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.begin(cmd) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.wizard(cmd.Context(), "", -1) },
	}
	f := root.PersistentFlags()
	f.BoolVar(&a.sandbox, "sandbox", false, "use the embedded AWS; its state lives in the state directory")
	f.StringVar(&a.profile, "profile", "", "`NAME` of the AWS profile to start from")
	f.StringVar(&a.region, "region", "", "AWS `REGION` for calls that name none")
	f.StringVar(&a.flags.stateDir, "state-dir", "", "`DIR` for set-ups and the embedded AWS's state (also FLOWGRANT_STATE_DIR)")
	f.StringVar(&a.output, "output", "text", "`FORMAT` of standard output: text or json")
	f.BoolVar(&a.accessible, "accessible", false, "plain questions and lines instead of a full screen (also ACCESSIBLE=1 and TERM=dumb)")
	f.StringVar(&a.flags.debug, "debug", "", "write a JSON line per AWS call to `FILE`, which is made anew")
	f.DurationVar(&a.rtt, "sandbox-rtt", 0, "delay every call to the embedded AWS by `DURATION`")
	f.StringArrayVar(&a.faults, "sandbox-fault", nil, "break calls to the embedded AWS by `FAULT`: SERVICE:Operation[#N]=deny|throttle|500|drop|slow|expired (repeatable)")
	f.DurationVar(&a.skew, "sandbox-skew", 0, "let the clock of the embedded AWS be ahead of this machine's by `DURATION`, or behind where it is below zero")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	root.AddCommand(a.planCommand(), a.applyCommand(), a.verifyCommand(), a.doctorCommand(), a.revokeCommand(), a.resumeCommand(), a.setupsCommand(), a.policyCommand(), a.sandboxCommand(), a.versionCommand())
	return root
}

// begin checks the flags of every command.
func (a *app) begin(cmd *cobra.Command) error {
	if a.output != "text" && a.output != "json" {
		return fmt.Errorf("--output %q is not known: text or json", a.output)
	}
	if a.region != "" {
		if _, err := steps.CheckRegion(a.region); err != nil {
			return fmt.Errorf("--region: %w", err)
		}
	}
	if serves := cmd.Name() == "serve"; !serves && !a.sandbox && (a.rtt > 0 || a.skew != 0 || len(a.faults) > 0) {
		return errors.New("--sandbox-rtt, --sandbox-skew and --sandbox-fault act on the embedded AWS only: add --sandbox")
	}
	if a.rtt < 0 {
		return fmt.Errorf("--sandbox-rtt %s is below zero", a.rtt)
	}
	if v := os.Getenv("ACCESSIBLE"); v != "" && v != "0" && v != "false" {
		a.accessible = true
	}
	if os.Getenv("TERM") == "dumb" { // it writes one line after another and can do no more
		a.accessible = true
	}
	a.started = true
	return nil
}

// state gives the state directory.
func (a *app) state() string {
	if a.flags.stateDir != "" {
		return a.flags.stateDir
	}
	if dir := os.Getenv("FLOWGRANT_STATE_DIR"); dir != "" {
		return dir
	}
	return defaultState()
}

func defaultState() string { return filepath.Join(xdg.StateHome, "flowgrant") }

func (a *app) json() bool { return a.output == "json" }

// release gives the version of the program, and what it was built with and for.
func (a *app) release() (name, built string) {
	name, built = a.version, fmt.Sprintf("%s, %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	info, ok := debug.ReadBuildInfo()
	if name == "" && ok {
		name = info.Main.Version
	}
	if name == "" {
		name = "(devel)"
	}
	return name, built
}
