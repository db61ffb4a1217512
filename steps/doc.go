// Package steps is what a set-up is: its answers, the plan made from them, the run that applies it and the proof that it works.
//
// Data flows one way: answers → plan (live state beside wanted state) → review → run → events → report. The plan is a
// value: what a review shows and what the run applies is one and the same.
package steps
