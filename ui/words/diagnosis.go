package words

import (
	"github.com/flowgrant/flowgrant/steps"
)

// What is wrong, and what mends it.
const (
	TitleWrong           = "What is wrong"
	TitleMend            = "Review: what will be mended"
	SayDiagnose          = "Find what is wrong"
	SayDiagnoseMeans     = "The causes, likeliest first, each with what mends it. Changes nothing."
	SayDiagnosing        = "Looking for causes, in every account and region"
	SayNoDiagnosis       = "The causes could not be looked for. Nothing has been changed."
	SayLookAgain         = "Mend it and look again (r)."
	SayCausesFound       = "%d causes, likeliest first. Nothing has been changed."
	SayOneCause          = "One cause was found. Nothing has been changed."
	SayNothingIsWrong    = "Nothing is wrong."
	SayUnexplained       = "Something is wrong, and its cause is none that is known here."
	SayNotAllKnown       = "Nothing wrong was found, but not all could be proved:"
	SayBeside            = "Beside this set-up"
	SayMendChange        = "Mend it (m): the review shows what is changed of what this set-up did not make. Nothing is changed before you confirm it."
	SayMendApply         = "Mend it (m): the review shows what applying the set-up changes. Nothing is changed before you confirm it."
	SayMendElsewhere     = "This is mended elsewhere: each fix says how. Then look again (r)."
	SayMendsChange       = "flowgrant, once you confirm it"
	SayMendsApply        = "flowgrant, when the set-up is applied"
	SayMendsHand         = "somebody, by hand"
	SayMendsWait         = "time: there is nothing to do but wait"
	SayMend              = "Mend this?"
	SayMendMeans         = "%s in %s, of what this set-up did not make. What is there is backed up first."
	SayMended            = "What stood in the way is mended. This is what is left."
	SayNoLongerInWay     = "What was to be mended is not there any more. This is what is left."
	SayAskMend           = "This set-up did not make what is changed here. What is there is backed up first. Change it as shown?"
	SayMendIt            = "Mend it"
	SayMendItMeans       = "Shows what is changed of what this set-up did not make, and asks. The set-up goes on after it."
	SayReviewMends       = "Shows what applying the set-up mends. Nothing is changed before you confirm it."
	SayLookOnceMore      = "Look again"
	SayLookOnceMoreMeans = "After it was mended elsewhere."
	SaySaveDiagnosis     = "Save the diagnosis"
	HelpDiagnosisPlain   = "What is wrong is named with its evidence, its fix and who can mend it. What flowgrant can change is shown first, asked for, and backed up. What somebody else has to do, the fix says how."
	HelpDiagnosis        = `Everything is read and proved as it is now, and what does not pass is explained: the likeliest cause first. Looking changes nothing.

Each cause has its evidence (what was read), its fix, and who can mend it:
flowgrant, once you confirm it: what this set-up did not make stands in its way. The change is shown first; what is there is backed up.
flowgrant, when the set-up is applied: the review shows it.
Somebody, by hand: the fix is the text or the command for them.

Enter shows a cause alone, and the whole diagnosis, to copy and save.`
)

// MendedBy says who can take a cause away.
func MendedBy(m steps.Mend) string {
	switch m {
	case steps.MendApply:
		return SayMendsApply
	case steps.MendChange:
		return SayMendsChange
	case steps.MendWait:
		return SayMendsWait
	default:
		return SayMendsHand
	}
}

// CausesFound counts the causes of a diagnosis that are about the set-up.
func CausesFound(r steps.Report) int {
	n := 0
	for _, c := range r.Causes {
		if !c.Aside {
			n++
		}
	}
	return n
}
