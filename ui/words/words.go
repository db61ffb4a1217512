// Package words holds what a person is asked and told, whichever way: on the full screen and in plain lines the same text for the same thing.
// Names by kind: Title heads a screen, Name a question, Ask is asked, Where says where to find it, More and Help explain on request, Hint
// stands under a setting, Say is said.
package words

// The questions by name.
const (
	TitleModes   = "How are the logs kept?"
	TitleKnown   = "Set-ups known here"
	TitleAnswers = "Change an answer"

	NameReader             = "ColorTokens AWS account ID"
	NameExternalID         = "External ID"
	NameExternalIDOptional = "External ID (optional)"
	NameFlowLogAccount     = "Flow log account"
	NameWorkloadAccount    = "Workload account"
	NameWay                = "The way into that account"
	NameLabel              = "Account name for the portal"
	NameRole               = "Role name"
	NameCrossRole          = "Cross-account role"
	NameBucket             = "S3 bucket"
	NameBucketDetails      = "About the bucket"
	NameKey                = "KMS key"
	NameResources          = "Workload accounts"
	NameResourceWay        = "The way into the workload accounts"
	NameRegions            = "Regions"
	NameVPCs               = "VPCs"
	NameRest               = "The rest"
)

// Modes.
const (
	SayPerAccount       = "Per account"
	SayPerAccountMeans  = "Logs stay in the account of the workloads. The role that Xshield already has there gets access to their bucket."
	SayCentralized      = "Centralized"
	SayCentralizedMeans = "Many accounts deliver to one bucket in a flow log account. A role made only for that lets Xshield read it."
	HelpModes           = `Per account: use this where each account keeps its own flow logs. The account must already be onboarded in Xshield as a Resource account, so that its cross-account role (%s) exists.

Centralized: use this where your organization forwards flow logs to one logging account. That account is onboarded in Xshield as a Flow Logs account; the workload accounts must already be onboarded as Resource accounts.

Not sure? Look where flow logs go today: VPC console → Your VPCs → a VPC → Flow logs → Destination. A bucket of another account means centralized.`
)

// Set-ups known here.
const (
	SayNewSetup           = "New set-up"
	SayNewSetupMeans      = "Answer the questions of another one."
	SayDraft              = "Go on with your answers"
	SayNotTheDraft        = "Start anew, or go on with those."
	SayNotTheDraftKnown   = "To the set-ups known here, older answers, or a new set-up."
	SayDraftOlder         = "Go on with older answers (%d)"
	SayDraftNext          = "%s, given %s. The next question: %s"
	SayDraftWhole         = "%s, given %s. All questions are answered; the review comes next."
	SayAnswersKept        = "Your answers so far are kept: start flowgrant again to go on with them."
	SayHalfRevoked        = "taking back its access is not finished"
	SayRevoked            = "its access was taken back"
	SayStillWaiting       = "waiting for logs"
	SayStepsDone          = "%d of %d steps done"
	SayReadingAnswers     = "Reading its answers"
	SayGoOn               = "Go on"
	SayGoOnMeans          = "Reads what is there now and shows what is left to do. Nothing is done twice."
	SayReviewAgain        = "Review again"
	SayReviewAgainMeans   = "Reads what is there now and shows what differs from the answers. Takes new VPCs in."
	SaySetUpAgain         = "Set it up again"
	SaySetUpAgainMeans    = "With the same answers. The review shows what is made."
	SayChangeAnswers      = "Change answers"
	SaySaveAnswers        = "Save the answers as a file"
	SayChangeInFile       = "Where logs go to CloudWatch Logs, the answers are changed in the set-up file: save it, change it, then flowgrant apply -f FILE."
	SayChangeAnswersMeans = "Pick an answer, change it; the review then shows what that means."
	SayProve              = "Prove it again"
	SayProveMeans         = "Looks whether it works now. Changes nothing."
	SayRevoke             = "Take back the access"
	SayRevokeMeans        = "Xshield can no longer read. Asks what else is to go, and shows all of it first."
	SayRevokeGroup        = "Take back the delivery"
	SayRevokeGroupMeans   = "Nobody was granted access. Asks what is to go, and shows all of it first."
	SayRevokeOn           = "Go on taking back the access"
	SayRevokeOnMeans      = "What was begun: all of what is left to take is shown first."
	HelpKnown             = `The set-ups that were begun on this computer. Those that are not finished come first, with how far they are, when they stopped and why.

Going on reads what is there in AWS first: that counts, not what was noted here.`
	SayToReview      = "Review"
	SayToReviewMeans = "Shows what these answers mean. Nothing is changed before you confirm."
	HelpAnswers      = `Every answer of this set-up. Enter on one asks it again, with its present value filled in; after it the review shows what the change means.`
)

// Taking back.
const (
	TitleRevokeLogs      = "The flow logs"
	SayRevokeLogs        = "Xshield's access goes in any case. Do your flow logs go too?"
	SayRevokeGroupLogs   = "Nobody was granted access. Do your flow logs go, and the role that delivers them?"
	SayKeepGroupMeans    = "They go on delivering to the log group, as they do now."
	TitleRevokeGroup     = "The log group"
	SayRevokeLogGroup    = "A log group goes only where this set-up made it and nothing is in it."
	SayKeepLogGroupMeans = "The log group and the events in it stay."
	SayDeleteGroupMeans  = "Where it holds anything, it stays and the review says so."
	SayKeepLogs          = "Keep them"
	SayKeepLogsMeans     = "They go on delivering to your bucket, as they do now."
	SayTakeLogs          = "Delete them"
	SayTakeLogsMeans     = "The flow logs of this set-up are deleted, and what lets them be delivered. Your VPCs are then not logged by it any more."
	TitleRevokeScope     = "The role's S3 statement"
	SayRevokeScope       = "This set-up narrowed three actions of the role to your bucket. What becomes of that?"
	SayKeepScope         = "Leave it narrow"
	SayKeepScopeMeans    = "The role keeps less than it had before."
	SayWidenScope        = "Put it back to every bucket"
	SayWidenScopeMeans   = "As it was before this set-up: the role may look at every bucket of the account again."
	TitleRevokeSessions  = "Running sessions"
	SayRevokeSessions    = "Somebody who is in the role at this moment stays in it for up to an hour."
	SayKeepSessions      = "Let them end by themselves"
	SayKeepSessionsMeans = "They can no longer read the logs: their permissions are gone at once."
	SayEndSessions       = "End them now"
	SayEndSessionsMeans  = "Every session of the role that began before now is denied everything, whoever uses it."
	TitleRevokeBucket    = "The bucket"
	SayRevokeBucket      = "A bucket goes only where this set-up made it and nothing is in it."
	SayKeepBucket        = "Keep it"
	SayKeepBucketMeans   = "The bucket and the logs in it stay."
	SayDeleteBucket      = "Delete it"
	SayDeleteBucketMeans = "Only an empty one can be deleted. Where it holds anything the review says so, and nothing is taken back until you choose to keep it."
	HelpRevoke           = `Taking back takes what this set-up granted, and only that. Statements, roles and buckets of others stay as they are.

All of it is shown before anything is changed. Afterwards it is proved that Xshield can no longer read.`
)
