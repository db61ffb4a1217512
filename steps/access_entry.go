package steps

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// entryCheck proves that the trust lets the reader in with its external ID, and with none or another does not.
func (s Setup) entryCheck(t *task, role *awsops.Role) Check {
	d, err := policy.Parse(role.Trust)
	if err != nil {
		return t.check("access.assume", Fail, "the trust policy cannot be understood", err.Error(), "mend the trust policy")
	}
	principal := ""
	if s.Mode == Centralized {
		principal = s.readerPrincipal()
	}
	f := policy.TrustAdmits(d, s.Reader.Account, principal, s.Reader.ExternalID)
	evidence := fmt.Sprintf("external IDs asked for: %s", orNone(strings.Join(f.ExternalIDs, ", ")))
	if wanted := s.Reader.ExternalID; wanted != "" {
		let := map[bool]string{true: "lets the reader in", false: "keeps the reader out"}
		evidence = fmt.Sprintf("with the external ID %s the trust policy %s%s, with none it %s, with another it %s", wanted, let[f.Admits], byStatements(d, f.Statements), let[!f.RefusesNone], let[!f.RefusesWrong])
	}
	if f.Root {
		evidence += "; the whole account " + s.Reader.Account + " is named, so its own policies say who may come"
	}
	if len(f.Others) > 0 {
		evidence += "; also trusted: " + strings.Join(f.Others, ", ")
	}
	if further := s.furtherConditions(d); further != "" && s.Mode == Centralized && s.exact(s.freedTrust(d)) {
		return t.check("access.assume", Unknown, "whether the reader can assume the role cannot be seen from here", "its statement in the trust policy has further conditions: "+further,
			"verify in the portal; where it is refused, the role's owner changes those conditions")
	}
	if when := s.notNow(d); when != "" && !f.Admits && s.Mode == Centralized {
		return t.check("access.assume", Fail, "the reader cannot assume the role now", when, "the role's owner changes that condition, or takes it out of the statement")
	}
	if fault, fix := s.entryFault(f); fault != "" {
		return t.check("access.assume", Fail, fault, evidence, fix)
	}
	if fault := s.pathFault(role); fault != "" && s.Mode == Centralized {
		return t.check("access.assume", Fail, "the reader cannot find the role by its name", fault, "flowgrant doctor -f FILE makes it again without a path, where this set-up made it")
	}
	if s.Mode == PerAccount && s.Reader.ExternalID == "" {
		return t.check("access.assume", Pass, "the trust policy names the reader's account", evidence, "")
	}
	if !f.RefusesNone || !f.RefusesWrong {
		return t.check("access.assume", Pass, "the reader can assume the role", evidence+"; it does not insist on the external ID", "")
	}
	return t.check("access.assume", Pass, "the reader can assume the role, and nobody without its external ID", evidence, "")
}

// entryFault says what is wrong with how a trust policy lets the reader in; empty: nothing.
func (s Setup) entryFault(f policy.TrustFinding) (fault, fix string) {
	switch {
	case f.Everyone:
		return "the trust policy lets everybody in", "name the reader's principal instead of *"
	case s.Mode == PerAccount && s.Reader.ExternalID == "" && len(f.Statements) > 0:
		return "", ""
	case !f.Admits:
		return "the reader cannot assume the role with its external ID", "flowgrant plan shows the statement that is needed"
	case s.Reader.ExternalID != "" && !(f.RefusesWrong && f.RefusesNone) && s.Mode == Centralized:
		return "the role can be assumed without the right external ID", "flowgrant apply puts the external ID into the trust policy"
	}
	return "", ""
}
