package words

import "strings"

// What the help of a set-up says of each choice that its page may have.
const (
	helpGoOn          = "reads AWS, shows what is left, and asks before it changes anything."
	helpReviewAgain   = "reads AWS, shows what differs from the answers, and asks before it changes anything."
	helpSetUpAgain    = "reads AWS, shows what the same answers make of it, and asks before it changes anything."
	helpChangeAnswers = "one answer at a time, then the review."
	helpSaveAnswers   = "the answers of a set-up to CloudWatch Logs are changed in a file, not here."
	helpProve         = "reads and checks everything. Nothing is changed."
	helpProveOut      = "looks whether anything still lets Xshield read. Nothing is changed."
	helpProveGone     = "looks whether anything that was to go is still there. Nothing is changed."
	helpDiagnose      = "the causes, each with what mends it."
	helpRevoke        = "ends what Xshield may read. Your logs and your bucket stay, unless you say otherwise."
	helpRevokeOn      = "shows what is left to take back, and asks before it changes anything."
	helpRevokeGroup   = "ends what lets flow logs be delivered, as far as you say so. Nobody was granted access."
	helpBackups       = "policies as they were before they were changed, to look at and to put back."
)

var helpOfChoice = map[string]string{
	SayGoOn:          helpGoOn,
	SayReviewAgain:   helpReviewAgain,
	SaySetUpAgain:    helpSetUpAgain,
	SayChangeAnswers: helpChangeAnswers,
	SaySaveAnswers:   helpSaveAnswers,
	SayProve:         helpProve,
	SayProveOut:      helpProveOut,
	SayProveGone:     helpProveGone,
	SayDiagnose:      helpDiagnose,
	SayRevoke:        helpRevoke,
	SayRevokeOn:      helpRevokeOn,
	SayRevokeGroup:   helpRevokeGroup,
	SayBackups:       helpBackups,
}

// HelpChoices explains the choices of a set-up's page, in their order there.
func HelpChoices(names []string) string {
	var lines []string
	for _, name := range names {
		if said := helpOfChoice[name]; said != "" {
			lines = append(lines, name+": "+said)
		}
	}
	return strings.Join(lines, "\n")
}
