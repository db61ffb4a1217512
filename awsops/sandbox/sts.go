package sandbox

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

var stsHandlers = map[string]handler{
	"AssumeRole":        assumeRole,
	"GetCallerIdentity": getCallerIdentity,
}

// getCallerIdentity needs no permission (botocore sts:GetCallerIdentity).
func getCallerIdentity(c *call) (response, *apiError) {
	return queryAnswer(c, func(x *xmlWriter) {
		x.text("Arn", c.caller.principal)
		x.text("UserId", c.caller.userID)
		x.text("Account", c.caller.account)
	})
}

var (
	sessionNamePattern = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalIDPattern  = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
	roleARNPattern     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
)

func validation(format string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "ValidationError", message: format}
}

// assumeRole lets the trust policy of the role and, from another account, the caller's own policies decide. A role that is not
// there, a principal that is not trusted and a wrong external ID all look the same, as on AWS.
func assumeRole(c *call) (response, *apiError) {
	arn, name, externalID := c.form.Get("RoleArn"), c.form.Get("RoleSessionName"), c.form.Get("ExternalId")
	switch {
	case !roleARNPattern.MatchString(arn):
		return response{}, validation(arn + " is invalid")
	case !sessionNamePattern.MatchString(name):
		return response{}, validation("1 validation error detected: Value '" + name + "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* and have length between 2 and 64")
	case c.form.Has("ExternalId") && (len(externalID) > 1224 || !externalIDPattern.MatchString(externalID)):
		return response{}, validation("1 validation error detected: Value '" + externalID + "' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]* and have length between 2 and 1224")
	}
	for _, unsupported := range []string{"Policy", "PolicyArns.member.1.arn", "SerialNumber", "TokenCode", "SourceIdentity", "Tags.member.1.Key"} {
		if c.form.Get(unsupported) != "" {
			return response{}, validation("The sandbox does not know the parameter " + strings.SplitN(unsupported, ".", 2)[0] + " of AssumeRole.")
		}
	}
	refused := &apiError{status: http.StatusForbidden, code: "AccessDenied",
		message: "User: " + c.caller.principal + " is not authorized to perform: sts:AssumeRole on resource: " + arn}
	a := c.w.Accounts[arnAccount(arn)]
	role := roleByARN(a, arn)
	if role == nil {
		return response{}, refused
	}
	extra := map[string][]string{"sts:RoleSessionName": {name}}
	if externalID != "" {
		extra["sts:ExternalId"] = []string{externalID}
	}
	trust := parsed(c.w.withoutDeleted(role.Trust, role.TrustIDs))
	if trust == nil || c.authorize("sts:AssumeRole", arn, a.ID, trust, extra).Verdict != policy.Allowed {
		return response{}, refused
	}
	chained := c.caller.issuer != ""
	seconds := 3600
	if v := c.form.Get("DurationSeconds"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 900 || n > 43200 {
			return response{}, validation("1 validation error detected: Value '" + v + "' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200")
		}
		seconds = n
	}
	switch {
	case chained && seconds > 3600:
		return response{}, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case seconds > role.MaxSession:
		return response{}, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	s := c.w.mint(role, a.ID, name, c.now, time.Duration(seconds)*time.Second, c.caller)
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("AssumedRoleUser", func() {
			x.text("AssumedRoleId", role.ID+":"+name)
			x.text("Arn", s.ARN)
		})
		x.in("Credentials", func() {
			x.text("AccessKeyId", s.AccessKey)
			x.text("SecretAccessKey", s.Secret)
			x.text("SessionToken", s.Token)
			x.time("Expiration", s.Expires)
		})
	})
}
