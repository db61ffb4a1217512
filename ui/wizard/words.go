package wizard

import "github.com/flowgrant/flowgrant/ui/words"

// Fields and lists.
const (
	sayFilledIn        = "Filled in: enter takes it, typing replaces it."
	sayMarked          = "Found (enter takes the marked one, ↑ back to the text):"
	sayTypeThemInstead = "Type or paste the account IDs instead, then enter."
	sayNoneTrusts      = "No role here trusts the ColorTokens account. Is the account onboarded in Xshield? If not, go back (esc) and choose the account that is."
	sayMeant           = "Enter takes %s."
	sayTakenAs         = "taken as "
	sayFits            = "looks right"
	sayNotRegions      = "Not region codes: "
	sayNeeded          = words.LabelNeeded
	sayNewBucket       = "A new bucket, %s. One of those below: pick it with ↓."
	sayAdded           = "(added)"
	sayNoLongerThere   = "No longer there, and left out: "
	sayRows            = "rows %d-%d · "
	sayDrawingGroup    = "Logs go to a log group of the account in each region. Nobody is granted access."
	sayDrawing         = "Logs go to the bucket. Xshield enters the role, and the role may read them."
)

// Who acts.
const (
	sayContinue      = "Questions first. Nothing is changed before you have reviewed and confirmed it."
	sayContinueKnown = "%s to go on with, or a new one. Nothing is changed before you confirm it."
	sayNotSignedIn   = "flowgrant could not sign in to AWS with these credentials."
)

// Review.
const (
	titleReview       = "Review: what will be done"
	titleReviewRevoke = "Review: what will be taken back, and what stays"
	sayApply          = "Apply this plan?"
	sayApplyMeans     = "%s in %s. Nothing is rolled back if a step fails: what was made stays, and going on later finishes it."
	sayApplyNothing   = "Nothing has to be changed. The run waits for logs and proves that everything works."
	sayTakeBack       = "Take this back?"
	sayTakeBackMeans  = "%s in %s. Then it is proved that Xshield can no longer read."
	sayTakeGroupMeans = "%s in %s. Nobody was granted access by this set-up."
	sayNothingToTake  = "There is nothing left to take back."
	sayProveNoRead    = " Taking it back (a) proves that Xshield cannot read."
	sayTakeNothing    = "There is nothing left to take back. The run proves that Xshield cannot read."
	sayHandedOff      = "%s must be done by somebody else: the text for them is in the review."
	sayReadWarnings   = "Read the %s first (esc, then w)."
	sayOldPlan        = "AWS was read %s ago: go back (esc) to read it again (r)."
	sayTypeWord       = "Type %s, then Enter."
	sayTypeWordAgain  = "Type %s to confirm, or esc to go back."
	sayFaults         = "Some answers do not fit together. Change them (e), or go back (esc):"
	sayFaultsInFile   = "Some answers do not fit together. Change them in the set-up file, or go back (esc):"
	sayNoPlan         = words.SayNoPlan
	sayMendPlan       = "Mend it and read again (r), or change an answer (e)."
	sayMendPlanOnly   = "Mend it and read again (r)."
	sayFindCause      = "d finds the cause, and what mends it."
	sayOrFind         = "; d finds the cause"
	sayStepOf         = "step %d of %d"
	sayReviewAnew     = "What is there is no longer what you reviewed. Please look again."
	helpReview        = `Every step of the set-up, by account: what is there now, and what will be there. Nothing has been changed so far.

+ create   ~ change   ± replace   - delete   = is right already
✗ blocked: cannot be done as it is; the detail says why and what to do, and d finds the cause and what mends it
⇄ hand-off: somebody else must do it; the detail has the text for them

Enter shows a step alone: its difference, the API requests it makes, and the same as AWS CLI commands, each to copy and save.

Applying asks you to type a word. Saving writes the same answers as a set-up file: "flowgrant apply -f FILE" does the same without the wizard.`
)

