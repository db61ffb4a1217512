package policy

import (
	"slices"
	"strings"
)

// Granted is what a reader is meant to have.
type Granted struct {
	Objects []string // ARN patterns of the objects it may get, e.g. arn:aws:s3:::b/AWSLogs/111122223333/*
	KeyARN  string   // the key it may decrypt with, "" for none
}

// ExcessKind is a way in which a role can do more than a reader is meant to.
type ExcessKind string

// What goes beyond a reader's grant.
const (
	ExcessWrite  ExcessKind = "s3-write" // it may change a bucket or its objects
	ExcessObject ExcessKind = "object"   // it may get objects outside the granted ARNs
	ExcessKey    ExcessKind = "key"      // it may decrypt with another key
	ExcessRights ExcessKind = "rights"   // it may give itself or others rights, or act as another role
)

// Reads says whether it is only about what can be read.
func (k ExcessKind) Reads() bool { return k == ExcessObject || k == ExcessKey }

// Excess is one right beyond the grant, with an action and a resource that show it and the statement that gives it.
type Excess struct {
	Kind     ExcessKind
	Action   string
	Resource string // as the statement names it; "" where it names what it does not cover
	Example  string // an ARN that it covers and the grant does not
	Policy   int    // index in Policies.Identity
	Index    int    // index of the statement
	Sid      string
}

// probe is a name that no bucket, object or key of a set-up has.
const probe = "flowgrant-probe"

// writeActions stand for all writes where a statement names actions by wildcard or by NotAction.
var writeActions = []string{"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:RestoreObject",
	"s3:AbortMultipartUpload", "s3:BypassGovernanceRetention", "s3:ReplicateObject", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl",
	"s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock", "s3:PutBucketNotification", "s3:PutReplicationConfiguration",
	"s3:CreateBucket", "s3:DeleteBucket", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutBucketVersioning", "s3:PutBucketTagging", "s3:PutBucketLogging",
	"s3:PutBucketOwnershipControls", "s3:PutBucketCORS", "s3:PutBucketWebsite", "s3:ObjectOwnerOverrideToBucketOwner"}

// rightsActions are those by which a principal comes to rights that its policies do not show. Source: IAM user guide, security best practices;
// KMS developer guide, key policies and grants.
var rightsActions = []string{"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:PassRole",
	"iam:CreateAccessKey", "iam:CreateUser", "iam:CreateRole", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:DeleteRolePermissionsBoundary", "sts:AssumeRole", "kms:PutKeyPolicy", "kms:CreateGrant"}

var objectReads = []string{"s3:GetObject", "s3:GetObjectVersion"}

// keyReads are those by which what a key keeps comes out: encrypted anew under a key of the caller's it does, too. Source: KMS API, ReEncrypt.
var keyReads = []string{"kms:Decrypt", "kms:ReEncryptFrom"}

// sessionWrites open the directory buckets of S3 Express One Zone, to write too. Source: S3 API, CreateSession.
var sessionWrites = []string{"s3express:CreateSession", "s3express:PutBucketPolicy", "s3express:CreateBucket", "s3express:DeleteBucket"}

// Beyond finds what the identity policies of a principal (its full ARN) allow beyond the grant and no deny, boundary or service control policy
// takes back: writes to S3, objects outside the grant, other keys, and rights over rights. Conditions of allowing statements are taken to hold, those of
// denying ones are not, but where they only ask who the caller is; the resource policy is not looked at. One finding a kind, statement and resource.
func Beyond(principal string, p Policies, g Granted) []Excess {
	c := parseCaller(principal)
	p = p.Supposing(func(key string) bool { return !slices.Contains(callersOwn, key) }, true)
	var out []Excess
	var inside []string // of the grant: a write is beyond it there too
	for _, o := range g.Objects {
		object := strings.ReplaceAll(o, "*", probe)
		bucket, _, _ := strings.Cut(object, "/")
		inside = append(inside, object, bucket)
	}
	for i, d := range p.Identity {
		for j, s := range d.Statements {
			if !s.allows() {
				continue
			}
			find := func(kind ExcessKind, actions, examples []string, resource string) {
				for _, action := range actions {
					for _, example := range examples {
						named := resource == "" || newPattern(resource).matchesARN(example)
						if named && !g.covers(kind, example) && lets(c, action, example, p, i, j) {
							out = append(out, Excess{kind, action, resource, example, i, j, s.Sid})
							return
						}
					}
				}
			}
			resources := s.Resource.Values()
			if !s.Resource.IsSet() {
				resources = []string{""}
			}
			for _, r := range resources {
				objects, keys := examplesOf(c, r)
				writes := slices.Concat(s.actionsOf("s3:", writeActions, isRead), s.actionsOf("s3express:", sessionWrites, func(a string) bool { return !hasFold(sessionWrites, a) }))
				find(ExcessWrite, writes, slices.Concat(objects, inside), r)
				for _, service := range []string{"iam:", "sts:", "kms:"} {
					find(ExcessRights, s.actionsOf(service, ofService(rightsActions, service), func(a string) bool { return !hasFold(rightsActions, a) }), rightsExamples(c, r), r)
				}
				find(ExcessObject, s.actionsOf("s3:", objectReads, func(a string) bool { return !hasFold(objectReads, a) }), objects, r)
				find(ExcessKey, s.actionsOf("kms:", keyReads, func(a string) bool { return !hasFold(keyReads, a) }), keys, r)
			}
		}
	}
	return out
}

// callersOwn are the condition keys that say who the caller is, which is known.
var callersOwn = []string{"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:username"}

func ofService(actions []string, service string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return !strings.HasPrefix(a, service) })
}

