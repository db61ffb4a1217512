package steps

// CheckStatus is the outcome of a check.
type CheckStatus string

// The outcomes of a check.
const (
	Pass    CheckStatus = "pass"
	Fail    CheckStatus = "fail"
	Unknown CheckStatus = "unknown"
)

// Check is one independent proof, with its evidence.
type Check struct {
	ID       string // the step it belongs to, with what it checks behind a dot where there are several: trust, access.list …
	Account  string
	Region   string
	Target   string
	Status   CheckStatus
	Summary  string
	Evidence string
	Fix      string

	readerProves   bool // unknown from here, but the reader's own attempt proves it
	deliveryProves bool // unknown from here, but logs that arrive prove it
}

// ReportStatus sums up a report.
type ReportStatus string

// What a report comes to.
const (
	ReportVerified ReportStatus = "verified"
	ReportFailed   ReportStatus = "failed"
	ReportUnproven ReportStatus = "unproven"
)

// Report is the proof that a set-up works now, or the lack of one.
type Report struct {
	Setup   string
	Status  ReportStatus
	Checks  []Check
	Limits  []string // what the caller may not see; changes no status
	LeftOut []string // what is chosen and left out, and how to have it; changes no status
	Arrived *Arrived // what the logs hold that were opened; nil: none was
	Causes  []Cause  // of a diagnosis: why what does not pass does not, likeliest first

	Withdrawn *Withdrawal // of what was taken back, or of the proof that it was: what holds now; nil: of a set-up in use

	plan *Plan // of a diagnosis: what was read
}

// sum brings the status up to the checks.
func (r *Report) sum() {
	r.Status = ReportVerified
	for _, c := range r.Checks {
		switch {
		case c.Status == Fail:
			r.Status = ReportFailed
		case c.Status == Unknown && c.ID != string(StepPortal) && r.Status == ReportVerified:
			r.Status = ReportUnproven
		}
	}
}

// ResultStatus is how a run ended.
type ResultStatus string

// How a run can end.
const (
	ResultVerified    ResultStatus = "verified"
	ResultWaiting     ResultStatus = "waiting"
	ResultFailed      ResultStatus = "failed"
	ResultInterrupted ResultStatus = "interrupted"
	ResultRevoked     ResultStatus = "revoked"
	ResultUnchanged   ResultStatus = "unchanged"
)

// Portal holds the values that are entered in the reader's portal; nil for per-account.
type Portal struct {
	AccountName string
	AccountID   string
	RoleName    string
	ExternalID  string
	BucketARN   string
}

// Result is the outcome of a run.
type Result struct {
	Setup   string
	Status  ResultStatus
	Changed int      // steps that changed something
	Made    []string // what was made or changed, a line each
	NotMade []string // what was planned and not made, a line each with the reason
	Undone  []int    // the same by their index in the plan
	Portal  *Portal
	Report  Report
	Failure *StepEvent  // the first failure; nil without one
	Failed  []StepEvent // all of them
}