// Run.
const (
	sayNeedNotWait   = "You need not wait: q leaves, and \"%s\" comes back to it."
	sayAfterFailure  = "What was made stays, and what did not need this step went on. Mend the cause, then r tries again"
	sayAfterNoStep   = "What was made stays. Mend the cause, then r tries again"
	sayAfterTaking   = "What did not need this step was taken back. Mend the cause, then r tries again"
	sayTakenSoFar    = "What was taken back so far is gone. Mend the cause, then r tries again"
	sayWhileItGoesOn = "What does not need it goes on. Mend the cause, then r does this step again, and what waits on it."
	sayTryingAgain   = "Trying again: %s, and what waits on it."
	sayWhichFailure  = " (%d of %d)"
	sayNotStarted    = "Not started because of what failed: "
	sayOrLeaveOut    = "; x leaves it out"
	sayWithout       = "Without what you left out, this remains. \"Verified\" will say nothing about what was left out."
	sayOrChange      = "; e changes an answer"
	sayOrHandOver    = "; h hands it over to somebody who may do it"
	sayInterrupted   = "Interrupted: what was made stays. r goes on from here, or later: %s"
	sayHalfTaken     = "Interrupted: what was taken back so far is gone. r goes on from here, or later: %s"
	sayLeftRunning   = "Left %s while it was running. What was made stays. To go on: %s"
	helpRun          = `The run: what does not depend on each other happens at the same time. Each step proves itself by reading back what it changed.

Logs arrive some minutes after a flow log is made: AWS collects for the aggregation interval, then needs a few minutes to write. You need not wait: once only logs are waited for, q leaves, and "flowgrant resume NAME" comes back to it.

ctrl+c stops: nothing new starts, calls in flight finish. Nothing is rolled back; "flowgrant resume NAME" goes on from there. A second ctrl+c ends those calls too, a third leaves at once.

After a failure what does not need the failed step goes on. Mend the cause, then r: while the run goes on it does that step again and what waits on it; after the run it reads everything again and goes on with what is left. What is done is not done twice. d finds the cause, and what mends it. tab shows the next failure.

x goes on without the VPCs that AWS refused, or without an account and region whose flow logs cannot be made; the set-up is then proved without them. e changes an answer. h shows the failed steps as text, JSON and AWS CLI commands, for somebody who may do them.`
)

// End.
const (
	sayWorks             = "It works: logs of the right format arrive, and the reader can read them and nothing beyond its grant."
	sayDelivers          = "It works: logs of the right format arrive in the log group, and only the flow logs service can use the role."
	sayTakenWaiting      = "Not all is taken back yet: what is left is for somebody else to do, or could not be proved."
	sayTakeBackOnce      = " r takes it back once more."
	sayNobodyReads       = "Nobody is granted access by this set-up."
	sayPortalRevoked     = "Nothing is entered any more. What is left to do:"
	sayWaiting           = "Set up, and nothing is wrong. Not all could be proved yet: see Checks. v proves it again; later: %s"
	sayStopped           = "Interrupted. What was made stays. To go on: %s"
	sayStoppedTaking     = "Interrupted. What was taken back so far is gone. To go on: %s"
	sayNotFinished       = "Not finished: see Checks for what is wrong and what to do."
	sayNotProved         = "Nothing is wrong, but not all could be proved: see Checks."
	sayWrong             = "Something is wrong: see Checks for what and what to do."
	sayMoreWrong         = "and %d more, see Checks"
	saySeeWhatMends      = " r reviews the set-up again, which shows what would mend it."
	sayNothingMade       = "Nothing was changed: everything was right already."
	sayNothingMoreMade   = "Nothing more was to change after what was mended."
	sayNoChange          = "Nothing was changed."
	sayOnlyLooked        = "Nothing was changed: this only looked."
	sayProving           = "Proving it: reading what is there, in every account and region"
	sayProvedAnew        = "Proved anew: %s."
	sayPortalPractised   = "The practice portal has verified the five values (tab). With your own AWS, you enter them in the Xshield portal."
	sayWarned            = "%s of the review: w shows the whole text."
	sayNextPortal        = "Next: enter five values in the Xshield portal (tab)."
	helpEndPortal        = "Portal: what to enter in the Xshield portal, each value to copy with one key.\n"
	helpEndRevokedPortal = "Portal: what is left to do in the Xshield portal.\n"
	helpEndRevoked       = `Result: what was taken back, what stays, and how it came out.
` + helpEndRevokedPortal + `Logs: whether your flow logs go on, and a picture of the newest where they do.
Policies: the policies that this set-up was about as they are now, to read, copy and save.
Checks: each proof with its evidence; what still lets Xshield in comes with what to do.

v proves anew that Xshield is out, and that kept logs go on. It changes nothing.
r, where something is left, takes it back once more, after a review.
f saves the answers as a set-up file, m a report (Markdown).
n goes to another set-up.`
	helpEnd = `Result: what was made and how it came out; w shows what the review warned of.
` + helpEndPortal + `Logs: a picture of the first logs that arrived.
Policies: every policy document of the set-up, to read, copy and save.
Checks: each proof with its evidence; what is wrong comes with what to do.

f saves the answers as a set-up file: "flowgrant apply -f FILE" brings everything to this state again, "flowgrant verify -f FILE" proves it.
m saves a report (Markdown): what was done, what is proved and what is not, and every policy.
v looks again and proves everything anew. It changes nothing.
d, where something is wrong, finds the cause and what mends it; r shows in the review what applying again would mend.
n goes to another set-up.`
)

