package wizard

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// answer takes a new answer to a question in and goes on; where the answer cannot be taken it says what is wrong and stays.
func (m *model) answer(q screen, store func() (wrong string)) (tea.Cmd, string) {
	before := m.answers
	if wrong := store(); wrong != "" {
		return nil, wrong
	}
	m.answers.touched, m.answers.loaded = true, nil // what was answered counts from now on
	delete(m.open, q)
	m.changed(before)
	return m.nextQuestion(q), ""
}

// changed puts right what hangs on answers that are no longer what they were: what was of the old account goes, what was only filled in is
// filled in anew, and the questions concerned are open again.
func (m *model) changed(before answers) {
	a := &m.answers
	if a.account != before.account {
		m.accountChanged(before)
	}
	if a.name != "" && a.name == before.suggestedName() {
		a.name = a.suggestedName()
	}
	if a.bucket != before.bucket {
		m.ask(words.NameBucketDetails)
	}
	if a.ownKey && (!before.ownKey || a.bucketRegion != before.bucketRegion) {
		m.ask(words.NameKey)
	}
	if !slices.EqualFunc(a.resources, before.resources, func(a, b steps.ResourceAccount) bool { return a.ID == b.ID }) {
		m.ask(words.NameResourceWay)
	}
	if !slices.Equal(a.regions, before.regions) {
		m.ask(words.NameVPCs)
	}
}

// accountChanged forgets what belongs to the account that was answered before.
func (m *model) accountChanged(before answers) {
	a := &m.answers
	a.label, a.way.profile = "", "" // a name and a profile belong to one account
	m.anew(words.NameLabel)
	m.anew(words.NameWay)
	if a.bucket != "" && m.ofAccount(before) {
		a.bucket, a.bucketRegion, a.bucketExists = "", "", false
		m.anew(words.NameBucket)
	}
	if a.key != "" && accountIn(a.key) == before.account {
		a.key = ""
		m.anew(words.NameKey)
	}
	m.ask(words.NameBucketDetails) // whose it is has to be looked at again
	if a.mode == steps.PerAccount {
		if a.vpcs != nil {
			m.anew(words.NameVPCs)
		}
		a.vpcs = nil
	}
}

// ofAccount tells whether the bucket was filled in for the account that was answered before, or found in it.
func (m *model) ofAccount(before answers) bool {
	if before.bucket == bucketARN(m, before.suggestedBucket()) {
		return true
	}
	f, _ := m.question(words.NameBucket).(*field)
	return f != nil && slices.ContainsFunc(f.found, func(o option) bool { return bucketName(o.value) == bucketName(before.bucket) })
}

// accountIn is the account of an ARN; "" where it has none.
func accountIn(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

func bucketARN(m *model, name string) string {
	return fmt.Sprintf("arn:%s:s3:::%s", partition(m), name)
}

// actorChanged takes in that others act from now on: what was read is read again, and the account that was filled in is theirs.
func (m *model) actorChanged() {
	for _, questions := range m.questions {
		for _, q := range questions {
			q.(asked).unread()
		}
	}
	for _, name := range []string{words.NameFlowLogAccount, words.NameWorkloadAccount} {
		if f, ok := m.question(name).(*field); ok && !f.typed && m.answers.base == nil {
			before := m.answers
			m.answers.account = ""
			m.changed(before)
		}
	}
}

// question is the question of a name in the chosen mode; nil where there is none.
func (m *model) question(name string) screen {
	for _, q := range m.questions[m.answers.mode] {
		if q.(asked).called() == name {
			return q
		}
	}
	return nil
}

// ask opens a question again: it is asked before the next review.
func (m *model) ask(name string) {
	if q := m.question(name); q != nil {
		m.open[q] = true
	}
}

// anew opens a question as if it had never been asked.
func (m *model) anew(name string) {
	if q := m.question(name); q != nil {
		q.(asked).forget()
		m.open[q] = true
	}
}
