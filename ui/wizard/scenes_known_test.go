package wizard

import (
	"github.com/flowgrant/flowgrant/steps"
)

// Set-ups that are known here.
var knownScenes = map[string]scene{
	"known":         {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter") }},
	"who-kept":      {&script{}, func(d *driver) { d.keepAnswers(1); d.keys("r") }},
	"who-kept-more": {&script{}, func(d *driver) { d.remember(); d.keepAnswers(2); d.keys("r") }},
	"known-kept":    {&script{}, func(d *driver) { d.remember(); d.keepAnswers(3); d.keys("r", "down", "enter") }},
	"quit-kept":     {&script{}, func(d *driver) { d.keepAnswers(1); d.centralized(2); d.keys("ctrl+c") }},
	"known-setup":   {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter") }},
	"answers":       {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "enter") }},
	"known-many":    {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter"); d.m.top().(*known).fill(knownStates(), nil) }},
	"kept-none":     {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "end", "enter") }},
	"kept":          {&script{}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter") }},
	"kept-help":     {&script{}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "?") }},
	"kept-review":   {&script{}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "enter") }},
	"kept-confirm":  {&script{}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "enter", "a") }},
	"kept-same":     {&script{plan: nothing}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "enter") }},
	"kept-put-back": {&script{}, func(d *driver) {
		d.keepDocuments()
		d.keys("r", "enter", "enter", "end", "enter", "enter", "a", "yes", "enter")
	}},
	"kept-failed": {&script{run: notPutBack}, func(d *driver) {
		d.keepDocuments()
		d.keys("r", "enter", "enter", "end", "enter", "enter", "a", "yes", "enter")
	}},
	"kept-gone":      {&script{plan: goneSince}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "enter") }},
	"kept-gone-step": {&script{plan: goneSince}, func(d *driver) { d.keepDocuments(); d.keys("r", "enter", "enter", "end", "enter", "enter", "enter") }},
	"kept-put-back-wrong": {&script{report: exampleWrong()}, func(d *driver) {
		d.keepDocuments()
		d.keys("r", "enter", "enter", "end", "enter", "enter", "a", "yes", "enter")
	}},
	"known-help":    {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "?") }},
	"known-reading": {&script{noNames: true}, func(d *driver) { d.rememberFile(unnamedFile); d.keys("r", "enter", "enter") }},
	"known-gone": {&script{}, func(d *driver) {
		d.remember()
		d.keys("r", "enter")
		d.m.o.Store = steps.OpenStore("/nowhere")
		d.page(steps.SetupState{Setup: "gone", Status: steps.SetupUnknown, Why: "its answers cannot be read"})
	}},
	"known-half-revoked": {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter"); d.page(knownStates()[3]) }},
	"known-revoked":      {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter"); d.page(knownStates()[4]) }},
	"known-verified":     {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter"); d.page(knownStates()[0]) }},
	"known-waiting":      {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter"); d.page(knownStates()[1]) }},
	"known-group":        {&script{}, func(d *driver) { d.rememberFile(groupFile); d.keys("r", "enter", "enter") }},
	"known-setup-help":   {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "?") }},
	"answers-help":       {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "enter", "?") }},
	"answers-chosen": {&script{}, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "enter", "down", "down", "down", "down")
	}},
	"answers-some-vpcs":   {&script{}, func(d *driver) { d.rememberFile(someVPCsFile); d.keys("r", "enter", "enter", "down", "enter") }},
	"answers-per-account": {&script{}, func(d *driver) { d.rememberFile(perAccountFile); d.keys("r", "enter", "enter", "down", "enter") }},
}
