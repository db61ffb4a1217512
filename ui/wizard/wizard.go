package wizard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/ui/clipboard"
)

// Run leads a person through a set-up on a terminal. It gives the exit code of the contract for what came of it, and prints that to
// o.Out once the screen is gone. When ctx ends, a run in progress is interrupted and everything else is left.
//
// The terminal is never asked anything: colours and symbols follow the environment.
func Run(ctx context.Context, o Options) (exitCode int, err error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.Kill == nil {
		o.Kill = context.Background()
	}
	out := &terminal{file: o.Out}
	m := newModel(context.WithoutCancel(ctx), o, clipboard.New(out, o.Getenv))
	in := &keyboard{File: o.In}
	program := tea.NewProgram(m, tea.WithInput(in), tea.WithOutput(out), tea.WithAltScreen(), tea.WithoutSignalHandler())
	m.send = program.Send
	in.gone = func() { program.Send(interruptMsg{}) }

	over := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			program.Send(interruptMsg{})
		case <-over:
		}
	}()
	defer context.AfterFunc(o.Kill, func() { program.Send(interruptMsg{kill: true}) })()
	_, err = program.Run()
	close(over)
	m.outcome.kept = m.draft.flush() // also where the screen is gone
	if m.run != nil {
		m.run.cancel()
		m.run.kill()
	}
	if err != nil {
		if errors.Is(err, tea.ErrProgramPanic) {
			return 1, errors.New(sayWizardStoppedOnAn)
		}
		return 1, fmt.Errorf(sayWizardCouldNotUse, err)
	}
	m.outcome.print(o.Out)
	return m.outcome.exitCode(), nil
}

// terminal is the one writer that frames and clipboard sequences go through, each as a whole. Bubble Tea knows the terminal by its Fd.
type terminal struct {
	mu   sync.Mutex
	file *os.File
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.Write(p)
}

func (t *terminal) Read(p []byte) (int, error) { return t.file.Read(p) }

// Close leaves the file open: it belongs to the caller.
func (t *terminal) Close() error { return nil }

// Fd is the file's descriptor.
func (t *terminal) Fd() uintptr { return t.file.Fd() }

// keyboard is the terminal that keys come from. That it cannot be read any more is an interrupt, not a fault: its reader may notice
// before the signal of the hangup comes, and a run in progress ends in good order either way.
type keyboard struct {
	*os.File
	gone func()
}

func (k *keyboard) Read(p []byte) (int, error) {
	n, err := k.File.Read(p)
	if err != nil {
		go k.gone()
		return n, io.EOF // the one error that ends reading and not the program
	}
	return n, nil
}
