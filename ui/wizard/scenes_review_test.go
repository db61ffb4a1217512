package wizard

import (
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// The review, of a set-up and of taking back, and what is asked before it.
var reviewScenes = map[string]scene{
	"review":            {&script{}, func(d *driver) { d.centralized(13) }},
	"review-step":       {&script{}, func(d *driver) { d.centralized(13); d.keys("down", "enter") }},
	"review-confirm":    {&script{}, func(d *driver) { d.centralized(13); d.keys("a", "enter") }},
	"review-blocked":    {&script{plan: blocked}, func(d *driver) { d.perAccount(10); d.keys("a") }},
	"review-unreadable": {&script{plan: func(steps.Setup) (*steps.Plan, error) { return nil, steps.StepErrors{expired, expired} }}, func(d *driver) { d.perAccount(10) }},
	"review-faults": {&script{}, func(d *driver) {
		d.centralized(13)
		d.keys("e", "down", "down", "down", "enter", "ctrl+u", "222233334444", "enter", "enter", "esc", "esc", "esc", "esc")
	}},
	"review-without":            {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("x", "y") }},
	"revoke-logs":               {&script{}, func(d *driver) { d.revoke(0) }},
	"revoke-sessions":           {&script{}, func(d *driver) { d.revoke(1) }},
	"revoke-bucket":             {&script{}, func(d *driver) { d.revoke(2) }},
	"revoke-review":             {&script{}, func(d *driver) { d.revoke(3) }},
	"revoke-confirm":            {&script{}, func(d *driver) { d.revoke(3); d.keys("a", "yes", "enter") }},
	"revoke-blocked":            {&script{run: revoked, holds: true}, func(d *driver) { d.takeAll() }},
	"revoke-blocked-apply":      {&script{run: revoked, holds: true}, func(d *driver) { d.takeAll(); d.keys("a") }},
	"revoke-blocked-hand-off":   {&script{run: revoked, holds: true}, func(d *driver) { d.takeAll(); d.keys("enter", "tab") }},
	"revoke-bucket-kept":        {&script{run: revoked, holds: true}, func(d *driver) { d.takeAll(); d.keys("x") }},
	"revoked":                   {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter") }},
	"hand-over":                 {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("h") }},
	"review-reading":            {&script{stuck: true}, func(d *driver) { d.centralized(13); time.Sleep(3 * time.Second) }},
	"review-old":                {&script{}, func(d *driver) { d.centralized(13); time.Sleep(3 * time.Minute) }},
	"review-old-confirm":        {&script{}, func(d *driver) { d.centralized(13); time.Sleep(4 * time.Minute); d.keys("a") }},
	"review-warned-confirm":     {&script{plan: warned}, func(d *driver) { d.centralized(13); d.keys("w", "esc", "a") }},
	"review-empty-regions":      {&script{plan: emptyRegions}, func(d *driver) { d.centralized(13); d.keys("end") }},
	"review-empty-regions-list": {&script{plan: emptyRegions}, func(d *driver) { d.centralized(13); d.keys("end", "enter") }},
	"review-nothing":            {&script{plan: nothing}, func(d *driver) { d.centralized(13) }},
	"review-nothing-confirm":    {&script{plan: nothing}, func(d *driver) { d.centralized(13); d.keys("a") }},
	"review-handed-off":         {&script{plan: handedOff}, func(d *driver) { d.centralized(13) }},
	"review-handed-off-confirm": {&script{plan: handedOff}, func(d *driver) { d.centralized(13); d.keys("a") }},
	"review-hand-off":           {&script{plan: handedOff}, func(d *driver) { d.centralized(13); d.keys("enter", "tab") }},
	"review-hand-off-commands":  {&script{plan: handedOff}, func(d *driver) { d.centralized(13); d.keys("enter", "tab", "tab") }},
	"review-requests":           {&script{}, func(d *driver) { d.centralized(13); d.show(exampleRequests()); d.keys("tab") }},
	"review-commands":           {&script{}, func(d *driver) { d.centralized(13); d.show(exampleRequests()); d.keys("tab", "tab") }},
	"review-blocked-twice":      {&script{plan: blockedTwice}, func(d *driver) { d.centralized(13); d.keys("a") }},
	"review-warnings":           {&script{plan: warned}, func(d *driver) { d.centralized(13); d.keys("w") }},
	"review-warned":             {&script{plan: warned}, func(d *driver) { d.centralized(13) }},
	"review-stays":              {&script{plan: nothing}, func(d *driver) { d.centralized(13); d.keys("down", "down") }},
	"review-saved": {&script{}, func(d *driver) {
		d.centralized(13)
		d.send(savedMsg{dir: "~/projects/network/flow-logs/set-ups/central", files: []string{"central-flow-logs.yaml"}})
	}},
	"review-help":      {&script{}, func(d *driver) { d.centralized(13); d.keys("?") }},
	"review-step-help": {&script{}, func(d *driver) { d.centralized(13); d.keys("enter", "?") }},
	"revoke-help":      {&script{}, func(d *driver) { d.revoke(0); d.keys("?") }},
	"revoke-scope": {&script{}, func(d *driver) {
		d.rememberFile(perAccountFile)
		d.keys("r", "enter", "enter", "end", "up", "enter", "enter")
	}},
	"revoke-group-logs": {&script{}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "end", "up", "enter")
	}},
	"revoke-group": {&script{}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "end", "up", "enter", "down", "enter")
	}},
	"revoke-group-confirm": {&script{}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "end", "up", "enter", "enter", "a")
	}},
	"revoke-nothing":         {&script{plan: nothing}, func(d *driver) { d.revoke(3) }},
	"revoke-nothing-confirm": {&script{plan: nothing}, func(d *driver) { d.revoke(3); d.keys("a") }},
	"revoke-unreadable":      {&script{plan: unplanned}, func(d *driver) { d.revoke(3) }},
}
