package wizard

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// choose asks for one of a few ways, each with what it means; the safe one comes first.
type choose struct {
	menu
	heading, text, more string
}

func (s *choose) enter(*model) tea.Cmd      { return nil }
func (s *choose) stage() stage              { return stageAnswers }
func (s *choose) title(*model) string       { return s.heading }
func (s *choose) typing() bool              { return false }
func (s *choose) keys(*model) []key.Binding { return s.menu.keys() }
func (s *choose) help(*model) string        { return s.text + "\n\n" + s.more }
func (s *choose) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyMsg); ok {
		return s.menu.update(m, k)
	}
	return nil
}

func (s *choose) view(m *model, width, _ int) page {
	p := page{focus: -1}
	p.add(wrap(s.text, min(width, maxText))...)
	p.add("")
	s.menu.view(m, &p, width)
	return p
}

// askRevoke asks one by one what is to go besides the reader's access, o being what was chosen before, then shows the plan of it.
func (m *model) askRevoke(setup steps.Setup, o steps.RevokeOptions) tea.Cmd {
	questions := []revokeQuestion{{words.TitleRevokeLogs, words.SayRevokeLogs, words.SayKeepLogs, words.SayKeepLogsMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs}}
	if setup.GrantsNobody() {
		questions = []revokeQuestion{
			{words.TitleRevokeLogs, words.SayRevokeGroupLogs, words.SayKeepLogs, words.SayKeepGroupMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs},
			{words.TitleRevokeGroup, words.SayRevokeLogGroup, words.SayKeepBucket, words.SayKeepLogGroupMeans, words.SayDeleteBucket, words.SayDeleteGroupMeans, &o.DeleteLogGroup},
		}
		return m.askOneByOne(setup, &o, questions)
	}
	if setup.Mode == steps.PerAccount {
		questions = append(questions, revokeQuestion{words.TitleRevokeScope, words.SayRevokeScope, words.SayKeepScope, words.SayKeepScopeMeans, words.SayWidenScope, words.SayWidenScopeMeans, &o.RestoreScope})
	}
	questions = append(questions, revokeQuestion{words.TitleRevokeSessions, words.SayRevokeSessions, words.SayKeepSessions, words.SayKeepSessionsMeans, words.SayEndSessions, words.SayEndSessionsMeans, &o.EndSessions})
	if setup.Bucket.Create {
		questions = append(questions, revokeQuestion{words.TitleRevokeBucket, words.SayRevokeBucket, words.SayKeepBucket, words.SayKeepBucketMeans, words.SayDeleteBucket, words.SayDeleteBucketMeans, &o.DeleteBucket})
	}
	return m.askOneByOne(setup, &o, questions)
}

// revokeQuestion asks whether something goes; the safe answer, to keep it, comes first.
type revokeQuestion struct {
	heading, text, keep, keepMeans, take, takeMeans string
	set                                             *bool
}

func (m *model) askOneByOne(setup steps.Setup, o *steps.RevokeOptions, questions []revokeQuestion) tea.Cmd {
	var ask func(n int) func(m *model) tea.Cmd
	ask = func(n int) func(m *model) tea.Cmd {
		return func(m *model) tea.Cmd {
			if n == len(questions) {
				return m.toRevokeReview(setup, *o)
			}
			q := questions[n]
			if (q.set == &o.DeleteBucket || q.set == &o.DeleteLogGroup) && !o.FlowLogs {
				*q.set = false
				return ask(n + 1)(m) // what is delivered to stays with what delivers
			}
			answer := func(yes bool) func(m *model) tea.Cmd {
				return func(m *model) tea.Cmd {
					*q.set = yes
					return ask(n + 1)(m)
				}
			}
			s := &choose{heading: q.heading, text: q.text, more: words.HelpRevoke}
			s.items = []menuItem{{label: q.keep, detail: q.keepMeans, do: answer(false)}, {label: q.take, detail: q.takeMeans, do: answer(true)}}
			if *q.set { // it was chosen before
				s.cursor = 1
			}
			return m.show(s)
		}
	}
	return ask(0)(m)
}

// toRevokeReview shows what a revocation takes and what stays.
func (m *model) toRevokeReview(setup steps.Setup, o steps.RevokeOptions) tea.Cmd {
	if m.o.Store != nil {
		o.Before = m.o.Store.Before(setup.Name)
	}
	return m.showReview(&review{setup: setup, revoke: &o})
}

// planner makes the plan of a review: to apply a set-up, to take it back, to change what stands in its way, or to put a document back.
func (s *review) planner(engine Engine) func(ctx context.Context) (any, error) {
	setup, revoke, repair, restore := s.setup, s.revoke, s.repair, s.restore
	return func(ctx context.Context) (any, error) {
		switch {
		case revoke != nil:
			return engine.PlanRevoke(ctx, setup, *revoke)
		case restore != nil:
			return engine.PlanRestore(ctx, setup, *restore)
		case repair:
			found, err := engine.Diagnose(ctx, setup)
			if err != nil {
				return nil, err
			}
			return engine.RepairPlan(setup, found), nil
		}
		return engine.Plan(ctx, setup)
	}
}
