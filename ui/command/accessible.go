package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// journey is the wizard in plain lines, for a screen reader: each question once, nothing drawn over.
type journey struct {
	*app
	ctx    context.Context
	engine *steps.Engine
	p      *plain.Printer
}

// plainly leads through the wizard in plain lines.
func (a *app) plainly(ctx context.Context) error {
	j := &journey{app: a, ctx: ctx, p: plain.New(a.err, a.look(a.err), steps.Setup{})}
	if err := j.who(); err != nil {
		return err
	}
	for {
		again, err := j.begin()
		if !again {
			return err
		}
	}
}

var errLeft = exit{code: exitDone}

// choose asks for one of a few ways; what each does stands beside it.
func (j *journey) choose(title, ask, more string, ways []way) error {
	choices := make([]plain.Choice, len(ways))
	for n, w := range ways {
		choices[n] = w.Choice
	}
	at, err := j.p.Choose(j.ctx, j.asker, title, ask, more, choices)
	if err != nil {
		return err
	}
	if at < 0 {
		return errBack
	}
	return ways[at].do()
}

type way struct {
	plain.Choice
	do func() error
}

var errBack = errors.New("back")

// who says who acts, and lets the person pick another profile.
func (j *journey) who() error {
	for {
		engine, err := j.connect(j.ctx)
		var id steps.Identity
		if err == nil {
			j.engine = engine
			id, err = engine.Who(j.ctx)
		}
		if j.ctx.Err() != nil {
			return j.ctx.Err()
		}
		var wrong exit
		if errors.As(err, &wrong) {
			return err
		}
		changed := false
		other := way{plain.Choice{Name: words.SayOtherWho, Means: words.SayOtherMeans}, func() error { changed = true; return j.profileOf() }}
		ask := fmt.Sprintf(words.SayActAs, text.Line(id.ARN), id.Account, id.Region)
		ways := []way{{plain.Choice{Name: words.SayContinue}, func() error { return nil }}, other}
		if err != nil {
			j.p.Failure(err)
			failed := err
			ask = ""
			ways = []way{other, {plain.Choice{Name: words.SayTryAgain}, func() error { changed = true; return nil }},
				{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return failed }}}
		}
		if j.sandbox && err == nil {
			ask += " " + words.SaySandbox
		}
		if err := j.choose(words.TitleWho, ask, "", ways); err != nil && !errors.Is(err, errBack) {
			return err
		} else if err == nil && !changed {
			return nil
		}
	}
}

// profileOf asks for a profile of the AWS configuration.
func (j *journey) profileOf() error {
	var ways []way
	if j.engine != nil {
		for _, name := range j.engine.Profiles() {
			ways = append(ways, way{plain.Choice{Name: name}, func() error { j.profile = name; return nil }})
		}
	}
	if len(ways) > 0 {
		return j.choose(words.NameProfile, words.SayOtherMeans, "", ways)
	}
	name, err := j.asker.Line(j.ctx, words.NameProfile+": ")
	if errors.Is(err, io.EOF) {
		return &plain.Unanswered{Question: words.NameProfile}
	}
	if err == nil && name != "" {
		j.profile = name
	}
	return err
}

// begin offers the set-ups known here, the unfinished ones first, and a new one. again: the person wants to choose once more.
func (j *journey) begin() (again bool, err error) {
	all, err := j.store().Setups()
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(all, func(a, b steps.SetupState) int {
		switch done := words.Finished(a); {
		case done == words.Finished(b):
			return 0
		case done:
			return 1
		}
		return -1
	})
	if len(all) == 0 {
		return false, j.fresh()
	}
	var ways []way
	for _, st := range all {
		ways = append(ways, way{plain.Choice{Name: st.Setup, Means: words.State(st, time.Now())}, func() error { return j.known(st) }})
	}
	ways = append(ways, way{plain.Choice{Name: words.SayNewSetup, Means: words.SayNewSetupMeans}, j.fresh},
		way{plain.Choice{Name: words.SayLeave, Means: words.SayKnownLeave}, func() error { return errLeft }})
	err = j.choose(words.TitleKnown, "", words.HelpKnown, ways)
	return errors.Is(err, errBack), err
}

// fresh asks for a new set-up and applies it.
func (j *journey) fresh() error {
	s, err := j.p.Questions(j.ctx, j.asker, j.engine)
	if err != nil {
		return err
	}
	return j.apply(s)
}

