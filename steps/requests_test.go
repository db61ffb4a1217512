package steps_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
)

// promised lists what the requests of a plan say.
func promised(t *testing.T, p *steps.Plan) []string {
	t.Helper()
	var list []string
	for i := range p.Steps {
		for _, r := range p.Requests(i) {
			list = append(list, fmt.Sprint(r.Service, ":", r.Operation, " ", r.Account))
			input, err := json.Marshal(r.Input)
			if err != nil || !strings.Contains(r.CLI(), strings.ReplaceAll(string(input), "'", `'\''`)) {
				t.Errorf("%s: the command does not hold the request (%v): %s", r.Operation, err, r.CLI())
			}
		}
	}
	slices.Sort(list)
	return list
}

// made lists what the call log says was written.
func made(t *testing.T, l *lab) []string {
	t.Helper()
	var list []string
	for _, c := range l.calls.take(t) {
		if c.Write && c.Status < 300 && c.Service != "sts" {
			list = append(list, strings.ToLower(c.Service)+":"+c.Operation+" "+c.Account)
		}
	}
	slices.Sort(list)
	return list
}

// The requests that a review shows are those that the run makes, of both modes and of taking it back.
func TestRequestsAreThoseThatTheRunMakes(t *testing.T) {
	for name, file := range map[string]string{
		"centralized": centralFile, "per account": perAccountFile,
		"centralized, existing bucket": strings.Replace(centralFile, `arn:aws:s3:::central-flow-logs", create: true`, `arn:aws:s3:::archive-existing"`, 1),
		"per account, expiring":        strings.Replace(perAccountFile, "create: true", "create: true, expire_after_days: 30", 1),
	} {
		inBubble(t, name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			s := setup(t, file)
			check := func(what string, p *steps.Plan, want steps.ResultStatus) {
				t.Helper()
				said := promised(t, p)
				l.calls.take(t)
				l.expect(l.run(t.Context(), p, -1), want)
				if did := made(t, l); !slices.Equal(said, did) || len(said) == 0 {
					t.Errorf("%s: the review promised\n%s\nthe run made\n%s", what, strings.Join(said, "\n"), strings.Join(did, "\n"))
				}
			}
			check("apply", l.plan(s), steps.ResultVerified)
			p, err := l.engine.PlanRevoke(t.Context(), s, steps.RevokeOptions{FlowLogs: true, EndSessions: true})
			if err != nil {
				t.Fatal(err)
			}
			check("revoke", p, steps.ResultRevoked)
		})
	}
}
