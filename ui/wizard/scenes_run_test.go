package wizard

import (
	"context"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// Runs under way, failed and stopped.
var runScenes = map[string]scene{
	"run-waiting":       {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); time.Sleep(90 * time.Second); d.settle() }},
	"run-empty-regions": {&script{plan: emptyRegions, run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("end") }},
	"run-log":           {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("l") }},
	"run-stopping":      {&script{run: stubborn}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c") }},
	"run-failed":        {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-failing":       {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-failing-twice": {&script{run: failsAndWaits(steps.StepRole)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab") }},
	"run-again":         {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("r") }},
	"run-leave-out":     {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("x") }},
	"run-question":      {&script{run: asking(steps.AskConfirm)}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-secret":        {&script{run: asking(steps.AskSecret)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("123456") }},
	"run-many":          {&script{run: midway}, func(d *driver) { d.many(8); d.confirm(); time.Sleep(time.Hour); d.settle() }},
	"run-ending":        {&script{run: deaf}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c", "ctrl+c") }},
	"run-not-left":      {&script{run: stubborn}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("q") }},
	"run-not-suspended": {&script{run: stubborn}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+z") }},
	"run-interrupted":   {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c") }},
	"run-retrying":      {&script{run: retrying}, func(d *driver) { d.centralized(13); d.confirm(); time.Sleep(20 * time.Second); d.settle() }},
	"run-fault":         {&script{run: func(context.Context, *steps.Plan, steps.RunOptions) steps.Result { panic("boom") }}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-not-proved":    {&script{run: ending(func(r *steps.Result) { r.Status, r.Report = steps.ResultFailed, exampleWrong() })}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-reading-again": {&script{run: failing}, func(d *driver) {
		d.centralized(13)
		d.confirm()
		d.m.engine.(*script).stuck = true
		d.keys("r")
		time.Sleep(3 * time.Second)
	}},
	"run-not-planned":     {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.m.engine.(*script).plan = unplanned; d.keys("r") }},
	"run-other-plan":      {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.m.engine.(*script).plan = otherPlan; d.keys("r") }},
	"run-leave-out-after": {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c", "x") }},
	"run-secret-empty":    {&script{run: asking(steps.AskSecret)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("enter") }},
	"run-help":            {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("?") }},
	"revoke-run":          {&script{run: stubborn}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter") }},
	"revoke-failed":       {&script{run: failing}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter") }},
	"revoke-interrupted":  {&script{run: stubborn}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter", "ctrl+c", "ctrl+c") }},
	"hand-over-json":      {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("h", "tab") }},
}
