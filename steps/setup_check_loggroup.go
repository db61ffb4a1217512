package steps

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Why a key does not go with a destination.
const (
	noReader   = "has no place where flow logs go to CloudWatch Logs: nobody outside the account is granted access"
	noBucket   = "has no place where flow logs go to CloudWatch Logs: they lie in a log group (flow_logs.log_group), not in a bucket"
	noLogGroup = "belongs to flow_logs.destination: cloud-watch-logs only"
)

const acceptedGroup = "1 to 512 letters, digits or . - _ / #, not starting with aws/, such as /vpc/flow-logs"

// Source: CloudWatch Logs API, CreateLogGroup.
var groupPattern = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

// retentions are the days that a log group can keep its events. Source: CloudWatch Logs API, PutRetentionPolicy.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// CheckLogGroupName gives the name of the log group in what was typed or pasted: the name itself, or the group's ARN.
func CheckLogGroupName(text string) (string, error) {
	text = pasted(text)
	if parts := strings.SplitN(text, ":", 7); len(parts) == 7 && parts[0] == "arn" && parts[2] == "logs" && parts[5] == "log-group" {
		text = strings.TrimSuffix(parts[6], ":*")
	}
	switch {
	case text == "":
		return "", refuse(acceptedGroup, "is missing")
	case len(text) > 512:
		return "", refuse(acceptedGroup, "the name has %d characters", len(text))
	case !groupPattern.MatchString(text):
		return "", refuse(acceptedGroup, "%s cannot be the name of a log group", shown(text))
	case strings.HasPrefix(text, "aws/"):
		return "", refuse(acceptedGroup, "%s cannot be the name of a log group here: AWS keeps aws/ for itself", shown(text))
	}
	return text, nil
}

// onlyDelivers checks a set-up whose flow logs go to CloudWatch Logs, in the order of the set-up file.
func (c *checker) onlyDelivers(s Setup) {
	absent := "no such key with this destination"
	if s.Mode == Centralized {
		c.fault("mode", "per-account, in a set-up for each account, or flow_logs.destination: s3",
			"centralized is not possible where flow logs go to CloudWatch Logs: AWS delivers to a log group of the same account and region only")
	}
	if s.Reader != (ReaderAnswers{}) {
		c.fault("reader", absent, "%s", noReader)
	}
	c.value("account.id", s.Account.ID, CheckAccountID)
	c.label("account.name", s.Account.Name)
	if s.Account.Role != "" {
		c.fault("account.role", "flow_logs.log_group.role", "is the role that a reader uses, and there is none here; the role that delivers is flow_logs.log_group.role")
	}
	c.credentials("account.credentials", s.Account.Credentials)
	if s.Bucket != (BucketAnswers{}) {
		c.fault("bucket", absent, "%s", noBucket)
	}
	if s.DeliveryScope != ScopeAccounts {
		c.fault("delivery_scope", "accounts, or no such key", "%s says whom the policies of bucket and key let deliver, and there are none here", shown(string(s.DeliveryScope)))
	}
	c.logged(s, true)
	c.logGroup(s.FlowLogs.LogGroup)
	if len(s.ResourceAccounts) > 0 {
		c.fault("resource_accounts", absent, "deliver to one account, and AWS delivers to a log group of the same account only; make a set-up for each account")
	}
	if s.Grant != "" {
		c.fault("grant", "direct, or no such key", "%s says how the reader's role gets its access, and there is no reader here", shown(string(s.Grant)))
	}
}

func (c *checker) logGroup(g LogGroupAnswers) {
	c.value("flow_logs.log_group.name", g.Name, CheckLogGroupName)
	c.value("flow_logs.log_group.role", g.Role, CheckRoleName)
	if g.Retention == nil || *g.Retention == 0 || slices.Contains(retentions, *g.Retention) {
		return
	}
	accepted := strings.Trim(strings.ReplaceAll(fmt.Sprint(retentions), " ", ", "), "[]")
	c.fault("flow_logs.log_group.retention_days", "0 (for ever), "+accepted, "%d is none of the numbers of days that CloudWatch Logs takes", *g.Retention)
}
