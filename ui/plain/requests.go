package plain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// RequestText shows requests with their parameters; documents within them are laid out too.
func RequestText(requests []steps.Request) string {
	var b strings.Builder
	for i, r := range requests {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, words.SayRequest, r.Service, r.Operation, r.Account)
		if r.Region != "" {
			b.WriteString(", " + r.Region)
		}
		b.WriteString("\n" + Pretty(laidOut(r.Input)) + "\n")
		if r.Note != "" {
			b.WriteString(words.LabelNote + r.Note + "\n")
		}
	}
	return b.String()
}

// Pretty writes a value as indented JSON.
func Pretty(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // maps of strings always encode
	return strings.TrimRight(b.String(), "\n")
}

// laidOut replaces a JSON document that stands in a string by what it says, so that it can be read.
func laidOut(input any) any {
	text, _ := json.Marshal(input)
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return input
	}
	for k, v := range fields {
		s, ok := v.(string)
		var document map[string]any
		if ok && strings.HasPrefix(s, "{") && json.Unmarshal([]byte(s), &document) == nil {
			fields[k] = json.RawMessage(s) // in the order in which it is written
		}
	}
	return fields
}

// CLIText is a shell script of requests of a plan.
func CLIText(plan *steps.Plan, requests []steps.Request) string {
	var b strings.Builder
	account := ""
	for _, r := range requests {
		if r.Account != account {
			account = r.Account
			acting(&b, plan, account)
		}
		if r.Note != "" {
			b.WriteString(words.LabelMind + r.Note + "\n")
		}
		b.WriteString(r.CLI() + "\n")
	}
	return b.String()
}

// StepScript is a shell script of what a step of a plan changes: its requests, or the commands of one that somebody else does; empty where
// no command does it.
func StepScript(plan *steps.Plan, step int) string {
	p := plan.Steps[step]
	if p.Commands == "" {
		return CLIText(plan, plan.Requests(step))
	}
	var b strings.Builder
	acting(&b, plan, p.Account)
	return b.String() + p.Commands + "\n"
}

// acting says as whom the commands in an account are to be carried out.
func acting(b *strings.Builder, plan *steps.Plan, account string) {
	fmt.Fprintf(b, words.SayAsSomebodyWhoMayIn, account)
	comment(b, plan.ActingIn(account)...)
}

// comment writes lines as comments of a shell.
func comment(b *strings.Builder, lines ...string) {
	for _, line := range lines {
		b.WriteString(strings.TrimRight("# "+strings.ReplaceAll(text.Clean(line), "\n", " "), " ") + "\n")
	}
}
