package steps

import (
	"fmt"
	"net/url"
	"strings"
)

// ActingIn tells somebody who carries out commands of the plan by hand how to become somebody in an account (12 digits), and which AWS the
// commands are for: comment lines of a POSIX shell with commands that run as they stand. Nothing secret is in them.
func (p *Plan) ActingIn(account string) []string {
	var lines []string
	var here Setup
	if p.live != nil {
		here = p.Setup
		lines = append(lines, p.live.environment()...)
	}
	switch by, known := here.actsBy(account); {
	case !known:
	case by.AssumeRole != "":
		from := ""
		if name := by.Profile; name != "" {
			from = " --profile " + shellQuoted(name)
		} else if name := p.live.start.Profile; name != "" {
			from = " --profile " + shellQuoted(name)
		}
		lines = append(lines, "the set-up acts there through a role, in a shell of its own:",
			fmt.Sprintf(`  eval "$(aws sts assume-role --role-arn arn:%s:iam::%s:role/%s --role-session-name by-hand%s --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text | awk '{print "export AWS_ACCESS_KEY_ID="$1" AWS_SECRET_ACCESS_KEY="$2" AWS_SESSION_TOKEN="$3}')"`,
				here.partition(), account, strings.TrimPrefix(by.AssumeRole, "/"), from))
	case by.Profile != "":
		lines = append(lines, "the set-up acts there by a profile of the AWS configuration: export AWS_PROFILE="+shellQuoted(by.Profile))
	case p.live.start.Account == account && p.live.start.Profile != "":
		lines = append(lines, "the set-up acts there by a profile of the AWS configuration: export AWS_PROFILE="+shellQuoted(p.live.start.Profile))
	}
	return lines
}

// actsBy tells how the set-up acts in an account; known is false for one that it does not act in.
func (s Setup) actsBy(account string) (by CredentialAnswers, known bool) {
	if account == s.Account.ID {
		return s.Account.Credentials, true
	}
	for _, r := range s.ResourceAccounts {
		if r.ID == account {
			return r.Credentials, true
		}
	}
	return CredentialAnswers{}, false
}

// environment tells which AWS was read, where it is not AWS's own.
func (l *live) environment() []string {
	switch {
	case l.embedded:
		return []string{"these are accounts of the sandbox inside flowgrant, not of AWS: flowgrant sandbox serve prints the environment in which the AWS CLI reaches it"}
	case l.endpoint != "":
		at, err := url.Parse(l.endpoint)
		if err != nil {
			return []string{"these are accounts of another endpoint than AWS's own: set AWS_ENDPOINT_URL as it was here"}
		}
		at.User, at.RawQuery, at.Fragment = nil, "", ""
		return []string{"these are accounts of another endpoint than AWS's own: export AWS_ENDPOINT_URL=" + shellQuoted(at.String())}
	}
	return nil
}
