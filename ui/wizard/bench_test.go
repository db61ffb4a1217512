package wizard

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/clipboard"
)

func benchModel(ctx context.Context) *model {
	return newModel(ctx, Options{Open: func(context.Context, Connect) (Engine, error) { return &script{}, nil }, Getenv: plainEnv, now: now}, clipboard.Clipboard{})
}

// manyVPCs is the question with 10,000 VPCs of 500 accounts.
func manyVPCs(m *model) {
	m.answers.mode = steps.PerAccount
	c := askVPCs()
	c.chosen = map[string]bool{}
	m.stack = append(m.stack, c)
	var rows []row
	for i := range 10_000 {
		id := fmt.Sprintf("vpc-%017x", i)
		rows = append(rows, row{id: id, label: fmt.Sprintf("vpc number %d", i), cells: []string{id, "us-east-1", "10.0.0.0/16", fmt.Sprint(300000000000 + i%500), "none"}})
		c.chosen[id] = true
	}
	c.touched = true
	c.arrived(m, loadedMsg{value: found{rows: rows}})
}

func manyAccounts() *steps.Plan {
	s := steps.NewSetup(steps.Centralized)
	s.Name = "many"
	p := &steps.Plan{Setup: s, ReadAt: time.Now()}
	for i := range 500 {
		account := fmt.Sprint(300000000000 + i)
		for _, step := range []steps.StepName{steps.StepIdentity, steps.StepFlowLogs, steps.StepDelivery} {
			p.Steps = append(p.Steps, steps.PlannedStep{Step: step, Account: account, Region: "us-east-1", Target: "vpc-1", Change: steps.ChangeCreate, Summary: "create flow logs for 20 VPCs", After: str(exampleDocument)})
		}
	}
	return p
}

func manyReview(m *model) {
	m.stack = append(m.stack, &review{plan: manyAccounts()})
}

func manyRunning(m *model) {
	s := &running{plan: manyAccounts(), began: m.now(), steps: map[int]*progressOf{}, cancel: func() {}, kill: func() {}}
	for i := range s.plan.Steps {
		s.note(m, steps.StepEvent{Key: i, Step: s.plan.Steps[i].Step, Account: s.plan.Steps[i].Account, Status: []steps.Status{steps.Done, steps.Running, steps.Waiting, steps.Failed}[i%4], Message: "logs of 0 of 20 VPCs have arrived", Usually: time.Minute})
	}
	m.run = s
	m.stack = append(m.stack, s)
}

var crowds = map[string]struct {
	fill func(m *model)
	keys []tea.KeyMsg
}{
	"vpcs":   {manyVPCs, []tea.KeyMsg{{Type: tea.KeyDown}, {Type: tea.KeyRunes, Runes: []rune(" ")}, {Type: tea.KeyRunes, Runes: []rune("/")}, {Type: tea.KeyRunes, Runes: []rune("7")}, {Type: tea.KeyEnter}}},
	"review": {manyReview, []tea.KeyMsg{{Type: tea.KeyDown}, {Type: tea.KeyEnd}, {Type: tea.KeyPgDown}, {Type: tea.KeyHome}}},
	"run":    {manyRunning, []tea.KeyMsg{{Type: tea.KeyDown}, {Type: tea.KeyEnd}, {Type: tea.KeyPgUp}, {Type: tea.KeyHome}}},
}

// took presses keys n times and gives what an update and a view take at the 99th percentile.
func took(tb testing.TB, name string, n int) time.Duration {
	m := benchModel(tb.Context())
	crowds[name].fill(m)
	times := make([]time.Duration, 0, n)
	for i := range n {
		began := time.Now()
		m.Update(crowds[name].keys[i%len(crowds[name].keys)])
		if m.View() == "" {
			tb.Fatal("empty")
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return times[n*99/100]
}

// BenchmarkCrowds measures an update and a view with 10,000 VPCs, and with 500 accounts in review and run.
func BenchmarkCrowds(b *testing.B) {
	for name := range crowds {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			p99 := took(b, name, max(b.N, 100))
			b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
		})
	}
}

// An update and a view of a crowd do little more than those of a few: what is out of sight is not drawn. BenchmarkCrowds has the times.
func TestCrowdsCostLittle(t *testing.T) {
	for name, crowd := range crowds {
		m := benchModel(t.Context())
		crowd.fill(m)
		i := 0
		allocs := testing.AllocsPerRun(20, func() {
			m.Update(crowd.keys[i%len(crowd.keys)])
			_ = m.View()
			i++
		})
		if allocs > 8000 {
			t.Errorf("%s: %.0f allocations for one update and view", name, allocs)
		}
	}
}

// An hour of ticks with 10,000 VPCs and a run of 500 accounts that waits, and says so every minute, leaves nothing behind, and all of it
// stays below 100 MiB.
func TestAnHourOfTicksLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := benchModel(t.Context())
		manyVPCs(m)
		manyRunning(m)
		heap := func() uint64 {
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return s.HeapAlloc
		}
		idle := func(long time.Duration) {
			for i := range int(long / tickEvery) {
				time.Sleep(tickEvery)
				m.ticking = true // nobody waits for the next one here
				m.Update(tickMsg{})
				if i%500 != 0 { // drawing takes most of the time
					continue
				}
				for key, p := range m.run.steps {
					if p.event.Status == steps.Waiting {
						m.run.note(m, steps.StepEvent{Key: key, Step: p.event.Step, Account: p.event.Account, Status: steps.Waiting, Usually: time.Minute, Message: fmt.Sprintf("logs of %d of 20 VPCs have arrived", i/500%20)})
					}
				}
				_ = m.View()
			}
		}
		idle(6 * time.Minute) // until the log is full
		before := heap()
		idle(time.Hour)
		after := heap()
		runtime.KeepAlive(m) // or it would be gone before it is weighed
		if after > before+128<<10 || after > 100<<20 {
			t.Errorf("%d KiB in use before, %d KiB after an hour", before>>10, after>>10)
		}
	})
}
