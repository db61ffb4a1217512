package steps

import "time"

// StepName is the stable name of a step.
type StepName string

// The steps, in the order in which a set-up goes through them.
const (
	StepIdentity     StepName = "identity"
	StepBucket       StepName = "bucket"
	StepKeyPolicy    StepName = "key-policy"
	StepBucketPolicy StepName = "bucket-policy"
	StepLogGroup     StepName = "log-group"
	StepRole         StepName = "role"
	StepTrust        StepName = "trust"
	StepPermissions  StepName = "permissions"
	StepFlowLogs     StepName = "flow-logs"
	StepDelivery     StepName = "delivery"
	StepAccess       StepName = "access"
	StepPortal       StepName = "portal"
)

// Change is what a step does to what is there.
type Change string

// The changes a step can make.
const (
	ChangeNone    Change = "none"
	ChangeCreate  Change = "create"
	ChangeUpdate  Change = "update"
	ChangeReplace Change = "replace"
	ChangeDelete  Change = "delete"
	ChangeBlocked Change = "blocked"
	ChangeHandOff Change = "hand-off"
)

// Status is where a step stands.
type Status string

// The statuses of a step.
const (
	Running Status = "running"
	Waiting Status = "waiting"
	Done    Status = "done"
	Skipped Status = "skipped"
	Failed  Status = "failed"
)

// Event is what a run tells: a StepEvent or a Question.
type Event interface{ event() }

// StepEvent says that a step has come to a status.
type StepEvent struct {
	Time      time.Time
	Key       int // index of the step in the plan's Steps; the same step keeps its key
	Step      StepName
	Account   string // 12-digit account ID
	Region    string // empty where the step has none
	Target    string
	Status    Status
	Change    Change
	Message   string        // what is being done, what it waits for, or what came out
	Usually   time.Duration // while waiting: how long that usually takes; 0: unknown
	Cause     string        // for failed
	Fix       string        // for failed
	RequestID string        // for failed
	Refused   []string      // for failed flow-logs: the VPC ids that AWS refused, where it is only for them that the step failed
}

// QuestionKind says what answer a question takes.
type QuestionKind string

// The kinds of question.
const (
	AskConfirm QuestionKind = "confirm" // answered "yes" or "no"
	AskSecret  QuestionKind = "secret"  // a code that is not echoed
)

// Question is what a run must know from a person. Reply takes exactly one answer.
type Question struct {
	ID     string // mfa-code, delete-replaced …
	Kind   QuestionKind
	Text   string
	Items  []string // what it is about, a line each; may be empty
	All    bool     // "all" is an answer too: yes, also to what this run would ask of the same kind later
	Flag   string   // the flag or key of the set-up file that would have answered it
	Answer func(answer string, ok bool)
}

func (StepEvent) event() {}
func (Question) event()  {}