// Texts to read, and what arrived.
const (
	sayOrSavedAs    = " s saves it as %s."
	sayOrInReport   = " m saves a report that holds it as %s."
	titleWarnings   = words.TitleWarnings
	titleHandOver   = "For somebody who may do it"
	tabChange       = "Change"
	tabHandOff      = "Hand-off"
	tabText         = "Text"
	tabJSON         = "JSON"
	sayPolicies     = "Every policy of this set-up, as it was made. Enter shows one; s saves all."
	sayPoliciesNow  = "What this set-up was about, as it is now. Enter shows one; s saves all. What it was before is among the kept documents, on the page of the set-up (n)."
	sayPoliciesNone = "No policy that this set-up was about is left."
	sayLogsProve    = "v proves that they go on arriving, and shows the newest here."
	sayLogsUnknown  = "What became of the logs is not known: v looks."
	sayNoLogs       = "No logs have been opened yet. Once they arrive, v proves it again and shows them here."
	sayOverTime     = "Records over time (accepted + rejected)"
	sayTalkers      = "Who sent most"
	sayFlags        = "TCP flags"
	helpViewer      = `A text to read, copy and save. Where there are several, tab goes to the next one.

Copying uses the system clipboard where there is one, and the terminal's own (OSC 52), which also works over ssh if your terminal allows it. Where neither works, select the text shown, or save it.`
)

