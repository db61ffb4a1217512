package steps

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// claims say what other set-ups use of what a set-up is about: those known in the state directory, and those whose statements stand in
// the policies of its buckets.
type claims struct {
	self       Setup
	neighbours []Neighbour
	marks      []mark
}

// mark is a delivery statement that another set-up put into a bucket policy.
type mark struct {
	bucket    string
	sid       string // of the set-up: what its Sids begin with
	statement policy.Statement
}

// setupSid is how the Sids of a set-up begin.
var setupSid = regexp.MustCompile(`^Flowgrant[0-9a-f]{8}`)

// marksIn lists the statements of other set-ups in a bucket policy that let logs be written.
func (s Setup) marksIn(bucket, text string) []mark {
	d, err := policy.Parse(text)
	if err != nil {
		return nil
	}
	var found []mark
	for _, st := range d.Statements {
		sid := setupSid.FindString(st.Sid)
		if sid != "" && sid != s.sid("") && strings.HasSuffix(st.Sid, "Write") {
			found = append(found, mark{bucket, sid, st})
		}
	}
	return found
}

// covers says whether the statement lets the logs of an account be written, given the ARN of all its objects: …/AWSLogs/ID/*.
func (m mark) covers(objects string) bool {
	if m.statement.Resource.Has(objects) {
		return true
	}
	i := strings.LastIndex(strings.TrimSuffix(objects, "/*"), "/")
	if i < 0 || !m.statement.Resource.Has(objects[:i]+"/*") {
		return false
	}
	id := strings.TrimSuffix(objects[i+1:], "/*")
	for _, t := range m.statement.Condition {
		if strings.EqualFold(t.Key, "aws:SourceAccount") {
			return t.Values.Has(id)
		}
	}
	return true
}

// known finds the neighbour that a mark belongs to; nil: none that is known here.
func (c claims) known(m mark) *Neighbour {
	for i, n := range c.neighbours {
		if n.Setup.sid("") == m.sid {
			return &c.neighbours[i]
		}
	}
	return nil
}

// reads names who is still granted the objects of an ARN (…/AWSLogs/ID/*, or …/* of a bucket); "" where nobody is known to be.
func (c claims) reads(objects string) string {
	for _, n := range c.neighbours {
		if n.Reads && n.Setup.Account.ID == c.self.Account.ID && slices.ContainsFunc(n.Setup.loggedIDs(), func(id string) bool { return n.Setup.objectsARN(id) == objects }) {
			return "set-up " + n.Setup.Name
		}
	}
	for _, m := range c.marks {
		if c.known(m) == nil && m.covers(objects) {
			return "another set-up, whose statement " + m.statement.Sid + " stands in the policy of bucket " + m.bucket
		}
	}
	return ""
}

// grantsThrough names who is still granted a bucket (its bare ARN) through a role; "" where nobody is known to be.
func (c claims) grantsThrough(role, bucket string) string {
	for _, n := range c.neighbours {
		if n.Reads && n.Setup.Account.ID == c.self.Account.ID && n.Setup.Mode == PerAccount && n.Setup.Account.Role == role && n.Setup.bareBucketARN() == bucket {
			return "set-up " + n.Setup.Name
		}
	}
	return ""
}

// entersBy names who is known to let its reader in by a role; "" where nobody is.
func (c claims) entersBy(role string) string {
	for _, n := range c.neighbours {
		if n.Reads && n.Setup.Account.ID == c.self.Account.ID && n.Setup.roleName() == role {
			return "set-up " + n.Setup.Name
		}
	}
	return ""
}

// delivers names who relies on a flow log of this set-up: nothing else delivers the same logs of that VPC to it. "" where nobody is known to.
func (c claims) delivers(at *site, f awsops.FlowLog) string {
	beside := func(s Setup) bool {
		return slices.ContainsFunc(at.flowLogs, func(o awsops.FlowLog) bool {
			return o.ResourceID == f.ResourceID && o.Destination == f.Destination && o.Tags[TagSetup] != c.self.Name && s.servedBy(at, o)
		})
	}
	for _, n := range c.neighbours {
		if !n.Delivers || !n.Setup.delivers(f) || !n.Setup.servedBy(at, f) || beside(n.Setup) {
			continue
		}
		for _, a := range n.Setup.Logged() {
			if a.ID == at.account.ID && slices.Contains(a.Regions, at.region) && a.Logs(f.ResourceID) {
				return "set-up " + n.Setup.Name
			}
		}
	}
	objects := strings.TrimSuffix(f.Destination, "/") + "/AWSLogs/" + at.account.ID + "/*"
	for _, m := range c.marks {
		if c.known(m) == nil && m.covers(objects) && !beside(c.self) {
			return "another set-up, whose statement " + m.statement.Sid + " stands in the policy of bucket " + m.bucket
		}
	}
	return ""
}

// servedBy says whether a flow log to its destination can serve a set-up that the site was not read for.
func (s Setup) servedBy(at *site, f awsops.FlowLog) bool {
	its := *at
	if its.role = "none"; s.deliversWith(f) {
		its.role = f.Role
	}
	return s.flowLogFault(&its, f) == ""
}

// logsOfAccount is an ARN of all objects that AWS writes for one account.
var logsOfAccount = regexp.MustCompile(`^arn:[^:]+:s3:::[^*?]+/AWSLogs/[0-9]{12}/\*$`)
