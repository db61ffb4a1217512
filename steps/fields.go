package steps

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	acceptedAccount    = `12 digits, such as "111122223333"`
	acceptedRole       = "a role name: 1 to 64 letters, digits or + = , . @ _ -"
	acceptedExternalID = "2 to 1224 letters, digits or + = , . @ : / _ -"
	acceptedRegion     = "a region code, such as us-east-1"
	acceptedVPC        = "a VPC ID: vpc- and 8 or 17 of 0-9 and a-f"
	acceptedName       = "1 to 64 letters, digits or -, starting with a letter or digit"
)

var (
	accountPattern    = regexp.MustCompile(`^[0-9]{12}$`)
	digitsPattern     = regexp.MustCompile(`^[0-9]+$`)
	rolePattern       = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)
	externalIDPattern = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]*$`)
	regionPattern     = regexp.MustCompile(`^[a-z]{2,6}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	zonePattern       = regexp.MustCompile(`^([a-z]{2,6}(-[a-z]+){1,3}-[0-9]{1,2})[a-z]$`)
	vpcPattern        = regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	namePattern       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)
	deviceNames       = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
)

// CheckAccountID gives the 12-digit account ID in what was typed or pasted: bare, grouped as 1111-2222-3333, or in an ARN.
func CheckAccountID(text string) (string, error) {
	text = pastedItem(text)
	if text == "" {
		return "", refuse(acceptedAccount, "is missing")
	}
	if strings.HasPrefix(text, "arn:") {
		return accountInARN(text)
	}
	digits := strings.NewReplacer("-", "", " ", "").Replace(text)
	switch {
	case accountPattern.MatchString(digits):
		return digits, nil
	case !digitsPattern.MatchString(digits):
		return "", refuse(acceptedAccount, "%s is not an account ID", shown(text))
	case len(digits) == 10 || len(digits) == 11:
		return "", refuse(acceptedAccount, "%s has %s, not 12; zeros at its start may have been lost", shown(text), count(len(digits), "digit"))
	}
	return "", refuse(acceptedAccount, "%s has %s, not 12", shown(text), count(len(digits), "digit"))
}

func accountInARN(text string) (string, error) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) == 6 && parts[2] == "organizations" {
		// an account's ARN in an organization names the management account first: …:account/o-id/ACCOUNT
		if segments := strings.Split(parts[5], "/"); len(segments) == 3 && segments[0] == "account" && accountPattern.MatchString(segments[2]) {
			return segments[2], nil
		}
	} else if len(parts) == 6 && accountPattern.MatchString(parts[4]) {
		return parts[4], nil
	}
	return "", refuse(acceptedAccount, "%s names no account", shown(text))
}

// CheckRoleName gives the role name in what was typed or pasted: the name itself, or the role's ARN.
// Form: IAM CreateRole, RoleName.
func CheckRoleName(text string) (string, error) {
	text = pasted(text)
	if text == "" {
		return "", refuse(acceptedRole, "is missing")
	}
	name := text
	if parts := strings.SplitN(text, ":", 6); parts[0] == "arn" {
		segments := strings.Split(parts[len(parts)-1], "/")
		switch {
		case len(parts) == 6 && parts[2] == "iam" && segments[0] == "role" && len(segments) > 1:
			name = segments[len(segments)-1]
		case len(parts) == 6 && parts[2] == "sts" && segments[0] == "assumed-role" && len(segments) > 1:
			name = segments[1]
		default:
			return "", refuse(acceptedRole, "%s is not the ARN of a role", shown(text))
		}
	}
	switch {
	case rolePattern.MatchString(name):
		return name, nil
	case len(name) > 64:
		return "", refuse(acceptedRole, "the role name has %d characters, at most 64 are possible", len(name))
	}
	return "", refuse(acceptedRole, "%s cannot be a role name", shown(name))
}

