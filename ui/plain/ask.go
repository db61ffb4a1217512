package plain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/muesli/cancelreader"
	"golang.org/x/term"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Asker asks a person: questions go to one stream, answers come from another, a line each.
type Asker struct {
	mu    sync.Mutex // one question at a time
	in    io.Reader
	lines *bufio.Reader
	out   io.Writer
	tty   bool       // in is a terminal
	width func() int // columns that questions are wrapped at; 0: they are not
}

// NewAsker makes an Asker that writes questions to out and reads answers from in.
func NewAsker(in io.Reader, out io.Writer) *Asker {
	a := &Asker{in: in, lines: bufio.NewReader(in), out: out, width: func() int { return 0 }}
	if f, ok := out.(*os.File); ok {
		a.width = func() int { return LookFor(f).Width } // a terminal may have changed its size
	}
	if f, ok := in.(*os.File); ok {
		a.tty = term.IsTerminal(int(f.Fd()))
	}
	return a
}

// longestLine is how long a line a terminal gives, with its end; what is typed beyond is lost. Source: termios(3), canonical mode.
const longestLine = 4096

// errCut says that a terminal cut a line.
var errCut = fmt.Errorf(words.SayCutLine, longestLine)

// Line asks for a line of text. It ends with the context's error when that ends first, and with io.EOF where there is no more input.
func (a *Asker) Line(ctx context.Context, question string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.prompt(question)
	return a.await(ctx, func() (string, error) {
		line, err := a.lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line != "" {
			err = nil
		}
		if a.tty && err == nil && len(line) >= longestLine {
			return "", errCut
		}
		if errors.Is(err, syscall.EIO) || err != nil && a.gone() {
			err = context.Canceled
		}
		return strings.TrimSpace(line), err
	})
}

// prompt writes a question, wrapped between words. The answer follows it, so that what ends it stays as it is.
func (a *Asker) prompt(question string) {
	question = text.Clean(question)
	if width := a.width(); width > 0 {
		body := strings.TrimRight(question, " \n")
		rows := (&Printer{look: Look{Width: width - 1}}).wrap(body, 0)
		question = strings.Join(rows, "\n") + question[len(body):]
	}
	_, _ = fmt.Fprint(a.out, question)
}

// gone says whether the terminal was closed, which is an interrupt: reading it then ends, or fails, before or after the signal of the hangup.
func (a *Asker) gone() bool {
	f, ok := a.in.(*os.File)
	return ok && a.tty && !term.IsTerminal(int(f.Fd()))
}

// Enter waits for a line and drops it. When ctx ends first, what is typed later belongs to the next question.
func (a *Asker) Enter(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.in.(*os.File)
	if !ok {
		return errors.New(words.SayNoTerminal)
	}
	in, err := cancelreader.NewReader(f)
	if err != nil {
		return fmt.Errorf(words.SayReadingTerminal, err)
	}
	defer func() { _ = in.Close() }()
	defer context.AfterFunc(ctx, func() { in.Cancel() })()
	for one := make([]byte, 1); ctx.Err() == nil; {
		if _, err := in.Read(one); err != nil {
			return fmt.Errorf(words.SayReadingTerminal, err)
		}
		if one[0] == '\n' {
			return nil
		}
	}
	return ctx.Err()
}

// Secret asks for a line that is not echoed, where in is a terminal.
func (a *Asker) Secret(ctx context.Context, question string) (string, error) {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return a.Line(ctx, question)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.prompt(question)
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", fmt.Errorf(words.SayReadingUnechoed, err)
	}
	answer, err := a.await(ctx, func() (string, error) {
		typed, err := term.ReadPassword(int(f.Fd()))
		return strings.TrimSpace(string(typed)), err
	})
	if err != nil {
		_ = term.Restore(int(f.Fd()), before) // an abandoned read leaves the echo off
	}
	_, _ = fmt.Fprintln(a.out)
	return answer, err
}

// Confirm asks a question that only the word yes agrees to.
func (a *Asker) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := a.Line(ctx, question+" "+words.SayTypeYes)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return strings.EqualFold(answer, words.WordYes), nil
}

// await runs a read that cannot be cancelled beside the context.
func (a *Asker) await(ctx context.Context, read func() (string, error)) (string, error) {
	type outcome struct {
		line string
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		line, err := read()
		done <- outcome{line, err}
	}()
	select {
	case got := <-done:
		return got.line, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Ask answers a question of a run by asking a person.
func (a *Asker) Ask(ctx context.Context, q steps.Question) {
	ask, how := a.Line, " "+words.SayTypeYesOrNo
	if q.All {
		how = " " + words.SayTypeYesNoOrAll
	}
	if q.Kind == steps.AskSecret {
		ask, how = a.Secret, " "
	}
	answer, err := ask(ctx, words.Asked(q.Text, q.Items)+how)
	for err == nil && q.Kind == steps.AskConfirm {
		if answer = strings.ToLower(answer); answer == words.WordYes || answer == words.WordNo || q.All && answer == words.WordAll {
			break
		}
		answer, err = ask(ctx, strings.TrimSpace(how)+" ") // a slip is no answer
	}
	q.Answer(answer, err == nil)
}
