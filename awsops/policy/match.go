package policy

import "strings"

// pattern is a text with wildcards; letters from a policy variable are literal even where they look like wildcards.
type pattern []glyph

type glyph struct {
	r    rune
	wild bool // * or ? of the policy itself
}

// newPattern takes * and ? as wildcards.
func newPattern(text string) pattern {
	out := make(pattern, 0, len(text))
	for _, r := range text {
		out = append(out, glyph{r, r == '*' || r == '?'})
	}
	return out
}

func (p pattern) literal() string {
	var b strings.Builder
	for _, g := range p {
		b.WriteRune(g.r)
	}
	return b.String()
}

// matches compares in time proportional to the product of both lengths at worst, without recursion.
func (p pattern) matches(text string) bool {
	t := []rune(text)
	pi, ti, star, mark := 0, 0, -1, 0
	for ti < len(t) {
		switch {
		case pi < len(p) && p[pi].wild && p[pi].r == '*':
			star, mark = pi, ti
			pi++
		case pi < len(p) && (p[pi].wild && p[pi].r == '?' || !p[pi].wild && p[pi].r == t[ti]):
			pi, ti = pi+1, ti+1
		case star >= 0:
			mark++
			pi, ti = star+1, mark
		default:
			return false
		}
	}
	for pi < len(p) && p[pi].wild && p[pi].r == '*' {
		pi++
	}
	return pi == len(p)
}

// matchesARN compares ARNs part by part: no wildcard reaches over one of the first five colons
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html). A pattern of fewer parts that
// ends in * covers whatever follows.
func (p pattern) matchesARN(text string) bool {
	if len(p) == 1 && p[0].wild && p[0].r == '*' {
		return true
	}
	want, have := p.split(6), strings.SplitN(text, ":", 6)
	if len(want) > len(have) {
		return false
	}
	if len(want) < len(have) {
		last := want[len(want)-1]
		if len(last) == 0 || !last[len(last)-1].wild || last[len(last)-1].r != '*' {
			return false
		}
		have = strings.SplitN(text, ":", len(want))
	}
	for i := range want {
		if !want[i].matches(have[i]) {
			return false
		}
	}
	return true
}

func (p pattern) split(n int) []pattern {
	out := []pattern{}
	for len(out) < n-1 {
		cut := -1
		for i, g := range p {
			if g.r == ':' {
				cut = i
				break
			}
		}
		if cut < 0 {
			break
		}
		out, p = append(out, p[:cut]), p[cut+1:]
	}
	return append(out, p)
}

// actionMatches compares actions without regard to case.
func actionMatches(pat, action string) bool {
	return newPattern(strings.ToLower(pat)).matches(strings.ToLower(action))
}

// arnParts splits an ARN into its six parts; ok is false for anything else.
func arnParts(arn string) (parts [6]string, ok bool) {
	s := strings.SplitN(arn, ":", 6)
	if len(s) != 6 || s[0] != "arn" {
		return parts, false
	}
	copy(parts[:], s)
	return parts, true
}

func isAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// accountPrincipal is the account ID when the principal stands for a whole account: the ID itself or arn:PARTITION:iam::ID:root.
func accountPrincipal(v string) string {
	if isAccountID(v) {
		return v
	}
	if p, ok := arnParts(v); ok && p[2] == "iam" && p[5] == "root" && isAccountID(p[4]) {
		return p[4]
	}
	return ""
}
