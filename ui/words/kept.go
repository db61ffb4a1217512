package words

// Documents that were kept before they were changed, on the screen.
const (
	TitleKept       = "Kept documents: %s"
	SayPuttingBack  = "Putting back a document of "
	TitlePutBack    = "Review: what is put back"
	SayReadingKept  = "Reading what was kept"
	SayKeptAt       = "as it was at %s"
	SayKeptNotRead  = "Not all of what was kept could be read:"
	SayPutBackAsk   = "Put this document back?"
	SayPutBackMeans = "It becomes what it was then, and what was added since goes, whoever added it. What is there now is kept first. Then the set-up is proved."
	SayPutBackGone  = "It cannot be put back: what it belonged to is not there any more. Why, and what to do instead, stands with the step."
	SayPutBackSame  = "It means what it meant then: there is nothing to put back."
	TitlePutBackNow = "%s: document put back"
	SayPutBackThen  = "What that means for the set-up:"
	SayPutBackDone  = "The document is as it was then. What was there before is kept."
	HelpKept        = `A policy that was there before this set-up changed it was kept first, as it was. So it was with each change since.

Enter on one reads the present document and shows the difference. Nothing is changed before you confirm it.`
)