// rightsExamples are ARNs of a role, a user and a key that a resource of a statement covers.
func rightsExamples(c caller, resource string) []string {
	_, keys := examplesOf(c, resource)
	if resource == "" || strings.Trim(resource, "*") == "" {
		return append(keys, "arn:"+c.partition+":iam::"+c.account+":role/"+probe, "arn:"+c.partition+":iam::"+c.account+":user/"+probe)
	}
	return append(keys, strings.NewReplacer("*", probe, "?", "x").Replace(resource))
}

// covers tells whether the grant means the example; it never means a write, and a bucket's own ARN is no object.
func (g Granted) covers(kind ExcessKind, example string) bool {
	switch kind {
	case ExcessObject:
		return !strings.Contains(example, "/") || slices.ContainsFunc(g.Objects, func(o string) bool { return newPattern(o).matchesARN(example) })
	case ExcessKey:
		return example == g.KeyARN
	}
	return false
}

// lets asks the evaluator, and whether it is this statement that allows.
func lets(c caller, action, resource string, p Policies, doc, index int) bool {
	trusting := New(Statement{Effect: Allow, Principal: AWSPrincipal(c.account), Action: One("*"), Resource: One("*")})
	p.Resource = &trusting // as if the key left it to IAM
	d := Evaluate(Request{Principal: c.arn, Action: action, Resource: resource, ResourceAccount: c.account}, p)
	return d.Verdict == Allowed && slices.ContainsFunc(d.Why, func(r Reason) bool { return r.Source == "identity" && r.Policy == doc && r.Index == index })
}

// actionsOf are the actions of the service that the statement allows: those it names in full unless skipped, and those of the samples that it covers.
func (s Statement) actionsOf(service string, samples []string, skip func(string) bool) []string {
	var out []string
	for _, a := range s.Action.values {
		if strings.HasPrefix(strings.ToLower(a), service) && !strings.ContainsAny(a, "*?") && !skip(a) {
			out = append(out, a)
		}
	}
	for _, a := range samples {
		if !hasFold(out, a) && s.Covers(a) {
			out = append(out, a)
		}
	}
	if len(out) == 0 && service == "s3:" && hasFold(samples, writeActions[0]) {
		return s.writePatterns()
	}
	return out
}

// writePatterns are actions that stand for the wildcards whose beginning alone says that they write.
func (s Statement) writePatterns() []string {
	var out []string
	for _, a := range s.Action.values {
		head, _, wild := strings.Cut(strings.ReplaceAll(a, "?", "*"), "*")
		_, name, ok := strings.Cut(strings.ToLower(head), ":")
		if !wild || !ok || name == "" || !strings.HasPrefix(strings.ToLower(head), "s3:") || isRead(head) ||
			slices.ContainsFunc([]string{"get", "list", "describe", "head"}, func(verb string) bool { return strings.HasPrefix(verb, name) }) {
			continue
		}
		out = append(out, strings.NewReplacer("*", "", "?", "x").Replace(a))
	}
	return out
}

func isRead(action string) bool {
	_, name, _ := strings.Cut(strings.ToLower(action), ":")
	return strings.HasPrefix(name, "get") || strings.HasPrefix(name, "list") || strings.HasPrefix(name, "describe") || strings.HasPrefix(name, "head")
}

// examplesOf are ARNs that a resource of a statement covers: of an object and a bucket, and of a key. "" stands for a statement with NotResource.
func examplesOf(c caller, resource string) (objects, keys []string) {
	object := "arn:" + c.partition + ":s3:::" + probe + "/" + probe
	key := "arn:" + c.partition + ":kms:us-east-1:" + c.account + ":key/" + probe
	if resource == "" || resource == "*" {
		return []string{object, strings.TrimSuffix(object, "/"+probe)}, []string{key}
	}
	parts := strings.SplitN(resource, ":", 6)
	fill := func(defaults string) string {
		want := strings.SplitN(defaults, ":", 6)
		for i, part := range parts {
			switch {
			case !strings.ContainsAny(part, "*?"):
				want[i] = part
			case i == 5:
				want[i] = strings.NewReplacer("*", probe, "?", "x").Replace(part)
			}
		}
		return strings.Join(want, ":")
	}
	bare := fill(object)
	return []string{bare + "/" + probe, bare}, []string{fill(key), strings.Replace(fill(key), probe, "key/"+probe, 1)}
}
