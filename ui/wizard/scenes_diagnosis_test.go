package wizard

import (
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// What is wrong, and what mends it.
var diagnosisScenes = map[string]scene{
	"diagnosis":         {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis() }},
	"diagnosis-below":   {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("down", "down", "down") }},
	"diagnosis-cause":   {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("enter") }},
	"diagnosis-all":     {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("enter", "tab") }},
	"diagnosis-by-hand": {&script{ill: byHand}, func(d *driver) { d.diagnosis() }},
	"diagnosis-apply":   {&script{ill: applied}, func(d *driver) { d.diagnosis() }},
	"diagnosis-reading": {&script{}, func(d *driver) {
		d.m.engine.(*script).stuck = true
		d.diagnosis()
		time.Sleep(3 * time.Second)
	}},
	"diagnosis-unreadable": {&script{unproved: expired}, func(d *driver) { d.diagnosis() }},
	"diagnosis-nothing":    {&script{ill: verifiedReport}, func(d *driver) { d.diagnosis() }},
	"diagnosis-open": {&script{ill: func() steps.Report {
		r := unproven()
		r.Limits = []string{"SCPs cannot be read from this account"}
		return r
	}}, func(d *driver) { d.diagnosis() }},
	"diagnosis-of-blocked": {&script{plan: blocked, ill: byHand}, func(d *driver) { d.perAccount(10); d.keys("d") }},
	"diagnosis-of-failed":  {&script{run: failing, ill: denied, mends: true}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("d") }},
	"mend-review":          {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("m") }},
	"mend-confirm":         {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("m", "a") }},
	"mend-run":             {&script{ill: denied, mends: true, run: stubborn}, func(d *driver) { d.diagnosis(); d.keys("m"); d.confirm() }},
	"mend-failed":          {&script{ill: denied, mends: true, run: unmended}, func(d *driver) { d.diagnosis(); d.keys("m"); d.confirm() }},
	"mend-interrupted":     {&script{ill: denied, mends: true, run: stubborn}, func(d *driver) { d.diagnosis(); d.keys("m"); d.confirm(); d.keys("ctrl+c", "ctrl+c") }},
	"mended":               {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("m"); d.confirm() }},
	"mended-nothing-left":  {&script{ill: denied, mends: true, plan: nothing}, func(d *driver) { d.diagnosis(); d.keys("m"); d.confirm() }},
	"diagnosis-help":       {&script{ill: denied, mends: true}, func(d *driver) { d.diagnosis(); d.keys("?") }},
}

// diagnosis goes to the diagnosis of a set-up that is known here.
func (d *driver) diagnosis() {
	d.remember()
	d.keys("r", "enter", "enter", "down", "down", "down", "enter")
}
