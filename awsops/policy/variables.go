package policy

import "strings"

// expand replaces the policy variables of one value: ${key}, ${key, 'default'}, ${*}, ${?} and ${$}
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html). ok is false where a variable has no value
// and no default, or several values: such a text equals nothing. Documents of 2008-10-17 have no variables.
func expand(text, version string, ctx requestContext) (out pattern, ok bool) {
	if version != Version2012 || !strings.Contains(text, "${") {
		return newPattern(text), true
	}
	for text != "" {
		start := strings.Index(text, "${")
		if start < 0 {
			break
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			break
		}
		out = append(out, newPattern(text[:start])...)
		value, found := variable(text[start+2:start+end], ctx)
		if !found {
			return nil, false
		}
		for _, r := range value {
			out = append(out, glyph{r: r})
		}
		text = text[start+end+1:]
	}
	return append(out, newPattern(text)...), true
}

func variable(name string, ctx requestContext) (string, bool) {
	switch name {
	case "*", "?", "$":
		return name, true
	}
	key, fallback, hasDefault := strings.Cut(name, ",")
	values := ctx.get(strings.TrimSpace(key))
	if len(values) == 1 {
		return values[0], true
	}
	fallback = strings.TrimSpace(fallback)
	if len(values) == 0 && hasDefault && len(fallback) >= 2 && fallback[0] == '\'' && fallback[len(fallback)-1] == '\'' {
		return fallback[1 : len(fallback)-1], true
	}
	return "", false
}
