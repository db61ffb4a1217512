package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// talking lists the logged accounts that have anything to log.
func (l *live) talking(s Setup) []string {
	var ids []string
	for _, id := range s.loggedIDs() {
		if slices.ContainsFunc(l.sites, func(at *site) bool {
			return at.account.ID == id && slices.ContainsFunc(at.vpcs, func(v awsops.VPC) bool { return v.Interfaces != 0 })
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// tryReader lets the reader itself try, where the endpoint plays it.
func (t *task) tryReader(ctx context.Context) (string, error) {
	s, l := t.setup(), t.live()
	reader, ok := t.run.engine.cloud.Reader(ctx)
	if !ok {
		return "the documents let the reader in, and nothing beyond", nil
	}
	t.run.await(ctx, t, []need{{step: StepDelivery}})
	if !t.run.deliveryProved() {
		return "the documents let the reader in; it tries for real once logs have arrived", nil
	}
	shown := reader.Shows().ExternalID
	report, err := t.askReader(ctx, reader, awsops.ReaderRequest{AccountID: s.Account.ID, RoleName: s.Account.Role, ExternalID: cmp.Or(shown, s.Reader.ExternalID),
		BucketARN: s.Bucket.ARN, Mode: string(s.Mode), Accounts: l.talking(s)})
	if err != nil {
		return "", t.place().fault("let the reader try", err)
	}
	fix := t.run.opts.Journal.command("doctor", s.Name) + " names what keeps the reader out, and how it goes"
	if s.Mode == PerAccount && s.Reader.ExternalID == "" && shown != "" {
		fix = fmt.Sprintf("the role may ask for another external ID than the portal's: give %s as the external ID of the set-up, then apply again; the two are compared before anything is changed", shown)
	}
	if s.Reader.ExternalID != "" && shown != "" && s.Reader.ExternalID != shown {
		fix = fmt.Sprintf("the portal shows the external ID %s, this set-up has %s: change it to the one that the portal shows, then apply again", shown, s.Reader.ExternalID)
	}
	var failed []string
	for _, c := range report.Checks {
		check := t.check("access.real", Pass, "the reader tried it: "+c.ID, c.Evidence, "")
		if !c.OK {
			check.Status, check.Fix = Fail, fix
			if slices.Contains(triedTooMuch, c.ID) {
				check.Fix = "take out what lets it: " + t.run.opts.Journal.command("doctor", s.Name) + " names the statement"
			}
			if answer := strings.TrimSpace(c.Code + " " + c.Message); answer != "" {
				check.Evidence += ": " + answer
			}
			failed = append(failed, c.ID+": "+check.Evidence)
		}
		t.run.prove(t, check)
	}
	if len(failed) > 0 {
		return "", t.place().say("let the reader try", strings.Join(failed, "; "), fix)
	}
	t.run.readerTried(report)
	return "the reader has read the logs itself, and nothing beyond", nil
}

// askReader lets the reader try with what other set-ups grant through the same role. Where it got further, and they grant more by now than when
// the role was read, it tries again.
func (t *task) askReader(ctx context.Context, reader awsops.Reader, request awsops.ReaderRequest) (awsops.ReaderReport, error) {
	s, l := t.setup(), t.live()
	for {
		entries := l.elsewhere.entries()
		request.Granted = slices.DeleteFunc(append(slices.Clone(entries), l.keyARN), func(arn string) bool { return arn == "" })
		report, err := reader.Verify(ctx, request)
		if err != nil || !slices.ContainsFunc(report.Checks, func(c awsops.ReaderCheck) bool { return !c.OK && slices.Contains(triedTooMuch, c.ID) }) {
			return report, err
		}
		role, err := l.home.Role(ctx, s.roleName())
		if err != nil {
			return report, nil //nolint:nilerr // what the reader could do is told as it was seen
		}
		if l.elsewhere = t.run.engine.readElsewhere(ctx, s, l, &role); slices.Equal(l.elsewhere.entries(), entries) {
			return report, nil
		}
	}
}