// known offers what can be done with a set-up that is known here.
func (j *journey) known(st steps.SetupState) error {
	s, err := j.store().Load(st.Setup)
	if err != nil {
		return err
	}
	goOn := way{plain.Choice{Name: words.SayGoOn, Means: words.SayGoOnMeans}, func() error { return j.apply(s) }}
	change := way{plain.Choice{Name: words.SaySaveAnswers, Means: words.SayChangeInFilePlain}, func() error { return j.save(s.Name+".yaml", string(s.YAML())) }}
	prove := way{plain.Choice{Name: words.SayProve, Means: words.SayProveMeans}, func() error { return j.verify(j.ctx, "", []string{s.Name}, steps.ProofOptions{}, false) }}
	take := way{plain.Choice{Name: words.SayRevoke, Means: words.SayRevokeMeans}, func() error { return j.takeBack(s) }}
	kept := way{plain.Choice{Name: words.SayBackups, Means: words.SayBackupsMeans}, func() error { return j.backups(s.Name) }}
	if s.GrantsNobody() {
		take.Choice = plain.Choice{Name: words.SayRevokeGroup, Means: words.SayRevokeGroupMeans}
	}
	ways := []way{goOn, change, prove, take, kept}
	switch {
	case st.Verb == steps.VerbRevoke && st.Unfinished():
		take.Name = words.SayRevokeOn
		if st.Revoke != nil {
			take.do = func() error { return j.carry(j.revoking(j.engine, s, *st.Revoke, true)) }
		}
		ways = []way{take, goOn, prove, change, kept}
	case st.Status == steps.SetupRevoked:
		goOn.Choice = plain.Choice{Name: words.SaySetUpAgain, Means: words.SaySetUpAgainMeans}
		ways = []way{prove, goOn, change, take, kept}
	case words.Finished(st):
		goOn.Choice = plain.Choice{Name: words.SayReviewAgain, Means: words.SayReviewAgainMeans}
		ways = []way{prove, change, goOn, take, kept}
	}
	return j.choose(s.Name, words.State(st, time.Now()), words.HelpSetup, ways)
}

func (j *journey) apply(s steps.Setup) error {
	return j.carry(applying(j.engine, s, true, -1))
}

// takeBack asks what is to go besides the access; to keep it comes first.
func (j *journey) takeBack(s steps.Setup) error {
	var o steps.RevokeOptions
	type question struct {
		title, ask, keep, keepMeans, take, takeMeans string
		goes                                         *bool
	}
	questions := []question{{words.TitleRevokeLogs, words.SayRevokeLogs, words.SayKeepLogs, words.SayKeepLogsMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs}}
	switch {
	case s.GrantsNobody():
		questions = []question{{words.TitleRevokeLogs, words.SayRevokeGroupLogs, words.SayKeepLogs, words.SayKeepGroupMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs},
			{words.TitleRevokeGroup, words.SayRevokeLogGroup, words.SayKeepBucket, words.SayKeepLogGroupMeans, words.SayDeleteBucket, words.SayDeleteBucketMeans, &o.DeleteLogGroup}}
	default:
		if s.Mode == steps.PerAccount {
			questions = append(questions, question{words.TitleRevokeScope, words.SayRevokeScope, words.SayKeepScope, words.SayKeepScopeMeans, words.SayWidenScope, words.SayWidenScopeMeans, &o.RestoreScope})
		}
		questions = append(questions, question{words.TitleRevokeSessions, words.SayRevokeSessions, words.SayKeepSessions, words.SayKeepSessionsMeans, words.SayEndSessions, words.SayEndSessionsMeans, &o.EndSessions})
		if s.Bucket.Create {
			questions = append(questions, question{words.TitleRevokeBucket, words.SayRevokeBucket, words.SayKeepBucket, words.SayKeepBucketMeans, words.SayDeleteBucket, words.SayDeleteBucketMeans, &o.DeleteBucket})
		}
	}
	for n := 0; n < len(questions); n++ {
		q := questions[n]
		if q.goes == &o.DeleteLogGroup && !o.FlowLogs {
			continue // what delivers into the group stays, and so does the group
		}
		at, err := j.p.Choose(j.ctx, j.asker, q.title, q.ask, words.HelpRevoke, []plain.Choice{{Name: q.keep, Means: q.keepMeans}, {Name: q.take, Means: q.takeMeans}})
		switch {
		case err != nil:
			return err
		case at < 0 && n == 0:
			return errBack
		case at < 0:
			n -= 2
		default:
			*q.goes = at == 1
		}
	}
	return j.carry(j.revoking(j.engine, s, o, true))
}

// carry reviews and runs a job, as often as the person wants to try again, and offers what there is at the end.
func (j *journey) carry(do job) error {
	do.review = func(plan *steps.Plan) (bool, error) { return j.review(plan) }
	var plan *steps.Plan
	var result steps.Result
	do.ended = func(p *steps.Plan, r steps.Result) { plan, result = p, r }
	for {
		plan = nil
		outcome := j.carryOut(j.ctx, j.engine, do)
		if plan == nil || j.ctx.Err() != nil {
			return outcome
		}
		if outcome != nil {
			var ended exit
			if errors.As(outcome, &ended) && ended.err != nil {
				j.complain(ended.err)
				outcome = exit{code: ended.code}
			}
		}
		again := false
		if err := j.after(do.setup, plan, result, &again); err != nil {
			var closed *plain.Unanswered
			if errors.As(err, &closed) { // what came of the run counts
				return outcome
			}
			return err
		}
		if !again {
			return outcome
		}
	}
}

