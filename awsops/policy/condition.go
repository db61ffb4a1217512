package policy

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// requestContext is the condition keys of a request, by lower-case key.
type requestContext map[string][]string

func (c requestContext) get(key string) []string { return c[strings.ToLower(key)] }

// operator is one condition operator taken apart.
type operator struct {
	base     string // lower case, without set prefix and IfExists
	set      string // "", "forallvalues" or "foranyvalue"
	ifExists bool
}

func parseOperator(name string) operator {
	o := operator{base: strings.ToLower(name)}
	if set, base, ok := strings.Cut(o.base, ":"); ok {
		o.set, o.base = set, base
	}
	if base, ok := strings.CutSuffix(o.base, "ifexists"); ok {
		o.base, o.ifExists = base, true
	}
	return o
}

// KnownOperator tells whether the evaluator knows the condition operator; AWS refuses documents with others
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
func KnownOperator(name string) bool {
	o := parseOperator(name)
	if o.set != "" && o.set != "forallvalues" && o.set != "foranyvalue" {
		return false
	}
	if o.base == "null" {
		return o.set == "" && !o.ifExists
	}
	_, ok := comparisons[o.base]
	return ok
}

// comparison is how one operator compares: negated ones hold where no policy value compares.
type comparison struct {
	negated bool
	same    func(have string, want pattern) bool
}

var comparisons = map[string]comparison{
	"stringequals":              {false, stringEquals},
	"stringnotequals":           {true, stringEquals},
	"stringequalsignorecase":    {false, stringFold},
	"stringnotequalsignorecase": {true, stringFold},
	"stringlike":                {false, stringLike},
	"stringnotlike":             {true, stringLike},
	"numericequals":             {false, numeric(func(c int) bool { return c == 0 })},
	"numericnotequals":          {true, numeric(func(c int) bool { return c == 0 })},
	"numericlessthan":           {false, numeric(func(c int) bool { return c < 0 })},
	"numericlessthanequals":     {false, numeric(func(c int) bool { return c <= 0 })},
	"numericgreaterthan":        {false, numeric(func(c int) bool { return c > 0 })},
	"numericgreaterthanequals":  {false, numeric(func(c int) bool { return c >= 0 })},
	"dateequals":                {false, date(func(c int) bool { return c == 0 })},
	"datenotequals":             {true, date(func(c int) bool { return c == 0 })},
	"datelessthan":              {false, date(func(c int) bool { return c < 0 })},
	"datelessthanequals":        {false, date(func(c int) bool { return c <= 0 })},
	"dategreaterthan":           {false, date(func(c int) bool { return c > 0 })},
	"dategreaterthanequals":     {false, date(func(c int) bool { return c >= 0 })},
	"bool":                      {false, stringFold},
	"binaryequals":              {false, binaryEquals},
	"ipaddress":                 {false, ipIn},
	"notipaddress":              {true, ipIn},
	"arnequals":                 {false, arnLike},
	"arnlike":                   {false, arnLike},
	"arnnotequals":              {true, arnLike},
	"arnnotlike":                {true, arnLike},
}

// holds tells whether all tests of the condition hold; known is false where an operator is not known.
func (c Condition) holds(version string, ctx requestContext) (holds, known bool) {
	holds, known = true, true
	for _, t := range c {
		if !KnownOperator(t.Operator) {
			holds, known = false, false
			continue
		}
		if !t.holds(version, ctx) {
			holds = false
		}
	}
	return holds, known
}

func (t Test) holds(version string, ctx requestContext) bool {
	op := parseOperator(t.Operator)
	have := ctx.get(t.Key)
	if op.base == "null" {
		for _, v := range t.Values.values {
			if strings.EqualFold(v, "true") == (len(have) == 0) {
				return true
			}
		}
		return false
	}
	cmp := comparisons[op.base]
	if len(have) == 0 {
		// A missing key fails a positive operator and satisfies a negated one; the sets decide by themselves.
		switch {
		case op.ifExists, op.set == "forallvalues":
			return true
		case op.set == "foranyvalue":
			return false
		}
		return cmp.negated
	}
	if !strings.HasPrefix(op.base, "string") && !strings.HasPrefix(op.base, "arn") {
		version = Version2008 // only strings and ARNs take variables
	}
	var want []pattern
	for _, v := range t.Values.values {
		if p, ok := expand(v, version, ctx); ok {
			want = append(want, p)
		}
	}
	one := func(value string) bool {
		for _, w := range want {
			if cmp.same(value, w) {
				return !cmp.negated
			}
		}
		return cmp.negated
	}
	// Without a set operator several values of the request are one fact: any that compares counts, for a negated operator against it.
	all := op.set == "forallvalues" || op.set == "" && cmp.negated
	for _, value := range have {
		if one(value) != all {
			return !all
		}
	}
	return all
}

func stringEquals(have string, want pattern) bool { return have == want.literal() }

func stringFold(have string, want pattern) bool { return strings.EqualFold(have, want.literal()) }

func stringLike(have string, want pattern) bool { return want.matches(have) }

func arnLike(have string, want pattern) bool {
	if _, ok := arnParts(have); !ok {
		return false
	}
	return len(want.split(6)) == 6 && want.matchesARN(have) || want.literal() == "*"
}

func numeric(ok func(int) bool) func(string, pattern) bool {
	return func(have string, want pattern) bool {
		h, errH := strconv.ParseFloat(have, 64)
		w, errW := strconv.ParseFloat(want.literal(), 64)
		if errH != nil || errW != nil {
			return false
		}
		switch {
		case h < w:
			return ok(-1)
		case h > w:
			return ok(1)
		}
		return h == w && ok(0)
	}
}

func date(ok func(int) bool) func(string, pattern) bool {
	return func(have string, want pattern) bool {
		h, okH := parseDate(have)
		w, okW := parseDate(want.literal())
		return okH && okW && ok(h.Compare(w))
	}
}

// parseDate takes the W3C profile of ISO 8601 and seconds since 1970, as IAM does.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	return time.Time{}, false
}

func binaryEquals(have string, want pattern) bool {
	h, errH := base64.StdEncoding.DecodeString(have)
	w, errW := base64.StdEncoding.DecodeString(want.literal())
	return errH == nil && errW == nil && string(h) == string(w)
}

func ipIn(have string, want pattern) bool {
	addr, err := netip.ParseAddr(have)
	if err != nil {
		return false
	}
	text := want.literal()
	if net, err := netip.ParsePrefix(text); err == nil {
		return net.Masked().Contains(addr.Unmap())
	}
	single, err := netip.ParseAddr(text)
	return err == nil && single.Unmap() == addr.Unmap()
}
