package words

// What is typed in plain lines besides an answer.
const (
	WordYes     = "yes"
	WordNo      = "no"
	WordNone    = "none"
	WordBack    = "back"
	WordAll     = "all"
	WordMissing = "missing"
	WordTake    = "take"
	WordChange  = "change"
	WordList    = "list"
	WordSave    = "save"
	WordProfile = "profile"
)

// Labels, each before what it names.
const (
	LabelProgram     = "flowgrant: "
	LabelWhy         = "Why: "
	LabelNote        = "Note: "
	LabelMind        = "# mind: "
	LabelWhere       = "Where: "
	LabelEvidence    = "Evidence: "
	LabelWhatToDo    = "What to do: "
	LabelToDo        = "To do: "
	LabelCause       = "Cause: "
	LabelBetter      = "Better: "
	LabelRequestID   = "Request id: "
	LabelGoOn        = "Go on: "
	LabelStart       = "Start: "
	LabelNeeded      = "Needed: "
	LabelNotAccepted = "Not accepted: "
)

// Places and numbers.
const (
	SayAllAccounts  = "All accounts"
	SayAccount      = "Account %s"
	SayAccountNamed = "Account %s (%s)"
	SayInAccount    = "%s in account %s"
	SayRequest      = "%s:%s in account %s"
	SayNumber       = "number %d"
	SayStatements   = "statements %s"
	SayMinutes      = "%d min"
	SayHours        = "%d h %d min"
	SayMore         = "and %d more"

	SayCheck  = "check"
	SayChecks = "checks"
	SayStep   = "step"
	SaySteps  = "steps"
)

// Plans.
const (
	TitlePlan           = "Plan for %s: %s"
	TitleWarnings       = "Warnings"
	SayMarks            = "%s create, %s change, %s replace, %s delete, %s no change, %s blocked, %s for somebody else to do"
	SayForWhoever       = "For whoever may do it:"
	SayNoChanges        = "no changes"
	SayChanges          = "changes"
	SayStepBlocked      = "step is blocked"
	SayStepsBlocked     = "steps are blocked"
	SayStepForSomebody  = "step is for somebody else to do"
	SayStepsForSomebody = "steps are for somebody else to do"
)

// Runs.
const (
	SayStarts           = "start"
	SayWaits            = "wait"
	SayEnded            = "done"
	SayLeftOut          = "skipped"
	SayFailed           = "FAILED"
	SayWorking          = "working"
	SayWaitingForAWS    = "waiting for answers of AWS"
	SayFor              = "%s for %s"
	SayUsually          = "usually %s"
	SayNobodyAsked      = "%s Nobody can be asked here, so the answer is no; to answer it beforehand: %s"
	SayTypeYes          = "Type yes: "
	SayTypeYesOrNo      = "Type yes or no: "
	SayInvalidSetup     = "flowgrant: the set-up is not valid; nothing was read from or written to AWS:"
	SayCouldNotDo       = "could not %s: %s"
	SayStepFailed       = "step %s failed"
	SayNoTerminal       = "there is no terminal"
	SayReadingTerminal  = "reading the terminal: %w"
	SayReadingUnechoed  = "reading without echo: %w"
	SayNeededAfterFault = "%s. Needed: %s"
)

// Results.
const (
	TitleResult          = "Result for %s: %s"
	TitlePortal          = "In the portal"
	SayMade              = "Made:"
	SayMissed            = "Not made:"
	SayIfVerifyFails     = "If Verify fails there:"
	SayChangedNothing    = "%s, nothing was changed"
	SayChangedSome       = "%s, %s"
	SayStepChanged       = "step changed"
	SayStepsChanged      = "steps changed"
	SayToCheckAgain      = "To check it again at any time: %s"
	SayLeftToDo          = "Left to do %s"
	SayNothingLeft       = "Nothing is left to do."
	SayNotAllProvedYet   = "Not everything is proved yet. When the logs have had time to arrive, and what was handed off is done: %s, or only look: %s"
	SayNotAllTakenBack   = "Not everything is taken back and proved yet. When what was not made or was handed off is done: %s"
	SayToGoOn            = "To go on from here: %s. What is there already is not made twice."
	SayNothingRolledBack = "Nothing was rolled back. When the cause is gone: %s. What is there already is not made twice."

	NamePortalAccountName = "Account Name"
	NamePortalAccountID   = "Account ID"
	NamePortalRole        = "IAM Role Name"
	NamePortalBucket      = "S3 Bucket ARN"
)

// Proofs and diagnoses.
const (
	TitleProof        = "Proof for %s: %s"
	TitleLimits       = "What could not be seen"
	SayPass           = "pass"
	SayFail           = "FAIL"
	SayUnknown        = "unknown"
	SayPassed         = "(%d of %s passed)"
	SayVerified       = "verified"
	SaySomethingWrong = "something is wrong"
	SayNothingWrong   = "nothing is wrong, but not all could be proved"
	TitleDiagnosis    = "Diagnosis of %s: %s"
	SayFlowLogsHere   = "the flow logs of this account"
	TitleBeside       = "Beside this set-up: %s (%s)"
	TitleOpenChecks   = "Checks that do not pass"
	TitleWorthALook   = "Worth a look: %s"
	TitleWell         = "Looked at, and well"
	SayCause          = "cause"
	SayCauses         = "causes, likeliest first"
	SayHealthy        = "healthy"
	SayNoKnownCause   = "something is wrong, and its cause is none that is known here"
	SayMendByApply    = "Fix"
	SayMendOnceAgreed = "Fix, once you confirm it"
	SayMendByWaiting  = "To do"
	SayMendByHand     = "Fix, by hand"
	SayProofColumns   = "| status | check | account | region | target | what | evidence | to do |"
)

// Reports.
const (
	SayReportHead    = "%s · %s · by flowgrant %s"
	SayReportActor   = "Acting as `%s` in account %s."
	TitleMade        = "Made or changed"
	TitleFailed      = "What failed"
	TitleArrived     = "Logs that arrived"
	TitleSetupFile   = "The set-up file"
	SayTalkerColumns = "| source address | records | bytes |"
	SayPortalColumns = "| field | value |"
)

// Set-ups known here, and what was kept of their documents.
const (
	SayNoSetups       = "No set-ups are known here."
	SayRevocation     = "revocation %s"
	SayDoneOf         = "%d of %s done"
	SayStopped        = "stopped %s"
	SayNothingKept    = "No document of %s was kept: none was changed yet."
	SayKept           = "%s of %s, as it was at %s"
	SayToPutBack      = "To put one back, after a look at the difference, with its ID: %s ID"
	SayNotPutBack     = "The %s of %s was not put back."
	SayPutBackAlready = "The %s of %s means what it meant then; nothing was changed."
	SayPutBack        = "The %s of %s is as it was, and reads back so. What was there before this is kept: %s"
)
