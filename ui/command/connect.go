package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/wizard"
)

// connect opens AWS, or the embedded one, as the flags say. It makes no AWS call.
func (a *app) connect(ctx context.Context) (*steps.Engine, error) {
	return a.open(ctx, wizard.Connect{Profile: a.profile, Unnamed: a.unnamed, Region: a.region, Sandbox: a.sandbox})
}

func (a *app) open(ctx context.Context, c wizard.Connect) (*steps.Engine, error) {
	name, _ := a.release()
	to := Connection{Profile: c.Profile, Unnamed: c.Unnamed, Region: c.Region, Version: name, MFACode: c.MFACode, Lapsed: c.Lapsed, Held: c.Held}
	if to.Lapsed == nil { // no screen does it
		to.Lapsed, to.Held = a.lapsed, a.held
		if !a.person("") {
			to.LoginWait = loginWait
		}
	}
	if c.Sandbox {
		if err := a.makeState(); err != nil {
			return nil, err
		}
		world := a.world()
		to.Embedded = &world
	}
	if err := a.openCallLog(); err != nil {
		return nil, err
	}
	if a.callLog != nil {
		to.CallLog = a.callLog
	}
	if to.MFACode == nil && !a.json() && terminal(a.in) && terminal(a.err) {
		to.MFACode = func(ctx context.Context, serial string) (string, error) {
			return a.asker.Secret(ctx, fmt.Sprintf("Code of the MFA device %s: ", serial))
		}
	}
	engine, err := a.aws.Open(ctx, to)
	if err != nil {
		return nil, err
	}
	return engine.Knowing(a.storeOf(c)), nil
}

// openCallLog opens the file of --debug once. The wizard connects from several goroutines and has it opened before.
func (a *app) openCallLog() error {
	if a.flags.debug == "" || a.callLog != nil {
		return nil
	}
	log, err := os.OpenFile(a.flags.debug, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return Usage("--debug: the call log cannot be written: %w. Give a file that can", err)
	}
	a.callLog = log // closed by the end of the program
	return nil
}

// world says which embedded AWS the flags mean.
func (a *app) world() World {
	return World{File: a.worldFile(), RTT: a.rtt, Skew: a.skew, Faults: a.faults}
}

func (a *app) makeState() error {
	if err := os.MkdirAll(a.state(), 0o700); err != nil {
		return fmt.Errorf("the embedded AWS's state cannot be kept: %w. Give another place with --state-dir DIR", err)
	}
	return nil
}

func (a *app) worldFile() string { return filepath.Join(a.state(), "sandbox.json") }

// wizard runs the full-screen program, which goes on with the set-up of a name where there is one.
func (a *app) wizard(ctx context.Context, resume string, wait time.Duration) error {
	switch {
	case a.json():
		return Usage("the wizard has no JSON output. Give its answers in a file: flowgrant apply -f FILE --output json")
	case a.accessible && terminal(a.in) && terminal(a.err):
		return a.plainly(ctx)
	case !terminal(a.in) || !terminal(a.out.file):
		return Usage("the wizard needs a terminal, and standard input or output is none. Give the answers in a file: flowgrant apply -f FILE --yes")
	}
	if before, err := term.GetState(int(a.in.Fd())); err == nil {
		a.signals.onLast(func() { // the wizard has no time left to give the terminal back
			_ = term.Restore(int(a.in.Fd()), before)
			_, _ = a.out.file.WriteString("\x1b[?1049l\x1b[?2004l\x1b[?25h")
		})
	}
	if err := a.openCallLog(); err != nil {
		return err
	}
	name, _ := a.release()
	code, err := wizard.Run(ctx, wizard.Options{
		Open: func(ctx context.Context, c wizard.Connect) (wizard.Engine, error) {
			engine, err := a.open(ctx, c)
			if err != nil {
				return nil, err
			}
			return engine, nil
		},
		Connect:  wizard.Connect{Profile: a.profile, Region: a.region, Sandbox: a.sandbox},
		Profiles: a.aws.Profiles,
		Kill:     a.signals.kill,
		Store:    a.store(), Stores: a.storeOf, Wait: wait, In: a.in, Out: a.out.file, Version: name, Resume: resume,
	})
	if err == nil && code == exitDone {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return exit{code, err}
}