// Said in passing.
const (
	sayWhoOwnsWhat                   = "Who owns what, with what is known by now"
	sayChooseAtLeastOne              = "Choose at least one "
	sayEnterKeepsTheChoice           = "Enter keeps what was chosen before."
	sayEnterTakesAllWithoutWaiting   = "Enter takes all without waiting."
	sayEnterTakesAllTheReview        = "Enter takes all; the review shows what they are."
	sayNothingWasCheckedTheRun       = "Nothing was checked: the run ended before."
	sayLookingForWhatYouCan          = "Looking for what you can pick from"
	saySavedIn                       = "Saved %s in %s."
	saySavedAllIn                    = "Saved %s in %s: %s."
	sayNothingToPickFromHere         = "Nothing to pick from here, but you can type it:"
	sayNoRowContains                 = "Nothing in the list contains that: esc shows all of it."
	sayNothingFoundContainsWhatYou   = "Nothing found contains what you typed."
	sayTakenAsItIs                   = " Enter takes it as it is."
	sayIsTooSmallFor                 = "%d×%d is too small for"
	sayCodeThatTheDevice             = "The code that the device "
	sayGaveUpLogin                   = "nothing was read: the login was not waited for"
	sayTypeTheCodeOrEsc              = "Type the code, or esc to go on without it."
	saySuspendingIsOffWhileAws       = "Suspending is off while AWS is being changed."
	sayNothingHasBeenChangedIn       = "Nothing has been changed in AWS. What you have answered is lost, unless you save it as a set-up file on the review."
	sayAnswersStay                   = "Nothing has been changed in AWS. What you have answered is kept: the next start offers to go on with it."
	sayInternalFaultWhileReading     = "internal fault while reading: %v"
	saySetUpLogsNotWaited            = "set up, logs not waited for"
	sayNothingToConfirm              = "There is nothing to confirm"
	sayCannotBeAppliedInThe          = "%s in the way, and nothing is changed before all of it can be. Look at what it needs (esc), then read again (r)."
	sayCannotBeAppliedStepsAre       = "%d steps are in the way, and nothing is changed before all of it can be. Look at what they need (esc), then read again (r)."
	sayRefusedHolds                  = "The bucket holds logs, and nothing is taken back before that is decided. Go back (esc) and keep it (x)."
	sayHoldsLogs                     = "The bucket holds logs, so nothing can be taken back yet: x keeps the bucket and shows what then goes. Or empty it first, then r."
	sayKeptNow                       = "The bucket and the logs in it are kept now."
	sayReadingWhatIsThereIn          = "Reading what is there, in every account and region"
	sayBelowPgdnOrEnterFor           = "↓ %s below (pgdn, or enter for all)"
	sayOneBlocked                    = "one step cannot be done as it is"
	saySomeBlocked                   = "%d steps cannot be done as they are"
	sayButBeDoneAsIt                 = "%s, but %s. See what to do below, then read again (r)."
	sayNothingHasToBeChanged         = "Nothing has to be changed. Applying (a) proves that it works."
	sayInReadNothingHasBeen          = "%s in %s, read %s. Nothing has been changed yet."
	sayForSomebodyElseToDo           = " for somebody else to do: enter shows the text for them."
	sayRunItAgainWhatIs              = "Run it again: what is done is not done twice. Please report this."
	sayNothingHasBeenChangedMend     = "nothing has been changed: mend the cause and try again"
	sayStoppingNothingNewStartsCalls = "Stopping: nothing new starts, calls in flight finish ("
	sayStoppingCallsInFlightFinish   = "Stopping: calls in flight finish. ctrl+c again ends them too."
	sayEndingTheCallsInFlight        = "Ending the calls in flight. ctrl+c again leaves at once."
	sayAwsIsBeingChangedCtrl         = "AWS is being changed: ctrl+c stops after the calls in flight. Leaving with q works once only logs are waited for."
	sayReadingWhatIsLeftTo           = "Reading what is left to do"
	sayThisUsuallyTakesUpTo          = ". This usually takes up to "
	sayNotEverythingCouldBeProved    = "Not everything could be proved: enter shows what."
	sayHandedToYourTerminal          = "Handed to your terminal: "
	sayIfItDoesNotPaste              = ". If it does not paste, select the text shown or save it."
	sayNoClipboardCouldBeReached     = "No clipboard could be reached: select the text shown."
	sayForSomebodyElseToDo2          = "for somebody else to do"
	sayForThePersonWhoCan            = "\nFor the person who can do it:\n"
	sayIsThereAndStays               = "\nIs there and stays:\n"
	sayShowTheCommandsThatSign       = "Show the commands that sign me in"
	sayAfterYouHaveSignedIn          = "After you have signed in elsewhere."
	helpWithSingleSignOnIam          = `With single sign-on (IAM Identity Center):

aws sso login%[1]s

The first time, to set the profile up:

aws configure sso%[1]s

With an access key:

aws configure%[1]s

With credentials copied from the AWS access portal: quit, paste the three export lines (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN) into this terminal, and start flowgrant again.

To see who you are:

aws sts get-caller-identity%[1]s

Then come back here (esc) and check again (r).
`
	sayThisIsTheSandboxA       = words.SaySandbox
	sayNoneSetYouWillBe        = "none set: you will be asked"
	helpFlowgrantSetsUpVpcFlow = `flowgrant sets up VPC Flow Log delivery to S3, lets Xshield read the logs, and proves that both work.

These are the credentials it starts from. It reads with them what is there; it changes AWS only after you have reviewed every change and confirmed.

They must be allowed to manage S3 buckets, IAM roles and VPC flow logs in the accounts concerned, or to assume a role there that may.

Where from: the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID …), the AWS configuration files, single sign-on, or the instance you work on, in the usual order of the AWS tools.`
	sayWizardStoppedOnAn = "the wizard stopped on an internal fault; what was done in AWS stays, and going on later does nothing twice"
	sayWizardCouldNotUse = "the wizard could not use this terminal: %w"
)
