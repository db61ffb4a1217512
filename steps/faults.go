package steps

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Fault is one thing wrong with a set-up or its file.
type Fault struct {
	File     string // as it was given; empty for answers that come from no file
	Line     int    // 1-based; 0: unknown
	Field    string // path of the field: resource_accounts[1].id; empty: the file as a whole
	Problem  string
	Accepted string // the accepted form; empty where the problem says it
}

// Error gives the fault as one line: file:line: field: problem; accepted: form.
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
		if f.Line > 0 {
			b.WriteString(strconv.Itoa(f.Line) + ":")
		}
		b.WriteByte(' ')
	}
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Problem)
	if f.Accepted != "" {
		b.WriteString("; accepted: " + f.Accepted)
	}
	return b.String()
}

// Faults is everything wrong with a set-up, in the order of its file.
type Faults []Fault

// Error gives one line for each fault; past the hundredth it only counts them.
func (f Faults) Error() string {
	const most = 100
	lines := make([]string, 0, min(len(f), most+1))
	for i, fault := range f {
		if i == most {
			lines = append(lines, fmt.Sprintf("… and %d more", len(f)-most))
			break
		}
		lines = append(lines, fault.Error())
	}
	return strings.Join(lines, "\n")
}

// fieldError is why a single value is refused.
type fieldError struct{ problem, accepted string }

func (e *fieldError) Error() string {
	if e.accepted == "" {
		return e.problem
	}
	return e.problem + "; accepted: " + e.accepted
}

func refuse(accepted, problem string, args ...any) error {
	return &fieldError{problem: fmt.Sprintf(problem, args...), accepted: accepted}
}

// Refusal says what is wrong with a value that a check refused, and the accepted form; that is empty where the problem says it.
func Refusal(err error) (problem, accepted string) {
	f := faultOf("", err)
	return f.Problem, f.Accepted
}

func faultOf(field string, err error) Fault {
	var refused *fieldError
	if errors.As(err, &refused) {
		return Fault{Field: field, Problem: refused.problem, Accepted: refused.accepted}
	}
	return Fault{Field: field, Problem: err.Error()}
}

// shown quotes a value for a message: on one line, short, and without control sequences.
func shown(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "…"
	}
	return strconv.Quote(value)
}
