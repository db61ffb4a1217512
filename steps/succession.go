package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops"
)

// succession puts a flow log to CloudWatch Logs in the place of one that names wrong things: the new one is made and proved, then the old one goes.
type succession struct {
	task *task
	old  *toGroup
	want wantedFlowLog
}

// successor is the flow log that takes the place of one that names a wrong role or log group; all else stays as it was.
func (g *toGroup) successor(s Setup) wantedFlowLog {
	tags := s.tags()
	maps.Copy(tags, g.log.Tags)
	maps.DeleteFunc(tags, func(key, _ string) bool { return strings.HasPrefix(key, "aws:") })
	role := fmt.Sprintf("arn:%s:iam::%s:role/%s", s.partition(), g.at.account.ID, g.roleName())
	if g.role != nil {
		role = g.role.ARN
	}
	return wantedFlowLog{ResourceIDs: []string{g.log.ResourceID}, Type: "VPC", Traffic: g.log.Traffic, Kind: string(ToGroups),
		Destination: fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", s.partition(), g.at.region, g.at.account.ID, g.log.LogGroup),
		Role:        role, Format: g.log.Format, Interval: g.log.Interval, Tags: tags}
}

func (s *succession) carryOut(ctx context.Context) (string, error) {
	t, at := s.task, s.old.at
	err := t.writeWithToken("create a flow log for "+s.old.log.ResourceID+" in account "+at.account.ID+", "+at.region, s.want.request(at), func(token string) error {
		err := s.want.create(ctx, at, token)
		var partial *awsops.PartialError
		if errors.As(err, &partial) && !slices.ContainsFunc(partial.Failed, func(f awsops.FailedResource) bool { return f.Meaning != awsops.AlreadyExists }) {
			return nil // an earlier run made it
		}
		return err
	})
	if err != nil {
		return "", t.place().fault("create the flow log", err)
	}
	limit := 2*time.Duration(s.want.Interval)*time.Second + extraWait
	started, pause := t.run.engine.now(), firstPoll
	for {
		proved, state, err := s.proved(ctx)
		if err != nil {
			return "", t.place().fault("look at the new flow log", err)
		}
		if proved {
			break
		}
		waited := t.run.engine.now().Sub(started) - t.paused()
		if waited >= limit || t.run.stopping() {
			return state + "; " + s.old.log.ID + " stays until the new one is proved: run flowgrant doctor again later", errWaiting
		}
		t.waiting(fmt.Sprintf("%s, after %s", state, waited.Round(time.Second)), time.Duration(s.want.Interval)*time.Second+firstLogsUsually)
		if err := sleep(ctx, min(pause, limit-waited)); err != nil {
			return state, errWaiting
		}
		pause = min(pause*3/2, slowestPoll)
	}
	if err := t.backup("flow-logs", at.account.ID+"-"+at.region, asJSON([]wantedFlowLog{described(s.old.log)})); err != nil {
		return "", t.place().say("back up the flow log", err.Error(), "make the state directory writable, then try again")
	}
	if err := t.write("delete the flow log "+s.old.log.ID, func() error { return at.acting.DeleteFlowLogs(ctx, at.region, []string{s.old.log.ID}) }); err != nil {
		return "", err
	}
	return "the new flow log delivers, and " + s.old.log.ID + " is deleted", nil
}

// proved says whether events of the new flow log are in the log group; where the VPC has nothing to log, that AWS does not say that it fails.
func (s *succession) proved(ctx context.Context) (bool, string, error) {
	at := s.old.at
	logs, err := at.acting.FlowLogs(ctx, at.region)
	if err != nil {
		return false, "", err
	}
	i := slices.IndexFunc(logs, func(f awsops.FlowLog) bool {
		return f.ID != s.old.log.ID && f.ResourceID == s.old.log.ResourceID && f.Role == s.want.Role && f.LogGroup == s.old.log.LogGroup &&
			arnPart(f.Destination, 3) == at.region && f.Traffic == s.want.Traffic && f.Format == s.want.Format
	})
	if i < 0 {
		return false, "the new flow log does not show yet", nil
	}
	made := logs[i]
	if made.Status == "FAILED" {
		return false, made.ID + " fails: " + made.StatusMessage, nil
	}
	v := slices.IndexFunc(at.vpcs, func(v awsops.VPC) bool { return v.ID == made.ResourceID })
	if v < 0 || at.vpcs[v].Interfaces == 0 {
		return true, "", nil
	}
	ids := at.vpcs[v].InterfaceIDs
	for _, id := range ids[:min(streamsAtOnce, len(ids))] {
		events, err := at.acting.NewestEvents(ctx, at.region, made.LogGroup, id+"-"+strings.ToLower(made.Traffic), 1)
		if err != nil {
			return false, "", err
		}
		if len(events) > 0 && !events[0].Ingested.Before(made.Created) {
			return true, "", nil
		}
	}
	return false, "waiting for the first events of " + made.ID, nil
}
