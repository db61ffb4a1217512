package policy

import (
	"fmt"
	"strings"
)

// Evaluate decides a request by the policies that bear on it, as AWS does within and across accounts
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
//
// Condition keys that AWS derives from the caller and the resource (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username,
// aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:ResourceAccount) are filled in where the request lacks them; all others,
// aws:CurrentTime among them, must be given. Without a ResourceAccount the one in the resource's ARN counts. Session policies, resource control policies,
// grants of KMS keys and access control lists are not looked at.
func Evaluate(r Request, p Policies) Decision {
	if parts, ok := arnParts(r.Resource); ok && r.ResourceAccount == "" {
		r.ResourceAccount = parts[4]
	}
	e := &evaluation{request: r, caller: parseCaller(r.Principal), ctx: requestContext{}}
	for k, v := range r.Context {
		e.ctx[strings.ToLower(k)] = v
	}
	derived := e.caller.defaults()
	if r.ResourceAccount != "" {
		derived["aws:ResourceAccount"] = r.ResourceAccount
	}
	for k, v := range derived {
		if _, given := e.ctx[strings.ToLower(k)]; !given {
			e.ctx[strings.ToLower(k)] = []string{v}
		}
	}
	return e.decide(p)
}

type evaluation struct {
	request Request
	caller  caller
	ctx     requestContext
	bounded bool // the caller has a permissions boundary
}

// verdicts of one set of documents.
type findings struct {
	allows, denies []Reason
	grip           grip // the best of the allowing statements, for resource policies
}

func (f findings) allowed() bool { return len(f.allows) > 0 }

func (e *evaluation) decide(p Policies) Decision {
	var identity, boundary, resource findings
	var levels []findings
	hasIdentity := e.caller.kind != service && e.caller.kind != anonymous
	if hasIdentity {
		identity = e.examine("identity", p.Identity)
		if p.Boundary != nil {
			e.bounded = true
			boundary = e.examine("boundary", []Document{*p.Boundary})
		}
		for _, level := range p.SCPs {
			levels = append(levels, e.examine("scp", level))
		}
		if e.caller.kind == accountRoot { // the root user needs no identity policy
			identity.allows = append(identity.allows, Reason{Source: "identity", Policy: -1, Index: -1, Effect: Allow})
		}
	}
	if p.Resource != nil {
		resource = e.examine("resource", []Document{*p.Resource})
	}

	denies := append(append(append([]Reason{}, identity.denies...), resource.denies...), boundary.denies...)
	for _, l := range levels {
		denies = append(denies, l.denies...)
	}
	if len(denies) > 0 {
		return Decision{Verdict: ExplicitlyDenied, Why: denies}
	}

	why := append(append([]Reason{}, identity.allows...), resource.allows...)
	why = withoutImplied(why)
	for i, l := range levels {
		if !l.allowed() {
			return Decision{ImplicitlyDenied, why, fmt.Sprintf("no service control policy at level %d of the organization allows %s on %s", i+1, e.request.Action, e.request.Resource)}
		}
	}
	missing := e.missing(p, identity, resource, boundary)
	if missing != "" {
		return Decision{ImplicitlyDenied, why, missing}
	}
	return Decision{Verdict: Allowed, Why: append(why, boundary.allows...)}
}

func withoutImplied(in []Reason) []Reason {
	out := in[:0]
	for _, r := range in {
		if r.Policy >= 0 {
			out = append(out, r)
		}
	}
	return out
}

