package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Unanswered is a question at which the input ended.
type Unanswered struct{ Question string }

func (u *Unanswered) Error() string {
	return fmt.Sprintf(words.SayInputEnded, strings.TrimSpace(text.Line(u.Question)))
}

// Unwrap gives io.EOF.
func (u *Unanswered) Unwrap() error { return io.EOF }

// field asks one question until its answer passes the check. "?" tells more of it, "back" ends with errBack.
func (p *Printer) field(ctx context.Context, a *Asker, title, ask, where, more, usual string, options []option, check func(string) (string, error)) (string, error) {
	p.line("")
	p.title(title)
	for _, part := range []string{ask, where} {
		if part != "" {
			p.para(0, "", part)
		}
	}
	for n, o := range options {
		said := text.Line(o.value)
		if detail := text.Line(o.detail); detail != "" {
			said += ": " + detail
		}
		p.para(2, strconv.Itoa(n+1)+". ", said)
	}
	prompt := words.SayYourAnswer
	if len(options) > 0 {
		prompt = words.SayYourChoice
	}
	if usual != "" {
		prompt += " [" + usual + "]"
	}
	for {
		typed, err := a.Line(ctx, prompt+": ")
		if errors.Is(err, io.EOF) {
			return "", &Unanswered{title}
		}
		if errors.Is(err, errCut) {
			p.para(0, words.LabelNotAccepted, err.Error())
			continue
		}
		if err != nil {
			return "", err
		}
		switch {
		case typed == "?":
			p.help(ask, where, more)
			continue
		case strings.EqualFold(typed, words.WordBack):
			return "", errBack
		case typed == "":
			typed = usual
		}
		value, err := typed, beyond(typed, options)
		if err == nil {
			value, err = check(chosen(typed, options))
		}
		if err == nil {
			return value, nil
		}
		problem, accepted := steps.Refusal(err)
		var more added
		switch {
		case errors.As(err, &more):
			p.para(0, "", err.Error())
		case accepted != "" && typed == "":
			p.para(0, words.LabelNeeded, accepted)
		case accepted != "":
			p.para(0, words.LabelNotAccepted, fmt.Sprintf(words.SayNeededAfterFault, problem, accepted))
		default:
			p.para(0, words.LabelNotAccepted, problem)
		}
	}
}

// chosen gives the option of a number; what is none stays as it is.
func chosen(typed string, options []option) string {
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(options) {
		return options[n-1].value
	}
	return typed
}

// beyond is the error of a short number, as one types to pick of a list, that the list does not have.
func beyond(typed string, options []option) error {
	n, err := strconv.Atoi(typed)
	if err == nil && len(typed) <= 3 && len(options) > 0 && (n < 1 || n > len(options)) && !slices.ContainsFunc(options, func(o option) bool { return o.value == typed }) {
		return fmt.Errorf(words.SayNoSuchNumber, typed, len(options))
	}
	return nil
}

// help tells what a question wants, where the answer is found, and more.
func (p *Printer) help(parts ...string) {
	for _, part := range parts {
		for paragraph := range strings.SplitSeq(part, "\n\n") {
			if strings.TrimSpace(paragraph) != "" {
				p.para(0, "", paragraph)
			}
		}
	}
}

// Choice is one of a few ways to go on: its name, and what it means.
type Choice struct{ Name, Means string }

// Choose lets a person pick one of a few ways by number or name, the first where nothing is typed. more is told on "?". It gives the index
// of the choice, -1 for "back"; errors are those of the context, and *Unanswered where the input ends.
func (p *Printer) Choose(ctx context.Context, a *Asker, title, ask, more string, choices []Choice) (int, error) {
	options := make([]option, len(choices))
	for n, c := range choices {
		options[n] = option{c.Name, c.Means}
	}
	usual := text.Line(choices[0].Name)
	value, err := p.field(ctx, a, title, ask, "", more, usual, options, oneOf(options))
	if errors.Is(err, errBack) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	for n, c := range choices {
		if c.Name == value {
			return n, nil
		}
	}
	return 0, nil
}
