package policy

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Kind is a kind of policy document with a size limit of its own.
type Kind string

// The kinds of documents.
const (
	BucketPolicy   Kind = "bucket policy"
	TrustPolicy    Kind = "trust policy"
	InlinePolicies Kind = "inline policies" // all inline policies of one role together
	ManagedPolicy  Kind = "managed policy"
	KeyPolicy      Kind = "key policy"
)

// Limit is the largest size that AWS takes for the kind by default: bytes for bucket and key policies, characters without white
// space for IAM's (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). 0 for an unknown kind.
func Limit(kind Kind) int {
	switch kind {
	case BucketPolicy:
		return 20 * 1024
	case KeyPolicy:
		return 32 * 1024
	case TrustPolicy:
		return 2048
	case InlinePolicies:
		return 10240
	case ManagedPolicy:
		return 6144
	}
	return 0
}

// Size is the size of the text as AWS counts it for the kind: bytes as sent for bucket and key policies; for IAM's policies
// characters, white space between JSON tokens not counted (inside strings it is, to be on the safe side).
func Size(kind Kind, text string) int {
	if kind == BucketPolicy || kind == KeyPolicy {
		return len(text)
	}
	n, inString, escaped := 0, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case inString && r == '\\':
			escaped = true
		case r == '"':
			inString = !inString
		case !inString && unicode.IsSpace(r):
			continue
		}
		n++
	}
	return n
}

// LimitError tells that documents are larger than AWS takes.
type LimitError struct {
	Kind  Kind
	Size  int
	Limit int
}

// Error names the kind, both sizes and the excess.
func (e *LimitError) Error() string {
	unit := "characters"
	if e.Kind == BucketPolicy || e.Kind == KeyPolicy {
		unit = "bytes"
	}
	verb := "has"
	if e.Kind == InlinePolicies {
		verb = "have together"
	}
	return fmt.Sprintf("the %s %s %d %s, %d more than the %d that AWS takes", e.Kind, verb, e.Size, unit, e.Size-e.Limit, e.Limit)
}

// CheckSize returns a *LimitError when a text is past the limit of its kind; inline policies count together, other texts each.
func CheckSize(kind Kind, texts ...string) error {
	total := 0
	for _, text := range texts {
		size := Size(kind, text)
		if kind == InlinePolicies {
			total += size
			continue
		}
		if size > Limit(kind) {
			return &LimitError{kind, size, Limit(kind)}
		}
	}
	if total > Limit(kind) {
		return &LimitError{kind, total, Limit(kind)}
	}
	return nil
}

// sizeOf is the size of a document written compactly.
func sizeOf(kind Kind, d Document) int {
	text := d.String()
	if kind == BucketPolicy || kind == KeyPolicy {
		return len(text)
	}
	return utf8.RuneCountInString(text)
}
