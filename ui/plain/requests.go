package plain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
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

// CLIText is a shell script of the requests.
func CLIText(requests []steps.Request) string {
	var b strings.Builder
	account := ""
	for _, r := range requests {
		if r.Account != account {
			account = r.Account
			fmt.Fprintf(&b, words.SayAsSomebodyWhoMayIn, account)
		}
		if r.Note != "" {
			b.WriteString(words.LabelMind + r.Note + "\n")
		}
		b.WriteString(r.CLI() + "\n")
	}
	return b.String()
}
