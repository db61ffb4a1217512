package steps

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// keptOutFix says what to do where a decision went against the reader.
func keptOutFix(d policy.Decision) string {
	switch {
	case d.Verdict == policy.ExplicitlyDenied:
		return "have whoever put that Deny there take it out, or except the role from it"
	case strings.Contains(d.Missing, "permissions boundary"):
		return "have whoever set the permissions boundary let it allow this, or take it off the role"
	default:
		return "flowgrant plan shows what is missing, flowgrant apply adds it"
	}
}

// byStatements names statements of a document.
func byStatements(d policy.Document, indexes []int) string {
	var names []string
	for _, i := range indexes {
		names = append(names, orIndex(policy.Reason{Sid: d.Statements[i].Sid, Index: i}))
	}
	if len(names) == 0 {
		return ""
	}
	return " (statement " + strings.Join(names, ", ") + ")"
}

// documents are what is called where a statement stands, where its document has no better name.
var documents = map[string]string{"identity": "the role's policies", "resource": "the resource's own policy", "boundary": "the permissions boundary", "scp": "a service control policy"}

// standing names the document of the resource in a decision.
func standing(d policy.Decision, document string) policy.Decision {
	for i := range d.Why {
		if d.Why[i].Source == "resource" {
			d.Why[i].Document = document
		}
	}
	return d
}

// reasons names the statements that decided, and where they stand.
func reasons(d policy.Decision) string {
	var list []string
	for _, r := range d.Why {
		list = append(list, fmt.Sprintf("statement %s of %s", orIndex(r), cmp.Or(r.Document, documents[r.Source], "the policy there")))
	}
	return strings.Join(list, ", ")
}

func orIndex(r policy.Reason) string {
	if r.Sid != "" {
		return r.Sid
	}
	return fmt.Sprintf("number %d", r.Index+1)
}

func orMissing(d policy.Decision) string {
	if d.Verdict == policy.ExplicitlyDenied {
		return "denied by " + reasons(d)
	}
	return d.Missing
}

// hangsOn says which statements decide by what cannot be known from here.
func hangsOn(d policy.Decision, keys []string) string {
	said := orMissing(d)
	if d.Verdict == policy.Allowed {
		said = "allowed by " + reasons(d)
	}
	return said + "; it hangs on " + strings.Join(keys, ", ")
}
