package policy

// Verdict is the outcome of one access decision, in the words of the IAM policy simulator.
type Verdict string

// The three outcomes of a decision.
const (
	Allowed          Verdict = "Allowed"
	ExplicitlyDenied Verdict = "ExplicitlyDenied"
	ImplicitlyDenied Verdict = "ImplicitlyDenied"
)

// Request is one call to be decided.
type Request struct {
	// Principal is an IAM user or role ARN, an assumed-role session ARN
	// (arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION), an account root ARN, a service principal such as
	// delivery.logs.amazonaws.com, or "" for an anonymous caller.
	Principal string
	// Action is service:Operation, e.g. s3:GetObject.
	Action string
	// Resource is the full ARN the action is on.
	Resource string
	// ResourceAccount is the 12-digit account ID that owns the resource.
	ResourceAccount string
	// Context holds condition keys and their values; keys match without regard to case.
	Context map[string][]string
}

// Policies are the documents that bear on a request.
type Policies struct {
	Identity []Document   // attached to the principal, inline and managed
	Resource *Document    // the resource's own: bucket policy, key policy or trust policy; nil where there is none
	Boundary *Document    // the principal's permissions boundary; nil where there is none
	SCPs     [][]Document // service control policies by level of the organization; each level must allow
}

// Decision is a verdict with the statements that led to it.
type Decision struct {
	Verdict Verdict
	Why     []Reason // the statements that decided, explicit denies first
	Missing string   // for an implicit denial: what would have had to allow it, in one sentence
}

// Reason is one statement that took part in a decision.
type Reason struct {
	Source string // "identity", "resource", "boundary" or "scp"
	Policy int    // index of the document in its list
	Index  int    // index of the statement in the document
	Sid    string // its Sid, may be empty
	Effect string // Allow or Deny

	Document string // what the caller calls the document; Evaluate leaves it empty
}
