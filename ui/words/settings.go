package words

// The settings that have a usual answer, and what can be chosen of each.
const (
	NameTraffic        = "Traffic"
	ValueAll           = "ALL"
	ValueAccept        = "ACCEPT"
	ValueReject        = "REJECT"
	SayRecommended     = "recommended"
	SayTrafficAccepted = "accepted only"
	SayTrafficRejected = "rejected only"
	NameAggregation    = "Aggregation"
	SayTenMinutes      = "10 minutes"
	SayOneMinute       = "1 minute"
	NameDeleteReplaced = "Delete replaced logs"
	SayAskMe           = "ask me"
	NameLeftOut        = "VPCs left out"
	ValueLogAgain      = "log"
	ValueLeaveOut      = "leave"
	SayLogAgain        = "log them again"
	SayStayLeftOut     = "left out: %s"
	NameScope          = "Who may deliver"
	NameReaderRole     = "Xshield's own role"
	NameEncryption     = "Encryption"
	ValueS3            = "s3"
	ValueKMS           = "kms"
	NameProfileOf      = "Profile of account %s"
	NameTLSOnly        = "Refuse plain HTTP"

	// What is suggested.
	UsualEntryRole   = "OrganizationAccountAccessRole" // AWS Organizations makes it in every account that it creates
	UsualLabel       = "Flow logs"
	UsualCentralName = "central-flow-logs"
	UsualName        = "flow-logs-%s"

	// VPCs in a line.
	SayIdle      = "none, idle"
	SayVPCOf     = "account %s"
	SayFlowLog   = "flow log: %s"
	SayTrusts    = "trusts %s"
	SayMoreRoles = "%s more can be typed by name."
	NounRole     = "role"
)
