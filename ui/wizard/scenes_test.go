package wizard

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"github.com/flowgrant/flowgrant/steps"
)

func now() time.Time { return time.Now() }

var expired = &steps.StepError{Step: steps.StepIdentity, Tried: "sign in with profile log-archive", Cause: "the single sign-on session has expired",
	Fix: "aws sso login --profile log-archive", RequestID: "8f1c"}

// centralized goes to a question of the centralized journey: reader, external ID, account, way, label, role, bucket, details, resources, way, regions, VPCs, rest.
func (d *driver) centralized(until int) {
	d.keys("enter", "down", "enter")
	for _, answer := range [][]string{
		{"999988887777", "enter"}, {"xs-7f3a91", "enter"}, {"ctrl+u", "444455556666", "enter"}, {"enter"}, {"enter"}, {"enter"},
		{"ctrl+u", "central-flow-logs", "enter"}, {"enter"}, {"down", "down", "space", "down", "space", "enter"}, {"enter"}, {"enter"}, {"enter"}, {"enter"},
	}[:until] {
		d.keys(answer...)
	}
}

func (d *driver) perAccount(until int) {
	d.keys("enter", "enter")
	for _, answer := range [][]string{
		{"999988887777", "enter"}, {"ctrl+u", "111122223333", "enter"}, {"enter"}, {"enter"}, {"enter"}, {"ctrl+u", "archive-existing", "enter"}, {"enter"},
		{"enter"}, {"enter"}, {"enter"},
	}[:until] {
		d.keys(answer...)
	}
}

// remember puts a set-up that was begun before into the store.
func (d *driver) remember() {
	d.t.Helper()
	s, err := steps.ParseSetup("contract.yaml", []byte(contractFile))
	if err != nil {
		d.t.Fatal(err)
	}
	d.m.o.Store = steps.OpenStore(d.t.TempDir())
	if err := d.m.o.Store.Save(s); err != nil {
		d.t.Fatal(err)
	}
}

// revoke goes to a question of taking back: flow logs, sessions, bucket, and then to the review.
func (d *driver) revoke(until int) {
	d.remember()
	d.keys("r", "enter", "enter", "down", "down", "down", "enter")
	for n := range until {
		if n == 0 {
			d.keys("down") // delete the flow logs: only then the bucket may go
		}
		d.keys("enter")
	}
}

func (d *driver) confirm() { d.keys("a", "yes", "enter") }

// midway is a run that waits for logs until it is stopped.
func midway(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	for i, s := range p.Steps {
		e := steps.StepEvent{Time: time.Now(), Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: "done: " + s.Summary}
		switch s.Step {
		case steps.StepDelivery:
			e.Status, e.Message, e.Usually = steps.Waiting, "waiting for the first object of 2 flow logs.", 15*time.Minute
		case steps.StepAccess, steps.StepPortal:
			continue
		}
		o.Emit(e)
	}
	<-ctx.Done()
	r := exampleResult(p)
	r.Status = steps.ResultInterrupted
	return r
}

// stubborn is a run whose call in flight ends only when it is killed.
func stubborn(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	o.Emit(steps.StepEvent{Key: 1, Step: steps.StepBucket, Account: p.Setup.Account.ID, Status: steps.Running, Message: "creating the bucket"})
	<-o.Kill.Done()
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultInterrupted}
}

func failing(_ context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
	for i, s := range p.Steps {
		e := steps.StepEvent{Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: s.Summary}
		if s.Step == steps.StepRole {
			e.Status, e.Cause, e.Fix, e.RequestID = steps.Failed, "AccessDenied: not authorized to perform iam:CreateRole", "let OrganizationAccountAccessRole call iam:CreateRole", "r-1"
			o.Emit(e)
			r := exampleResult(p)
			r.Status, r.Failure, r.NotMade = steps.ResultFailed, &e, []string{"role: AccessDenied", "flow-logs: needs the role"}
			return r
		}
		o.Emit(e)
	}
	panic("the plan has no role step")
}