// after offers what there is to read and save when a run is over; where it failed, to try again comes first.
func (j *journey) after(s steps.Setup, plan *steps.Plan, r steps.Result, again *bool) error {
	for {
		done := false
		var ways []way
		title := words.TitleEnd
		leave := way{plain.Choice{Name: words.SayDone, Means: words.SayDoneMeans}, func() error { done = true; return nil }}
		switch r.Status {
		case steps.ResultFailed, steps.ResultWaiting, steps.ResultInterrupted:
			title = words.TitleFailure
			leave.Choice = plain.Choice{Name: words.SayLeave, Means: words.SayLeaveMeans}
			ways = []way{{plain.Choice{Name: words.SayTryAgain, Means: words.SayTryMeans}, func() error { *again = true; return nil }},
				{plain.Choice{Name: words.SayHandOver, Means: words.SayHandMeans}, func() error { return j.handOver(s, plan, r) }}, leave}
		default:
			ways = []way{leave}
		}
		ways = append(ways,
			way{plain.Choice{Name: words.SaySaveFile}, func() error { return j.save(s.Name+".yaml", string(s.YAML())) }},
			way{plain.Choice{Name: words.SaySaveReport}, func() error {
				var b strings.Builder
				plain.Markdown(&b, r.Report)
				return j.save(s.Name+"-report.md", b.String())
			}},
			way{plain.Choice{Name: words.SayShowPolicy}, func() error { return j.documents(s, false) }},
			way{plain.Choice{Name: words.SaySavePolicy}, func() error { return j.documents(s, true) }})
		if err := j.choose(title, "", "", ways); err != nil && !errors.Is(err, errBack) {
			return err
		}
		if done || *again {
			return nil
		}
	}
}

// review lets the person look at the steps of a plan one by one before it is confirmed.
func (j *journey) review(plan *steps.Plan) (bool, error) {
	for {
		answer, err := j.asker.Line(j.ctx, "\n"+words.TitleConfirm+" "+words.AskConfirm+" ")
		if errors.Is(err, io.EOF) {
			return false, &plain.Unanswered{Question: words.TitleConfirm}
		}
		if err != nil {
			return false, err
		}
		n, notNumber := strconv.Atoi(answer)
		switch {
		case strings.EqualFold(answer, "yes"):
			return true, nil
		case strings.EqualFold(answer, "no"), strings.EqualFold(answer, "back"):
			return false, nil
		case strings.EqualFold(answer, "list"):
			j.p.StepList(plan)
		case strings.EqualFold(answer, "save"):
			if err := j.documents(plan.Setup, true); err != nil {
				return false, err
			}
		case notNumber == nil && n >= 1 && n <= len(plan.Steps):
			j.p.StepDetails(plan, n-1)
		case answer == "?":
			j.p.Tell(words.HelpReviewPlain)
		default:
			j.p.Tell(fmt.Sprintf(words.SayNotAccepted, len(plan.Steps)))
		}
	}
}

// handOver saves what is left to do, for a person who may do it.
func (j *journey) handOver(s steps.Setup, plan *steps.Plan, r steps.Result) error {
	var b strings.Builder
	for n, step := range plan.Steps {
		requests := plan.Requests(n)
		if len(requests) == 0 && step.HandOff == "" {
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(strings.Join([]string{string(step.Step), step.Account, step.Region, step.Summary, step.HandOff}, "\n"))) {
			b.WriteString("# " + text.Line(line) + "\n")
		}
		b.WriteString(plain.CLIText(requests))
	}
	if f := r.Failure; f != nil {
		b.WriteString("# " + words.SayWhyNotDone + text.Line(f.Cause) + "\n")
	}
	return j.save(s.Name+"-hand-over.sh", b.String())
}

func (j *journey) documents(s steps.Setup, save bool) error {
	all, err := steps.Documents(s)
	if err != nil {
		return err
	}
	for _, d := range all {
		if save {
			if err := j.save(d.FileName, d.Text); err != nil {
				return err
			}
			continue
		}
		j.p.Document(d)
	}
	return nil
}

// save writes a text to a new file in the working directory, and says where. A file that is there is never overwritten; that it could not
// be written is said and ends nothing.
func (j *journey) save(name, content string) error {
	at, err := plain.SaveNew(".", name, content)
	if err != nil {
		j.p.Tell(words.SayCouldNot + err.Error())
		return nil
	}
	j.p.Tell(fmt.Sprintf(words.SaySaved, at))
	return nil
}
