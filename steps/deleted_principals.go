package steps

import (
	"errors"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// namesDeleted says why AWS refuses a policy however it is changed, and what to do: a statement of somebody else names a role or user that was deleted.
// Empty: none does. Source: IAM user guide, reference_policies_elements_principal.
func namesDeleted(what string, d policy.Document) (reason, fix string) {
	var named, out []string
	for _, p := range d.DeletedPrincipals() {
		statement := orIndex(policy.Reason{Sid: p.Sid, Index: p.Index})
		named = append(named, "statement "+statement+" of the "+what+" names "+p.ID)
		out = append(out, p.ID+" out of statement "+statement)
	}
	if len(named) == 0 {
		return "", ""
	}
	return strings.Join(named, ", ") + ": a role or user that was deleted, with which AWS refuses the whole policy",
		"take " + strings.Join(out, ", ") + ", or the statement where it names nobody else, then try again"
}

// refusedFor tells of a write that AWS refused whether it was for a deleted role or user.
func refusedFor(err error, what string, wanted policy.Document) error {
	var known *StepError
	reason, fix := namesDeleted(what, wanted)
	if reason != "" && awsops.MeaningOf(err) == awsops.Invalid && errors.As(err, &known) {
		told := *known
		told.Cause, told.Fix = reason+" ("+known.Cause+")", fix
		return &told
	}
	return err
}
