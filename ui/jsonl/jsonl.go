// Package jsonl shows plans, runs, reports and results as JSON, one object a line, each with "version" and "type": for programs.
package jsonl

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/feed"
	"github.com/flowgrant/flowgrant/ui/text"
)

// formatVersion is the version of the lines' format.
const formatVersion = 1

// Writer writes the lines. Its methods may be called at the same moment from many goroutines: a line is written whole.
// An error of writing is told by the io.Writer underneath, which outlives each line.
type Writer struct {
	mu  sync.Mutex
	enc *json.Encoder
}

// New makes a Writer of lines to w.
func New(w io.Writer) *Writer {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Writer{enc: enc}
}

type head struct {
	Version int    `json:"version"`
	Type    string `json:"type"`
}

func of(kind string) head { return head{Version: formatVersion, Type: kind} }

type planLine struct {
	head
	Setup    string        `json:"setup"`
	Changes  int           `json:"changes"`
	Steps    []plannedStep `json:"steps"`
	Warnings []string      `json:"warnings"`
}

type plannedStep struct {
	Step    steps.StepName `json:"step"`
	Account string         `json:"account"`
	Region  string         `json:"region"`
	Target  string         `json:"target"`
	Change  steps.Change   `json:"change"`
	Summary string         `json:"summary"`
	Before  *string        `json:"before"`
	After   *string        `json:"after"`
	Reason  string         `json:"reason"`
	HandOff string         `json:"hand_off"`
	Notes   []string       `json:"notes"`
}

// Plan writes the plan line.
func (w *Writer) Plan(p *steps.Plan) {
	line := planLine{head: of("plan"), Setup: p.Setup.Name, Changes: p.Changes(), Steps: make([]plannedStep, 0, len(p.Steps)), Warnings: list(p.Warnings)}
	for _, s := range p.Steps {
		line.Steps = append(line.Steps, plannedStep{
			Step: s.Step, Account: s.Account, Region: s.Region, Target: text.Clean(s.Target), Change: s.Change,
			Summary: text.Clean(s.Summary), Before: cleaned(s.Before), After: cleaned(s.After), Reason: text.Clean(s.Reason),
			HandOff: text.Clean(s.HandOff), Notes: list(s.Notes),
		})
	}
	w.write(line)
}

type stepLine struct {
	head
	Time    string         `json:"time"`
	Step    steps.StepName `json:"step"`
	Account string         `json:"account"`
	Region  string         `json:"region"`
	Target  string         `json:"target"`
	Status  steps.Status   `json:"status"`
	Change  steps.Change   `json:"change"`
	Message string         `json:"message"`
	*failure
}

type failure struct {
	Cause     string `json:"cause"`
	Fix       string `json:"fix"`
	RequestID string `json:"request_id"`

	Refused []string `json:"refused,omitempty"` // VPC ids, where the step failed for these alone
}

// Step writes the line of a step that has come to a status.
func (w *Writer) Step(e steps.StepEvent) {
	line := stepLine{
		head: of("step"), Time: e.Time.UTC().Format(time.RFC3339Nano), Step: e.Step, Account: e.Account, Region: e.Region,
		Target: text.Clean(e.Target), Status: e.Status, Change: e.Change, Message: text.Clean(e.Message),
	}
	if line.Change == "" {
		line.Change = steps.ChangeNone
	}
	if e.Status == steps.Failed {
		line.failure = failureOf(e)
	}
	w.write(line)
}

func failureOf(e steps.StepEvent) *failure {
	return &failure{Cause: text.Clean(e.Cause), Fix: text.Clean(e.Fix), RequestID: text.Clean(e.RequestID), Refused: e.Refused}
}

// Failed writes the step lines of what kept a command from going on; nothing where that was no step.
func (w *Writer) Failed(err error) {
	var failed steps.StepErrors
	var one *steps.StepError
	switch {
	case errors.As(err, &failed):
	case errors.As(err, &one):
		failed = steps.StepErrors{one}
	}
	for _, f := range failed {
		w.Step(steps.StepEvent{Time: time.Now(), Step: f.Step, Account: f.Account, Region: f.Region, Target: f.Target,
			Status: steps.Failed, Message: f.Tried, Cause: f.Cause, Fix: f.Fix, RequestID: f.RequestID})
	}
}

// Watch starts to write what a run tells: emit never blocks, end returns when all of it is written. A question is written, and answered
// by ask.
func (w *Writer) Watch(ask func(steps.Question)) (emit func(steps.Event), end func()) {
	write := func(events []steps.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case steps.StepEvent:
				w.Step(e)
			case steps.Question:
				w.Question(e)
				ask(e)
			}
		}
	}
	f := feed.Start(func(f *feed.Feed) {
		for {
			select {
			case <-f.Wake():
				write(f.Take())
			case <-f.Quit():
				write(f.Take())
				return
			}
		}
	})
	return f.Emit, f.End
}

type reportLine struct {
	head
	Setup  string             `json:"setup"`
	Status steps.ReportStatus `json:"status"`
	Checks []check            `json:"checks"`
	Limits []string           `json:"limits"`
	Left   []string           `json:"left_out,omitempty"`
	Causes *[]cause           `json:"causes,omitempty"` // of doctor only

	Revoked bool `json:"revoked,omitempty"` // the proof is that the set-up is taken back, not that it works
}

