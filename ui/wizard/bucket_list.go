package wizard

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

const (
	looksAtOnce = 4                // buckets that are looked at at a time
	looksAround = 12               // rows before and behind the cursor that are looked at
	lookTakes   = 30 * time.Second // at most, for one bucket
)

// bucketLooks are what is known of the buckets of a list: each is looked at once, those near the cursor first.
type bucketLooks struct {
	known  map[string]bucketFound // by account, caller and ARN
	asking map[string]bool
	ctx    context.Context // of all looks; nil: none is under way
	cancel context.CancelFunc
}

// lookedMsg brings what was found of one bucket of a list.
type lookedMsg struct{ found bucketFound }

// bucketOwner is the account whose buckets are offered, as a reading needs it.
func (m *model) bucketOwner() steps.AccountAnswers {
	account := m.answers.accountAnswers(m.identity)
	account.Role, account.Name = "", ""
	return account
}

func (m *model) bucketKey(arn string) string {
	return fmt.Sprint(m.identity.ARN, m.connect.Profile, m.bucketOwner(), arn)
}

// lookAround starts to look at the buckets near the cursor that nothing is known of yet, a few at a time.
func (m *model) lookAround(f *field) tea.Cmd {
	l := &m.looks
	if l.known == nil {
		l.known, l.asking = map[string]bucketFound{}, map[string]bool{}
	}
	found := f.matching()
	at := max(0, f.cursor)
	var cmds []tea.Cmd
	for away := 0; away <= looksAround; away++ {
		for _, i := range []int{at + away, at - away} {
			if i < 0 || i >= len(found) {
				continue
			}
			if len(l.asking) >= looksAtOnce {
				return tea.Batch(cmds...)
			}
			if key := m.bucketKey(found[i].value); !l.asking[key] && l.known[key].key == "" {
				l.asking[key] = true
				cmds = append(cmds, m.lookAt(key, found[i].value))
			}
		}
	}
	return tea.Batch(cmds...)
}

func (m *model) lookAt(key, arn string) tea.Cmd {
	if m.looks.ctx == nil {
		m.looks.ctx, m.looks.cancel = context.WithCancel(m.ctx)
	}
	engine, account, parent := m.engine, m.bucketOwner(), m.looks.ctx
	return func() (msg tea.Msg) {
		found := bucketFound{key: key}
		defer func() {
			if r := recover(); r != nil {
				found.err = fmt.Errorf(sayInternalFaultWhileReading, r)
			}
			msg = lookedMsg{found}
		}()
		ctx, cancel := context.WithTimeout(parent, lookTakes)
		defer cancel()
		found.details, found.err = engine.BucketDetails(ctx, account, arn)
		return nil
	}
}

// looked takes in what was found of a bucket, and goes on where the list is still in sight.
func (m *model) looked(msg lookedMsg) tea.Cmd {
	if m.looks.known == nil { // others act by now
		return nil
	}
	delete(m.looks.asking, msg.found.key)
	m.looks.known[msg.found.key] = msg.found
	if f, ok := m.top().(*field); ok && f.look != nil {
		return f.look(m, f)
	}
	return nil
}

// dropLooks ends the looks under way and forgets what they found.
func (m *model) dropLooks() {
	if m.looks.cancel != nil {
		m.looks.cancel()
	}
	m.looks = bucketLooks{}
}

// forgetLooks lets what could not be read be looked at again.
func (m *model) forgetLooks() {
	for key, found := range m.looks.known {
		if found.err != nil {
			delete(m.looks.known, key)
		}
	}
}

// bucketRow tells in a few words what is known of a bucket in the list.
func (m *model) bucketRow(o option) string {
	b := m.looks.known[m.bucketKey(o.value)]
	parts := []string{o.detail}
	switch {
	case b.key == "":
		parts = append(parts, "…")
	case b.err != nil:
		parts = append(parts, words.SayNotReadable)
	default:
		encryption, _, _ := strings.Cut(b.details.Encryption, " ")
		arriving := words.SayNoFlowLogs
		switch {
		case b.details.FlowLogsArrive:
			arriving = words.SayFlowLogsArrive
		case b.details.FlowLogStatements:
			arriving = words.SayFlowLogsMayArrive
		}
		parts = append(parts, orElse(encryption, labelEncryptionUnknown), arriving)
	}
	return strings.Join(parts, " · ")
}
