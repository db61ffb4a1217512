package policy

import (
	"slices"
	"strings"
)

// caller is the principal of a request taken apart.
type caller struct {
	kind      callerKind
	arn       string // as given
	partition string
	account   string // 12 digits; "" for services and anonymous callers
	name      string // user or role name without path
	roleARN   string // of a session: arn:PARTITION:iam::ACCOUNT:role/NAME, without the path that a session ARN does not carry
}

type callerKind int

const (
	anonymous callerKind = iota
	service
	user
	role
	session
	accountRoot
	federated
	unknownCaller
)

func parseCaller(principal string) caller {
	c := caller{arn: principal}
	if principal == "" || principal == "*" {
		return c
	}
	if isAccountID(principal) {
		c.kind, c.account, c.partition = accountRoot, principal, "aws"
		c.arn = "arn:aws:iam::" + principal + ":root"
		return c
	}
	parts, ok := arnParts(principal)
	if !ok {
		c.kind = unknownCaller
		if strings.Contains(principal, ".amazonaws.com") {
			c.kind = service
		}
		return c
	}
	c.partition, c.account = parts[1], parts[4]
	kind, rest, _ := strings.Cut(parts[5], "/")
	c.name = rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		c.kind = accountRoot
	case parts[2] == "iam" && kind == "user":
		c.kind = user
	case parts[2] == "iam" && kind == "role":
		c.kind, c.roleARN = role, principal
	case parts[2] == "sts" && kind == "assumed-role":
		c.kind = session
		c.name, _, _ = strings.Cut(rest, "/")
		c.roleARN = "arn:" + c.partition + ":iam::" + c.account + ":role/" + c.name
	case parts[2] == "sts" && kind == "federated-user":
		c.kind = federated
	default:
		c.kind = unknownCaller
	}
	return c
}

// grip is how a Principal element takes hold of a caller, the one that lets it do most last.
type grip int

const (
	gripNone     grip = iota
	gripAccount       // the caller's account: the account's own policies decide
	gripRole          // the role of a session, or the role itself: a permissions boundary still caps it
	gripEveryone      // "*", or not being named by NotPrincipal
	gripExact         // the user, the session, the root user or the service itself
)

// grip finds the best hold of the element on the caller.
func (p *Principals) grip(c caller) grip {
	if p == nil {
		return gripNone
	}
	best := gripNone
	if p.everyone() {
		best = gripEveryone
	}
	if c.kind == service {
		if slices.ContainsFunc(p.Service.values, func(v string) bool { return v == "*" || strings.EqualFold(v, c.arn) }) {
			best = gripExact
		}
		return best
	}
	for _, v := range p.AWS.values {
		best = max(best, awsGrip(v, c))
	}
	for _, v := range p.Federated.values {
		if c.kind == federated && v == c.arn {
			best = gripExact
		}
	}
	return best
}

func awsGrip(v string, c caller) grip {
	if c.kind == anonymous {
		return gripNone
	}
	if id := accountPrincipal(v); id != "" {
		switch {
		case id != c.account:
			return gripNone
		case c.kind == accountRoot:
			return gripExact
		}
		return gripAccount
	}
	if v == c.arn {
		if c.kind == role {
			return gripRole
		}
		return gripExact
	}
	if c.kind == session && sameRole(v, c) {
		return gripRole
	}
	return gripNone
}

// sameRole compares by account and name: role names are unique per account whatever their path.
func sameRole(v string, c caller) bool {
	p, ok := arnParts(v)
	return ok && p[2] == "iam" && p[1] == c.partition && p[4] == c.account && strings.HasPrefix(p[5], "role/") &&
		p[5][strings.LastIndexByte(p[5], '/')+1:] == c.name
}

// spares tells whether NotPrincipal exempts the caller: AWS looks at the account first, then at the user, or at the role, so both must be
// listed; a session is spared with its role
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
func (p *Principals) spares(c caller) bool {
	if p.everyone() {
		return true
	}
	switch c.kind {
	case anonymous, unknownCaller:
		return false
	case service:
		return p.grip(c) == gripExact
	}
	account, self := false, c.kind == accountRoot
	for _, v := range p.AWS.values {
		account = account || accountPrincipal(v) == c.account
		self = self || v == c.arn || c.kind == session && sameRole(v, c)
	}
	return account && self
}

// defaults are the condition keys that AWS derives from the caller itself.
func (c caller) defaults() map[string]string {
	out := map[string]string{"aws:PrincipalIsAWSService": "false"}
	arn := c.arn
	switch c.kind {
	case anonymous:
		out["aws:PrincipalType"] = "Anonymous"
		out["aws:userid"] = "anonymous"
		return out
	case service:
		out["aws:PrincipalIsAWSService"] = "true"
		out["aws:PrincipalServiceName"] = c.arn
		return out
	case unknownCaller:
		return out
	case user:
		out["aws:PrincipalType"], out["aws:username"] = "User", c.name
	case role, session:
		out["aws:PrincipalType"] = "AssumedRole"
		arn = c.roleARN
	case accountRoot:
		out["aws:PrincipalType"] = "Account"
		out["aws:userid"] = c.account
	case federated:
		out["aws:PrincipalType"] = "FederatedUser"
	}
	out["aws:PrincipalArn"], out["aws:PrincipalAccount"] = arn, c.account
	return out
}
