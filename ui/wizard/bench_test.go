package wizard

import (
	"context"
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/clipboard"
)

// BenchmarkManyVPCs moves through and filters 10,000 VPCs: one update and one view.
func BenchmarkManyVPCs(b *testing.B) {
	m := newModel(b.Context(), Options{Open: func(context.Context, Connect) (Engine, error) { return &script{}, nil }, Getenv: plainEnv, now: now}, clipboard.Clipboard{})
	m.answers.mode = steps.PerAccount
	c := askVPCs()
	c.chosen = map[string]bool{}
	m.stack = append(m.stack, c)
	var rows []row
	for i := range 10_000 {
		id := fmt.Sprintf("vpc-%017x", i)
		rows = append(rows, row{id: id, label: fmt.Sprintf("vpc number %d", i), cells: []string{id, "us-east-1", "10.0.0.0/16", "111122223333", "none"}})
		c.chosen[id] = true
	}
	c.touched = true
	c.arrived(m, loadedMsg{value: found{rows: rows}})
	keys := []tea.KeyMsg{{Type: tea.KeyDown}, {Type: tea.KeyRunes, Runes: []rune(" ")}, {Type: tea.KeyRunes, Runes: []rune("/")}, {Type: tea.KeyRunes, Runes: []rune("7")}, {Type: tea.KeyEnter}}
	for i := 0; b.Loop(); i++ {
		m.Update(keys[i%len(keys)])
		if m.View() == "" {
			b.Fatal("empty")
		}
	}
}
