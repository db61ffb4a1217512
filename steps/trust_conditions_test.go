package steps_test

import (
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// What conditions the owner gave the reader's statement stay; only the external ID is made right.
func TestFurtherConditionsOfTrustStay(t *testing.T) {
	const hubRole = "ColortokensHubFlowLogsRole"
	trust := func(condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole"},
			"Action":"sts:AssumeRole","Condition":` + condition + `}]}`
	}
	for name, c := range map[string]struct {
		condition, lacks string
		holds            []string
		updates          bool
		ends             steps.ResultStatus
	}{
		"right, and met":      {`{"StringEquals":{"sts:ExternalId":"xs-7f3a91","aws:PrincipalAccount":"999988887777"}}`, "", []string{"aws:PrincipalAccount"}, false, steps.ResultVerified},
		"right, another way":  {`{"ForAnyValue:StringEquals":{"sts:ExternalId":"xs-7f3a91"}}`, "", []string{"ForAnyValue"}, false, steps.ResultVerified},
		"wrong, and met":      {`{"StringEquals":{"sts:ExternalId":"xs-old","aws:PrincipalAccount":"999988887777"}}`, "xs-old", []string{"aws:PrincipalAccount", "xs-7f3a91"}, true, steps.ResultVerified},
		"a pattern":           {`{"StringLike":{"sts:ExternalId":"xs-*"},"StringEquals":{"aws:PrincipalAccount":"999988887777"}}`, "xs-*", []string{"aws:PrincipalAccount", "xs-7f3a91"}, true, steps.ResultVerified},
		"none, and an origin": {`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, "", []string{"203.0.113.0/24", "xs-7f3a91"}, true, steps.ResultFailed}, // the vendor, which really tries, is refused
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			store := steps.OpenStore(t.TempDir())
			a := l.admin(archive)
			_, err := a.CreateRole(t.Context(), awsops.NewRole{Name: hubRole, Trust: trust(c.condition)})
			l.must(err)
			s := setup(t, centralFile)
			p := l.plan(s)
			for _, st := range p.Steps {
				if st.Step == steps.StepTrust && (st.Change == steps.ChangeUpdate) != c.updates {
					t.Errorf("planned: %s %s", st.Change, st.Summary)
				}
			}
			if c.ends == steps.ResultFailed && !strings.Contains(strings.Join(p.Warnings, "\n"), "further conditions, which stay (IpAddress aws:SourceIp 203.0.113.0/24)") {
				t.Errorf("the condition is not told: %v", p.Warnings)
			}
			r := l.journaled(store, s, p)
			l.expect(r, c.ends)
			for _, check := range r.Report.Checks {
				if check.ID == "access.assume" && check.Status == steps.Fail {
					t.Errorf("what cannot be seen from here is said to fail: %s (%s)", check.Summary, check.Evidence)
				}
			}
			text, err := a.Trust(t.Context(), hubRole)
			l.must(err)
			for _, want := range append(c.holds, "Theirs") {
				if !strings.Contains(text, want) {
					t.Errorf("%s is gone: %s", want, text)
				}
			}
			if c.lacks != "" && strings.Contains(text, c.lacks) {
				t.Errorf("%s is left: %s", c.lacks, text)
			}
			l.expect(l.revoke(store, s, steps.RevokeOptions{FlowLogs: true}), steps.ResultRevoked)
			text, err = a.Trust(t.Context(), hubRole)
			l.must(err)
			same(t, trust(c.condition), text)
		})
	}
}
