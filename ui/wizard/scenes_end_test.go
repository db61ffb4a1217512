package wizard

import (
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// practised is a run in which the practice portal let the reader in.
func practised(r *steps.Result) {
	for i, c := range r.Report.Checks {
		if c.ID == "portal" {
			r.Report.Checks[i] = steps.Check{ID: "portal", Account: c.Account, Status: steps.Pass, Summary: "Verify of the practice portal succeeds with these values"}
		}
	}
}

// How a run came out, and proofs without a run.
var endScenes = map[string]scene{
	"end-result":         {&script{}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-warned":         {&script{plan: warned}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-warnings":       {&script{plan: warned}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("w") }},
	"end-practised":      {&script{run: ending(practised)}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-wrong":          {&script{report: exampleWrong()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("v") }},
	"end-portal":         {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "3") }},
	"end-policies":       {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab") }},
	"end-logs":           {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab") }},
	"end-checks":         {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "tab") }},
	"proof":              {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "down", "enter") }},
	"end-nothing":        {&script{run: ending(func(r *steps.Result) { r.Status, r.Made = steps.ResultUnchanged, nil })}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-waiting":        {&script{run: ending(waited)}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-handed-off":     {&script{plan: handedOff, run: handsOff}, func(d *driver) { d.centralized(13); d.confirm() }},
	"hand-over-commands": {&script{plan: handedOff, run: handsOff}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("h", "tab", "tab") }},
	"end-failed":         {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("enter") }},
	"end-unchecked":      {&script{run: ending(func(r *steps.Result) { r.Status, r.Report = steps.ResultFailed, steps.Report{} })}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("enter", "tab", "tab", "tab", "tab") }},
	"end-interrupted":    {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c", "enter") }},
	"end-proving": {&script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.m.engine.(*script).stuck = true
		d.keys("v")
		time.Sleep(3 * time.Second)
	}},
	"end-unproved":           {&script{run: ending(waited), unproved: expired}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("v") }},
	"end-wrong-many":         {&script{run: ending(func(r *steps.Result) { r.Status, r.Report = steps.ResultFailed, wrongOften(5) })}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("enter") }},
	"end-no-logs":            {&script{run: ending(func(r *steps.Result) { r.Report.Arrived = nil })}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab") }},
	"end-logs-of-days":       {&script{run: ending(days)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab") }},
	"end-portal-end":         {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "end") }},
	"end-per-account":        {&script{}, func(d *driver) { d.perAccount(10); d.confirm() }},
	"end-per-account-portal": {&script{}, func(d *driver) { d.perAccount(10); d.confirm(); d.keys("tab") }},
	"end-policy":             {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "enter") }},
	"end-check":              {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "tab", "down", "enter") }},
	"end-checks-said-once": {&script{run: ending(func(r *steps.Result) { // neither a name twice nor a document in a line
		r.Report.Checks = []steps.Check{
			{ID: "identity", Account: "444455556666", Target: "arn:aws:iam::444455556666:role/admin", Status: steps.Pass, Summary: "acts as arn:aws:iam::444455556666:role/admin"},
			{ID: "role", Account: "444455556666", Target: "ColortokensHubFlowLogsRole", Status: steps.Pass, Summary: "the role is there: arn:aws:iam::444455556666:role/ColortokensHubFlowLogsRole", Evidence: "arn:aws:iam::444455556666:role/ColortokensHubFlowLogsRole"},
			{ID: "bucket-policy", Account: "444455556666", Region: "us-east-1", Target: "central-flow-logs", Status: steps.Pass, Summary: "the bucket lets the logs of 2 accounts be delivered", Evidence: exampleDocument},
		}
	})}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "tab") }},
	"end-checks-regions": {&script{run: ending(func(r *steps.Result) {
		for _, region := range []string{"ap-south-1", "eu-central-1", "us-west-2"} {
			r.Report.Checks = append(r.Report.Checks, steps.Check{ID: "delivery", Account: "111122223333", Region: region, Status: steps.Pass, Summary: "there is no VPC to log"})
		}
	})}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "tab", "end") }},
	"end-checks-wrong": {&script{report: exampleWrong()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("v", "tab", "tab", "tab", "tab") }},
	"end-saved": {&script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.send(savedMsg{dir: "~/projects/network/flow-logs/set-ups/central", files: []string{"central-flow-logs-trust.json", "central-flow-logs-permissions-1.json", "central-flow-logs-bucket.json"}})
	}},
	"end-copied": {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.send(noticeMsg("Copied: the result.")) }},
	"end-handed": {&script{}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.send(noticeMsg(sayHandedToYourTerminal + "the result" + sayIfItDoesNotPaste))
	}},
	"end-help":  {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("?") }},
	"end-group": {&script{}, func(d *driver) { d.rememberFile(groupFile); d.keys("r", "enter", "enter", "enter"); d.confirm() }},
	"end-group-logs": {&script{}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "enter")
		d.confirm()
		d.keys("tab")
	}},
	"end-group-help": {&script{}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "enter")
		d.confirm()
		d.keys("?")
	}},
	"proof-reading": {&script{stuck: true}, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "down", "enter")
		time.Sleep(3 * time.Second)
	}},
	"proof-reading-checks": {&script{stuck: true}, func(d *driver) {
		d.remember()
		d.keys("r", "enter", "enter", "down", "down", "enter", "tab", "tab", "tab", "tab")
	}},
	"proof-unreadable":     {&script{unproved: expired}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "down", "enter") }},
	"proof-wrong":          {&script{report: exampleWrong()}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "down", "enter") }},
	"proof-unproven":       {&script{report: unproven()}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "down", "enter") }},
	"revoked-portal":       {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "tab") }},
	"revoked-logs":         {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "tab", "tab") }},
	"revoked-policies":     {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "tab", "tab", "tab") }},
	"revoked-help":         {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "?") }},
	"revoked-proved":       {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "v") }},
	"revoked-proved-logs":  {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "v", "tab", "tab") }},
	"revoked-back":         {&script{run: revoked, out: backIn}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "v") }},
	"proof-out":            {&script{}, func(d *driver) { d.proveOut() }},
	"proof-out-portal":     {&script{}, func(d *driver) { d.proveOut(); d.keys("tab") }},
	"proof-out-logs":       {&script{}, func(d *driver) { d.proveOut(); d.keys("tab", "tab") }},
	"proof-out-back":       {&script{out: backIn}, func(d *driver) { d.proveOut() }},
	"proof-out-others":     {&script{out: othersGrant}, func(d *driver) { d.proveOut() }},
	"proof-out-logs-wrong": {&script{out: logsStopped}, func(d *driver) { d.proveOut() }},
	"proof-out-unreadable": {&script{unproved: expired}, func(d *driver) { d.proveOut(); d.keys("tab", "tab") }},
	"revoked-group": {&script{run: revoked}, func(d *driver) {
		d.rememberFile(groupFile)
		d.keys("r", "enter", "enter", "end", "up", "enter", "enter", "a", "payments-groups", "enter")
	}},
	"revoke-ended":   {&script{run: stubborn}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "ctrl+c", "ctrl+c", "enter") }},
	"end-logs-below": {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "end") }},
}
