package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// simulated is the user or role whose policies are simulated, with the texts that bear on it.
type simulated struct {
	arn      string
	names    []string // of the identity policies
	texts    []string
	boundary string
}

// simulationSource finds the user or role of PolicySourceArn and decides the call's action on it.
func (c *call) simulationSource() (*simulated, *apiError) {
	arn := c.form.Get("PolicySourceArn")
	if arn == "" {
		return nil, constraint("policySourceArn", arn, "have length greater than or equal to 20")
	}
	if bad := c.may("iam:"+c.operation, arn, c.caller.account, nil); bad != nil {
		return nil, bad
	}
	missing := noSuchEntity("The entity with ARN %s cannot be found.", arn)
	a := c.account()
	if arnAccount(arn) != a.ID {
		return nil, missing
	}
	source := &simulated{arn: arn}
	var inline map[string]string
	var attached []string
	if role := roleByARN(a, arn); role != nil {
		inline, attached = role.Inline, role.Attached
		source.boundary, _ = c.w.policyText(role.Boundary)
	} else if _, name, ok := strings.Cut(arn, ":user/"); ok && a.Users[name] != nil {
		inline, attached = a.Users[name].Inline, a.Users[name].Attached
	} else {
		return nil, missing
	}
	for _, name := range sortedKeys(inline) {
		source.names, source.texts = append(source.names, name), append(source.texts, inline[name])
	}
	for _, arn := range attached {
		if text, ok := c.w.policyText(arn); ok {
			source.names, source.texts = append(source.names, arn[strings.LastIndexByte(arn, '/')+1:]), append(source.texts, text)
		}
	}
	return source, nil
}

func (s *simulated) add(c *call, member string) *apiError {
	for i, text := range c.formList(member + ".member") {
		if _, err := policy.Parse(text); err != nil {
			return invalidInput("Invalid Entity: %s: %s", member, err)
		}
		s.names, s.texts = append(s.names, fmt.Sprintf("%s.%d", member, i+1)), append(s.texts, text)
	}
	return nil
}

func (s *simulated) documents() []policy.Document {
	docs := make([]policy.Document, len(s.texts))
	for i, text := range s.texts {
		if d := parsed(text); d != nil {
			docs[i] = *d
		}
	}
	return docs
}

// contextKeys are the condition keys of the documents that are not filled in by IAM itself, in order.
func contextKeys(docs []policy.Document) []string {
	var keys []string
	for _, d := range docs {
		for _, s := range d.Statements {
			for _, t := range s.Condition {
				if !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, t.Key) }) {
					keys = append(keys, t.Key)
				}
			}
		}
	}
	slices.Sort(keys)
	return keys
}

func getContextKeys(c *call) (response, *apiError) {
	source, bad := c.simulationSource()
	if bad == nil {
		bad = source.add(c, "PolicyInputList")
	}
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("ContextKeyNames", func() {
			for _, k := range contextKeys(source.documents()) {
				x.text("member", k)
			}
		})
	})
}

// simulation is one action on one resource as simulated.
type simulation struct {
	resource string
	decision policy.Decision
	bounded  bool // the boundary allows it, or there is none
	byOrg    bool // the service control policies allow it, or there are none
	missing  []string
}

func (s simulation) word() string {
	return map[policy.Verdict]string{policy.Allowed: "allowed", policy.ExplicitlyDenied: "explicitDeny", policy.ImplicitlyDenied: "implicitDeny"}[s.decision.Verdict]
}

// simulatePrincipalPolicy decides actions by the policies, boundary and service control policies of a user or role. Resource policies are
// no part of it for roles (botocore iam:SimulatePrincipalPolicy).
func simulatePrincipalPolicy(c *call) (response, *apiError) {
	source, bad := c.simulationSource()
	if bad == nil {
		bad = source.add(c, "PolicyInputList")
	}
	if bad != nil {
		return response{}, bad
	}
	actions, resources := c.formList("ActionNames.member"), c.formList("ResourceArns.member")
	for _, a := range actions {
		if service, name, ok := strings.Cut(a, ":"); !ok || service == "" || name == "" || strings.ContainsAny(a, "*? ") {
			return response{}, invalidInput("Invalid Action: %s", a)
		}
	}
	if len(actions) == 0 {
		return response{}, validation("1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null")
	}
	if c.form.Get("ResourcePolicy") != "" && strings.Contains(source.arn, ":role/") {
		return response{}, invalidInput("ResourcePolicy is not supported for roles.")
	}
	for _, unsupported := range []string{"ResourcePolicy", "ResourceHandlingOption", "PermissionsBoundaryPolicyInputList.member.2"} {
		if c.form.Get(unsupported) != "" {
			return response{}, validation("The sandbox does not know the parameter " + unsupported + " of SimulatePrincipalPolicy.")
		}
	}
	everything := len(resources) == 0
	if everything {
		resources = []string{"*"}
	}
	if boundary := c.form.Get("PermissionsBoundaryPolicyInputList.member.1"); boundary != "" {
		source.boundary = boundary
	}
	ctx := c.simulationContext(source.arn)
	page, marker, bad := iamPage(c, actions, same)
	if bad != nil {
		return response{}, bad
	}
	return queryAnswer(c, func(x *xmlWriter) {
		x.page(marker)
		x.in("EvaluationResults", func() {
			for _, action := range page {
				var results []simulation
				for _, r := range resources {
					results = append(results, c.simulate(source, action, r, ctx))
				}
				x.in("member", func() { x.evaluation(source, action, results, everything || slices.Contains(resources, "*")) })
			}
		})
	})
}

