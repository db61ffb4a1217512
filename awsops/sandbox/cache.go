package sandbox

import (
	"maps"
	"slices"
	"sync"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// parseCache remembers parsed policy texts, since every call is decided by the same few of them.
type parseCache struct {
	mu   sync.Mutex
	docs map[string]*policy.Document
}

func (p *parseCache) get(text string) *policy.Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, has := p.docs[text]; has {
		return d
	}
	var found *policy.Document
	if d, err := policy.Parse(text); err == nil {
		found = &d
	}
	if p.docs == nil || len(p.docs) > 4096 {
		p.docs = map[string]*policy.Document{}
	}
	p.docs[text] = found
	return found
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