// CheckExternalID gives the external ID in what was typed or pasted. Form: STS AssumeRole, ExternalId.
func CheckExternalID(text string) (string, error) {
	text = pasted(text)
	switch {
	case text == "":
		return "", refuse(acceptedExternalID, "is missing")
	case !externalIDPattern.MatchString(text):
		return "", refuse(acceptedExternalID, "%s holds a character that an external ID cannot have", shown(text))
	case len(text) < 2:
		return "", refuse(acceptedExternalID, "%s is too short", shown(text))
	case len(text) > 1224:
		return "", refuse(acceptedExternalID, "has %d characters, too many", len(text))
	}
	return text, nil
}

// CheckRegion gives the region code in what was typed or pasted. Which regions exist, only AWS knows.
func CheckRegion(text string) (string, error) {
	text = strings.ToLower(pastedItem(text))
	if text == "" {
		return "", refuse(acceptedRegion, "is missing")
	}
	if zone := zonePattern.FindStringSubmatch(text); zone != nil {
		return "", refuse(zone[1], "%s is an availability zone, not a region", shown(text))
	}
	if !regionPattern.MatchString(text) {
		return "", refuse(acceptedRegion, "%s is not a region code", shown(text))
	}
	return text, nil
}

// CheckVPCID gives the VPC ID in what was typed or pasted: the ID itself, or the VPC's ARN.
func CheckVPCID(text string) (string, error) {
	text = strings.ToLower(pastedItem(text))
	if text == "" {
		return "", refuse(acceptedVPC, "is missing")
	}
	id := text
	if strings.HasPrefix(text, "arn:") {
		_, id, _ = strings.Cut(text, ":vpc/")
	}
	if !vpcPattern.MatchString(id) {
		return "", refuse(acceptedVPC, "%s is not a VPC ID", shown(text))
	}
	return id, nil
}

// CheckSetupName gives the name of a set-up in what was typed or pasted. It names a directory and a tag value.
func CheckSetupName(text string) (string, error) {
	text = pasted(text)
	switch {
	case text == "":
		return "", refuse(acceptedName, "is missing")
	case len(text) > 64:
		return "", refuse(acceptedName, "has %d characters, too many", len(text))
	case !namePattern.MatchString(text):
		return "", refuse(acceptedName, "%s cannot name a set-up", shown(text))
	case deviceNames.MatchString(text):
		return "", refuse(acceptedName, "%s cannot name a set-up: Windows keeps it for a device", shown(text))
	}
	return text, nil
}

// ParseAccountIDs finds the account IDs in text that was typed or pasted: one or many a line, with or without names beside them.
// ids come in their order, each once; bad are the words that should have been IDs; duplicates are the IDs that stood there again.
func ParseAccountIDs(text string) (ids, bad, duplicates []string) {
	times := map[string]int{}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		found := false
		var others []string
		for _, word := range strings.FieldsFunc(line, splitsIDs) {
			id, err := CheckAccountID(word)
			if err != nil {
				if pasted(word) != "" {
					others = append(others, word)
				}
				continue
			}
			found = true
			times[id]++
			switch times[id] {
			case 1:
				ids = append(ids, id)
			case 2:
				duplicates = append(duplicates, id)
			}
		}
		for _, word := range others {
			// beside an ID, a word without digits is the account's name
			if !found || strings.ContainsAny(word, "0123456789") {
				bad = append(bad, word)
			}
		}
	}
	return ids, bad, duplicates
}

func splitsIDs(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`,;|"'`+"`[](){}<>", r)
}

// pasted takes off what comes along when a value is copied: spaces, quotes, invisible characters, and the comma behind a quote.
func pasted(text string) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, text)
	text = strings.TrimFunc(text, wraps)
	if bare := strings.TrimRight(text, ",;"); bare != text && strings.ContainsAny(bare[max(len(bare)-1, 0):], "\"'") {
		text = strings.TrimFunc(bare, wraps)
	}
	return text
}

// pastedItem is pasted for values that cannot end with a comma themselves.
func pastedItem(text string) string {
	return strings.TrimFunc(pasted(text), func(r rune) bool { return wraps(r) || r == ',' || r == ';' })
}

func wraps(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`“”‘’«»", r) }
