package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/text"
)

// Profiles of the AWS configuration, to pick one.
const (
	SayPickProfile      = "Type to narrow the list, or pick with ↑↓."
	SayNoProfile        = "No profile"
	SayNoProfileMeans   = "The credentials of the environment, or of the machine that this runs on."
	SayNoProfileSandbox = "The credentials that the sandbox starts with."
	SayNoSuchProfile    = "There is no profile %s. Pick one of the list."
	SayNoSuchAtAll      = "There is no profile %s."
	SayNoProfiles       = "There is no profile in your AWS configuration."
	SayProfilesLookedIn = "Looked in %s."
	SayMakeProfile      = "Make one in another window, with aws configure sso, then type its name here."
	SayOrNoProfile      = "%s in your AWS configuration, or none: the credentials of the environment."
	SayOfProfiles       = "%s in your AWS configuration."
	SayProfileNeeded    = "The name of a profile is needed."
	HelpProfiles        = "The profiles of your AWS configuration (~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE point). Picking one signs in with it and shows who that is."
)

// ProfilesFound says how many profiles there are to pick from; where there are none, which files were looked in. none: going without is a way too.
func ProfilesFound(p steps.Profiles, none bool) string {
	switch {
	case len(p.Names) == 0:
		return noProfiles(p)
	case none:
		return fmt.Sprintf(SayOrNoProfile, text.Count(len(p.Names), WordProfile))
	}
	return fmt.Sprintf(SayOfProfiles, text.Count(len(p.Names), WordProfile))
}

func noProfiles(p steps.Profiles) string {
	if len(p.Files) == 0 {
		return SayNoProfiles
	}
	return SayNoProfiles + " " + fmt.Sprintf(SayProfilesLookedIn, strings.Join(p.Files, ", "))
}

// ProfileFault says what is wrong with the name of a profile, and the fix; "" where there is one of that name.
func ProfileFault(p steps.Profiles, name string) string {
	switch {
	case slices.Contains(p.Names, name):
		return ""
	case name == "":
		return SayProfileNeeded
	case len(p.Names) == 0:
		return fmt.Sprintf(SayNoSuchAtAll, text.Line(name))
	}
	return fmt.Sprintf(SayNoSuchProfile, text.Line(name))
}