type cause struct {
	ID       string     `json:"id"`
	Account  string     `json:"account"`
	Region   string     `json:"region"`
	Target   string     `json:"target"`
	Title    string     `json:"title"`
	Evidence string     `json:"evidence"`
	Fix      string     `json:"fix"`
	Mend     steps.Mend `json:"mend"`
	Remark   bool       `json:"remark,omitempty"` // about a flow log that is not the set-up's: it changes no status
}

type check struct {
	ID       string            `json:"id"`
	Account  string            `json:"account"`
	Region   string            `json:"region"`
	Target   string            `json:"target"`
	Status   steps.CheckStatus `json:"status"`
	Summary  string            `json:"summary"`
	Evidence string            `json:"evidence"`
	Fix      string            `json:"fix"`
}

// Report writes the report line.
func (w *Writer) Report(r steps.Report) { w.write(reported(r)) }

// Diagnosis writes the report line with the causes.
func (w *Writer) Diagnosis(r steps.Report) {
	line := reported(r)
	causes := make([]cause, 0, len(r.Causes))
	for _, c := range r.Causes {
		causes = append(causes, cause{ID: c.ID, Account: c.Account, Region: c.Region, Target: text.Clean(c.Target), Title: c.Title,
			Evidence: text.Clean(c.Evidence), Fix: text.Clean(c.Fix), Mend: c.Mend, Remark: c.Aside})
	}
	line.Causes = &causes
	w.write(line)
}

func reported(r steps.Report) reportLine {
	line := reportLine{head: of("report"), Setup: r.Setup, Status: r.Status, Checks: make([]check, 0, len(r.Checks)), Limits: list(r.Limits), Revoked: r.Withdrawn != nil}
	if len(r.LeftOut) > 0 {
		line.Left = list(r.LeftOut)
	}
	for _, c := range r.Checks {
		line.Checks = append(line.Checks, check{
			ID: c.ID, Account: c.Account, Region: c.Region, Target: text.Clean(c.Target), Status: c.Status,
			Summary: text.Clean(c.Summary), Evidence: text.Clean(c.Evidence), Fix: text.Clean(c.Fix),
		})
	}
	return line
}

type questionLine struct {
	head
	ID   string             `json:"id"`
	Kind steps.QuestionKind `json:"kind"`
	Text string             `json:"text"`
	Flag string             `json:"flag"`
}

// Question writes the line of what a run would have asked.
func (w *Writer) Question(q steps.Question) {
	w.write(questionLine{head: of("question"), ID: q.ID, Kind: q.Kind, Text: text.Clean(strings.Join(append([]string{q.Text}, q.Items...), "\n")), Flag: q.Flag})
}

type resultLine struct {
	head
	Setup   string             `json:"setup"`
	Status  steps.ResultStatus `json:"status"`
	Changed int                `json:"changed"`
	Made    []string           `json:"made"`
	NotMade []string           `json:"not_made"`
	Left    []string           `json:"left_out,omitempty"`
	Portal  *portal            `json:"portal"`
	*failure
}

type portal struct {
	AccountName string `json:"account_name"`
	AccountID   string `json:"account_id"`
	RoleName    string `json:"iam_role_name"`
	ExternalID  string `json:"external_id"`
	BucketARN   string `json:"s3_bucket_arn"`
}

// Result writes the result line, the last of a run.
func (w *Writer) Result(r steps.Result) {
	line := resultLine{head: of("result"), Setup: r.Setup, Status: r.Status, Changed: r.Changed, Made: list(r.Made), NotMade: list(r.NotMade)}
	if len(r.Report.LeftOut) > 0 {
		line.Left = list(r.Report.LeftOut)
	}
	if f := r.Failure; f != nil {
		line.failure = failureOf(*f)
	}
	if p := r.Portal; p != nil {
		line.Portal = &portal{AccountName: text.Clean(p.AccountName), AccountID: p.AccountID, RoleName: p.RoleName, ExternalID: p.ExternalID, BucketARN: p.BucketARN}
	}
	w.write(line)
}

// Program writes the version of the program, with what it was built with and for.
func (w *Writer) Program(release, built string) {
	w.write(struct {
		head
		Flowgrant string `json:"flowgrant"`
		Built     string `json:"built"`
	}{of("version"), release, built})
}

// Break writes a way in which the embedded AWS can be broken.
func (w *Writer) Break(id, title string) {
	w.write(struct {
		head
		ID    string `json:"id"`
		Title string `json:"title"`
	}{of("break"), id, title})
}

// Verdict writes how a case of policy check is decided.
func (w *Writer) Verdict(name, verdict string) {
	w.write(struct {
		head
		Name    string `json:"name"`
		Verdict string `json:"verdict"`
	}{of("verdict"), text.Clean(name), verdict})
}

func (w *Writer) write(line any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.enc.Encode(line)
}

// list cleans texts, and is an empty list rather than null where there are none.
func list(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, text.Clean(t))
	}
	return out
}

func cleaned(s *string) *string {
	if s == nil {
		return nil
	}
	c := text.Clean(*s)
	return &c
}