// simulationContext is the given condition keys; IAM knows the principal itself.
func (c *call) simulationContext(arn string) map[string][]string {
	ctx := map[string][]string{"aws:PrincipalArn": {arn}}
	if id := c.w.orgID(arnAccount(arn)); id != "" {
		ctx["aws:PrincipalOrgID"] = []string{id}
	}
	for i := 1; ; i++ {
		p := "ContextEntries.member." + strconv.Itoa(i)
		if !c.form.Has(p + ".ContextKeyName") {
			return ctx
		}
		ctx[c.form.Get(p+".ContextKeyName")] = c.formList(p + ".ContextKeyValues.member")
	}
}

func (c *call) simulate(source *simulated, action, resource string, ctx map[string][]string) simulation {
	docs := source.documents()
	request := policy.Request{Principal: source.arn, Action: action, Resource: resource, ResourceAccount: c.caller.account, Context: ctx}
	policies := policy.Policies{Identity: docs, SCPs: c.w.scps(c.caller.account)}
	if strings.HasPrefix(strings.ToLower(action), "kms:") { // the key policy is no part of a simulation
		policies.Resource = parsed(defaultKeyPolicy(c.caller.account))
	}
	if source.boundary != "" {
		policies.Boundary = parsed(source.boundary)
	}
	out := simulation{resource: resource, decision: policy.Evaluate(request, policies)}
	anything := []policy.Document{policy.New(policy.Statement{Effect: policy.Allow, Action: policy.One("*"), Resource: policy.One("*")})}
	allows := func(p policy.Policies) bool {
		p.Identity, p.Resource = anything, policies.Resource
		return policy.Evaluate(request, p).Verdict == policy.Allowed
	}
	out.bounded = allows(policy.Policies{Boundary: policies.Boundary})
	out.byOrg = allows(policy.Policies{SCPs: policies.SCPs})
	if !out.byOrg { // newer answers give a denial by the organization as explicit
		out.decision = policy.Decision{Verdict: policy.ExplicitlyDenied}
	}
	for _, key := range contextKeys(docs) {
		given := slices.ContainsFunc(sortedKeys(ctx), func(k string) bool { return strings.EqualFold(k, key) })
		if !given && !strings.HasPrefix(strings.ToLower(key), "aws:principal") && !strings.EqualFold(key, "aws:username") {
			out.missing = append(out.missing, key)
		}
	}
	return out
}

// evaluation writes the results of one action. Those of the top are the worst of all resources.
func (x *xmlWriter) evaluation(source *simulated, action string, results []simulation, everything bool) {
	worst := results[0]
	rank := map[string]int{"allowed": 0, "implicitDeny": 1, "explicitDeny": 2}
	for _, r := range results[1:] {
		if rank[r.word()] > rank[worst.word()] {
			worst = r
		}
	}
	detail := func(r simulation) {
		x.in("PermissionsBoundaryDecisionDetail", func() { x.flag("AllowedByPermissionsBoundary", r.bounded) })
	}
	x.text("EvalActionName", action)
	x.text("EvalResourceName", worst.resource)
	x.text("EvalDecision", worst.word())
	x.matched(source, worst.decision)
	x.in("MissingContextValues", func() {
		for _, k := range worst.missing {
			if everything {
				x.text("member", k)
			}
		}
	})
	x.in("OrganizationsDecisionDetail", func() { x.flag("AllowedByOrganizations", worst.byOrg) })
	if source.boundary != "" {
		detail(worst)
	}
	if everything {
		return
	}
	x.in("ResourceSpecificResults", func() {
		for _, r := range results {
			x.in("member", func() {
				x.text("EvalResourceName", r.resource)
				x.text("EvalResourceDecision", r.word())
				x.matched(source, r.decision)
				x.in("MissingContextValues", func() {
					for _, k := range r.missing {
						x.text("member", k)
					}
				})
				if source.boundary != "" {
					detail(r)
				}
			})
		}
	})
}

// matched writes the identity statements that decided, with their place in the text.
func (x *xmlWriter) matched(source *simulated, d policy.Decision) {
	x.in("MatchedStatements", func() {
		for _, why := range d.Why {
			if why.Source != "identity" || d.Verdict == policy.ImplicitlyDenied {
				continue
			}
			from, to := statementPlace(source.texts[why.Policy], why.Index)
			x.in("member", func() {
				x.text("SourcePolicyId", source.names[why.Policy])
				x.text("SourcePolicyType", "IAM Policy")
				x.position("StartPosition", source.texts[why.Policy], from)
				x.position("EndPosition", source.texts[why.Policy], to)
			})
		}
	})
}

// position writes an offset as line and column, both from 1.
func (x *xmlWriter) position(name, text string, offset int) {
	before := text[:offset]
	x.in(name, func() {
		x.number("Line", strings.Count(before, "\n")+1)
		x.number("Column", offset-strings.LastIndexByte(before, '\n'))
	})
}

// statementPlace is where the nth statement of a policy text begins and ends, in bytes.
func statementPlace(text string, n int) (from, to int) {
	at := strings.Index(text, `"Statement"`)
	if at < 0 {
		return 0, len(text)
	}
	depth, count, quoted := 0, 0, false
	for i := at + len(`"Statement"`); i < len(text); i++ {
		switch ch := text[i]; {
		case quoted && ch == '\\':
			i++
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '{':
			if depth++; depth == 1 && count == n {
				from = i
			}
		case ch == '}':
			if depth--; depth == 0 {
				if count == n {
					return from, i + 1
				}
				count++
			}
		}
	}
	return 0, len(text)
}