// failsAndWaits is a run in which a step fails while the others' logs are waited for. Tried again, it comes to its end.
func failsAndWaits(also ...steps.StepName) func(context.Context, *steps.Plan, steps.RunOptions) steps.Result {
	return func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		tell := func(fails bool) {
			for i, s := range p.Steps {
				e := steps.StepEvent{Key: i, Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target, Change: s.Change, Status: steps.Done, Message: s.Summary}
				there := s.Account == "222233334444"
				switch {
				case fails && (there && s.Step == steps.StepFlowLogs || slices.Contains(also, s.Step)):
					e.Status, e.RequestID = steps.Failed, "r-2"
					e.Cause, e.Fix = "AccessDenied: not authorized to perform ec2:CreateFlowLogs", "let OrganizationAccountAccessRole call ec2:CreateFlowLogs"
				case fails && there && s.Step == steps.StepDelivery:
					e.Status, e.Message = steps.Skipped, "not started: it needs flow-logs, which is not done"
				case s.Step == steps.StepDelivery:
					e.Status, e.Message, e.Usually = steps.Waiting, "logs of 0 of 2 VPCs have arrived", 15*time.Minute
				case s.Step == steps.StepAccess, s.Step == steps.StepPortal:
					continue
				}
				o.Emit(e)
			}
		}
		tell(true)
		select {
		case <-ctx.Done():
			r := exampleResult(p)
			r.Status = steps.ResultFailed
			return r
		case key := <-o.Again:
			o.Emit(steps.StepEvent{Key: key, Step: p.Steps[key].Step, Account: p.Steps[key].Account, Region: p.Steps[key].Region, Status: steps.Running, Message: p.Steps[key].Summary})
			time.Sleep(time.Second)
			tell(false)
			<-ctx.Done()
			r := exampleResult(p)
			r.Status = steps.ResultInterrupted
			return r
		}
	}
}

func asking(kind steps.QuestionKind) func(context.Context, *steps.Plan, steps.RunOptions) steps.Result {
	return func(ctx context.Context, p *steps.Plan, o steps.RunOptions) steps.Result {
		answer := make(chan string, 1)
		o.Emit(steps.Question{ID: "q", Kind: kind, Text: "The new flow logs are proved. Delete the old one, fl-0123456789abcdef0, which costs as much again?",
			Answer: func(a string, ok bool) { answer <- fmt.Sprint(a, ok) }})
		select {
		case a := <-answer:
			r := exampleResult(p)
			r.Made = []string{"answer " + a}
			return r
		case <-ctx.Done():
			return steps.Result{Status: steps.ResultInterrupted}
		}
	}
}

// revoked is a run that took the access back.
func revoked(_ context.Context, p *steps.Plan, _ steps.RunOptions) steps.Result {
	return steps.Result{Setup: p.Setup.Name, Status: steps.ResultRevoked, Changed: 1, Made: []string{"delete role ColortokensHubFlowLogsRole"}, Portal: steps.GuidePortal(p.Setup).Portal,
		Report: steps.Report{Setup: p.Setup.Name, Status: steps.ReportVerified, Checks: []steps.Check{{ID: "access", Status: steps.Pass, Summary: "the reader is denied"}}}}
}

func blocked(s steps.Setup) (*steps.Plan, error) {
	p := examplePlan(s)
	p.Steps[3].Change, p.Steps[3].Reason = steps.ChangeBlocked, "its trust policy does not admit account 999988887777"
	p.Steps[3].HandOff = exampleDocument
	return p, nil
}