// missing is what would have had to allow the request, "" when it is allowed.
func (e *evaluation) missing(p Policies, identity, resource, boundary findings) string {
	what := fmt.Sprintf("%s on %s", e.request.Action, e.request.Resource)
	who := e.request.Principal
	noun := e.resourceNoun()
	switch e.caller.kind {
	case anonymous, service:
		if who == "" {
			who = "anonymous callers"
		}
		if !resource.allowed() {
			return fmt.Sprintf("the %s does not allow %s for %s", noun, what, who)
		}
		return ""
	}
	identityMissing := func() string {
		if !identity.allowed() {
			return fmt.Sprintf("no policy of %s allows %s", who, what)
		}
		if p.Boundary != nil && !boundary.allowed() {
			return fmt.Sprintf("the permissions boundary of %s does not allow %s", who, what)
		}
		return ""
	}
	if e.caller.kind == accountRoot && e.isAssume() {
		return fmt.Sprintf("the root user of an account cannot assume a role, so not %s", e.request.Resource)
	}
	if e.caller.account != e.request.ResourceAccount {
		if !resource.allowed() {
			return fmt.Sprintf("the %s of account %s does not allow %s for %s", noun, e.request.ResourceAccount, what, who)
		}
		return identityMissing()
	}

	// Within the account a resource policy that names the caller, or everyone, is enough by itself; one that names the account leaves it to the
	// caller's own policies.
	if resource.grip > gripAccount {
		// What a resource policy gives to the user or the session itself is not cut by the boundary; what it gives to the role is.
		if resource.grip == gripRole && p.Boundary != nil && !boundary.allowed() {
			return fmt.Sprintf("the permissions boundary of %s does not allow %s", who, what)
		}
		return ""
	}
	if e.resourceMustAllow(p) && !resource.allowed() {
		return fmt.Sprintf("the %s names neither %s nor its account for %s, so IAM policies do not count", noun, who, what)
	}
	return identityMissing()
}

// resourceMustAllow tells whether identity policies count only where the resource policy lets them: always for keys, for roles by the trust
// policy that is given.
func (e *evaluation) resourceMustAllow(p Policies) bool {
	return e.service() == "kms" || e.isAssume() && p.Resource != nil
}

func (e *evaluation) service() string {
	s, _, _ := strings.Cut(strings.ToLower(e.request.Action), ":")
	return s
}

func (e *evaluation) isAssume() bool {
	switch strings.ToLower(e.request.Action) {
	case "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext":
		return true
	}
	return false
}

func (e *evaluation) resourceNoun() string {
	switch {
	case e.isAssume():
		return "trust policy"
	case e.service() == "kms":
		return "key policy"
	case e.service() == "s3":
		return "bucket policy"
	}
	return "resource policy"
}

func (e *evaluation) examine(source string, docs []Document) findings {
	var f findings
	for i, d := range docs {
		for j, s := range d.Statements {
			g, applies := e.applies(source, d.version(), s)
			if !applies {
				continue
			}
			why := Reason{Source: source, Policy: i, Index: j, Sid: s.Sid, Effect: s.Effect}
			if s.allows() {
				f.allows = append(f.allows, why)
				f.grip = max(f.grip, g)
			} else {
				f.denies = append(f.denies, why)
			}
		}
	}
	return f
}

func (e *evaluation) applies(source, version string, s Statement) (grip, bool) {
	g := gripNone
	if source == "resource" {
		switch {
		case s.NotPrincipal != nil:
			// Deny with NotPrincipal always hits a caller that has a permissions boundary, whoever is listed (documented on the same page).
			if s.NotPrincipal.spares(e.caller) && (s.allows() || !e.bounded) {
				return g, false
			}
			g = gripEveryone
		default:
			if g = s.Principal.grip(e.caller); g == gripNone {
				return g, false
			}
		}
	}
	if !s.Covers(e.request.Action) || !e.resourceApplies(version, s) {
		return g, false
	}
	holds, known := s.Condition.holds(version, e.ctx)
	if !known { // what cannot be understood never grants and always denies
		return g, !s.allows()
	}
	return g, holds
}

// variableBeforeResource tells whether a policy variable stands before the fifth colon of an ARN, where AWS takes none
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func variableBeforeResource(arn, version string) bool {
	head, _, found := strings.Cut(arn, "${")
	return version == Version2012 && found && strings.Count(head, ":") < 5
}

func (e *evaluation) resourceApplies(version string, s Statement) bool {
	matched := func(list Strings) bool {
		for _, r := range list.values {
			if p, ok := expand(r, version, e.ctx); ok && !variableBeforeResource(r, version) && p.matchesARN(e.request.Resource) {
				return true
			}
		}
		return false
	}
	switch {
	case s.NotResource.IsSet():
		return !matched(s.NotResource)
	case s.Resource.IsSet():
		return matched(s.Resource)
	}
	return true // trust policies have no Resource
}