// scenes are the screens in the states they can be in.
var scenes = map[string]struct {
	engine *script
	play   func(d *driver)
}{
	"who":                {&script{}, func(*driver) {}},
	"who-no-credentials": {&script{who: expired}, func(*driver) {}},
	"who-commands":       {&script{who: expired}, func(d *driver) { d.keys("down", "down", "enter") }},
	"who-help":           {&script{}, func(d *driver) { d.keys("?") }},
	"profiles":           {&script{}, func(d *driver) { d.keys("down", "enter", "pay") }},
	"mode-per-account":   {&script{}, func(d *driver) { d.keys("enter") }},
	"mode-centralized":   {&script{}, func(d *driver) { d.keys("enter", "down") }},
	"reader":             {&script{}, func(d *driver) { d.centralized(0) }},
	"reader-wrong":       {&script{}, func(d *driver) { d.centralized(0); d.keys("99998") }},
	"reader-fits":        {&script{}, func(d *driver) { d.centralized(0); d.paste(" \"999988887777\"\n") }},
	"reader-help":        {&script{}, func(d *driver) { d.centralized(0); d.keys("?") }},
	"external-id":        {&script{}, func(d *driver) { d.centralized(1) }},
	"account":            {&script{}, func(d *driver) { d.centralized(2); d.keys("down", "down") }},
	"way":                {&script{}, func(d *driver) { d.centralized(3) }},
	"way-profile":        {&script{}, func(d *driver) { d.centralized(3); d.keys("right") }},
	"label":              {&script{}, func(d *driver) { d.centralized(4) }},
	"role":               {&script{}, func(d *driver) { d.perAccount(3) }},
	"role-loading":       {&script{slow: true}, func(d *driver) { d.perAccount(3) }},
	"role-unreadable":    {&script{discover: expired}, func(d *driver) { d.perAccount(3) }},
	"bucket":             {&script{}, func(d *driver) { d.centralized(6) }},
	"bucket-wrong":       {&script{}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "My_Bucket") }},
	"bucket-new":         {&script{}, func(d *driver) { d.centralized(7) }},
	"bucket-existing":    {&script{}, func(d *driver) { d.perAccount(6) }},
	"bucket-foreign":     {&script{}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "taken", "enter") }},
	"key":                {&script{}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter", "down") }},
	"key-refused": {&script{}, func(d *driver) {
		d.centralized(7)
		d.keys("down", "right", "enter", "up", "down", "down", "down", "down", "enter")
	}},
	"key-unreadable":    {&script{noKeys: expired}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter") }},
	"key-wrong":         {&script{}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter", "alias/logs") }},
	"resources":         {&script{}, func(d *driver) { d.centralized(8); d.keys("down", "down", "space") }},
	"resources-pasted":  {&script{}, func(d *driver) { d.centralized(8); d.paste("111122223333, 777777777777\n12345\n111122223333") }},
	"resource-way":      {&script{}, func(d *driver) { d.centralized(9); d.keys("right") }},
	"regions":           {&script{}, func(d *driver) { d.centralized(10) }},
	"vpcs":              {&script{}, func(d *driver) { d.centralized(11) }},
	"vpcs-filter":       {&script{vpcs: 300}, func(d *driver) { d.centralized(11); d.keys("/", "number 12") }},
	"options":           {&script{}, func(d *driver) { d.centralized(12) }},
	"review":            {&script{}, func(d *driver) { d.centralized(13) }},
	"review-step":       {&script{}, func(d *driver) { d.centralized(13); d.keys("down", "enter") }},
	"review-confirm":    {&script{}, func(d *driver) { d.centralized(13); d.keys("a", "enter") }},
	"review-blocked":    {&script{plan: blocked}, func(d *driver) { d.perAccount(10); d.keys("a") }},
	"review-unreadable": {&script{plan: func(steps.Setup) (*steps.Plan, error) { return nil, steps.StepErrors{expired, expired} }}, func(d *driver) { d.perAccount(10) }},
	"review-faults": {&script{}, func(d *driver) {
		d.centralized(13)
		d.keys("e", "down", "down", "down", "enter", "ctrl+u", "222233334444", "enter", "enter", "esc", "esc", "esc", "esc")
	}},
	"login": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(lapseMsg{dialog: loginDialog(steps.Lapse{Profile: "log-archive", Account: "111122223333", Command: "aws sso login --profile log-archive", Look: func() {}})})
	}},
	"mfa": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(mfaMsg{dialog: mfaDialog("arn:aws:iam::444455556666:mfa/me", make(chan string, 1))})
		d.keys("123")
	}},
	"vpcs-none-chosen": {&script{}, func(d *driver) {
		d.centralized(11)
		d.keys("n", "enter")
	}},
	"run-waiting":       {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); time.Sleep(90 * time.Second); d.settle() }},
	"run-log":           {&script{run: midway}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("l") }},
	"run-stopping":      {&script{run: stubborn}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("ctrl+c") }},
	"run-failed":        {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-failing":       {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-failing-twice": {&script{run: failsAndWaits(steps.StepRole)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab") }},
	"run-again":         {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("r") }},
	"run-leave-out":     {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("x") }},
	"review-without":    {&script{run: failsAndWaits()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("x", "y") }},
	"run-question":      {&script{run: asking(steps.AskConfirm)}, func(d *driver) { d.centralized(13); d.confirm() }},
	"run-secret":        {&script{run: asking(steps.AskSecret)}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("123456") }},
	"end-result":        {&script{}, func(d *driver) { d.centralized(13); d.confirm() }},
	"end-wrong":         {&script{report: exampleWrong()}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("v") }},
	"end-portal":        {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "3") }},
	"end-policies":      {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab") }},
	"end-logs":          {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab") }},
	"end-checks":        {&script{}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("tab", "tab", "tab", "tab") }},
	"known":             {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter") }},
	"known-setup":       {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter") }},
	"answers":           {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "enter") }},
	"proof":             {&script{}, func(d *driver) { d.remember(); d.keys("r", "enter", "enter", "down", "down", "enter") }},
	"revoke-logs":       {&script{}, func(d *driver) { d.revoke(0) }},
	"revoke-sessions":   {&script{}, func(d *driver) { d.revoke(1) }},
	"revoke-bucket":     {&script{}, func(d *driver) { d.revoke(2) }},
	"revoke-review":     {&script{}, func(d *driver) { d.revoke(3) }},
	"revoke-confirm":    {&script{}, func(d *driver) { d.revoke(3); d.keys("a", "yes", "enter") }},
	"revoked":           {&script{run: revoked}, func(d *driver) { d.revoke(3); d.keys("a", "central-logs", "enter") }},
	"hand-over":         {&script{run: failing}, func(d *driver) { d.centralized(13); d.confirm(); d.keys("h") }},
	"quit":              {&script{}, func(d *driver) { d.centralized(2); d.keys("ctrl+c") }},
}

// stageScene plays a scene in a bubble of its own.
func stageScene(t *testing.T, name string, look func(d *driver)) {
	scene := scenes[name]
	synctest.Test(t, func(t *testing.T) {
		e := scene.engine.copy()
		d := drive(t, e)
		defer d.end()
		scene.play(d)
		look(d)
	})
}

func TestScreens(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			frames := map[int]string{}
			stageScene(t, name, func(d *driver) {
				for _, width := range []int{60, 80, 120} {
					d.size(width, 24)
					d.fits(name)
					frames[width] = d.m.View() + "\n"
				}
			})
			for width, frame := range frames {
				t.Run(fmt.Sprint(width), func(t *testing.T) { golden.RequireEqual(t, frame) })
			}
		})
	}
}

// TestFits goes through every scene at many sizes: no line is wider and no frame taller than the screen.
func TestFits(t *testing.T) {
	for name := range scenes {
		t.Run(name, func(t *testing.T) {
			stageScene(t, name, func(d *driver) {
				for w := 30; w <= 200; w += 10 {
					for _, h := range []int{5, 12, 20, 24, 33, 60} {
						d.size(w+h%7, h)
						d.fits(name)
					}
				}
			})
		})
	}
}
