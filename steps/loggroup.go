package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowgrant/flowgrant/awsops"
)

// addGroups adds the steps of a set-up whose flow logs go to CloudWatch Logs.
func (p *Plan) addGroups(s Setup, l *live) {
	for _, at := range l.sites {
		p.add(planLogGroup(s, at))
	}
	p.add(planDeliveryRole(s, l), planDeliveryTrust(s, l), planDeliveryPermissions(s, l))
	for _, at := range l.sites {
		p.add(planFlowLogs(s, l, at))
	}
	for _, at := range l.sites {
		p.add(planDelivery(s, at))
	}
	p.add(planDeliveryAccess(s))
	p.Warnings = slices.Concat(groupWarnings(s, l), flowLogWarnings(l, s))
}

// groupARN is the full ARN of the set-up's log group in a region, without ":*" at its end.
func (s Setup) groupARN(region string) string {
	return fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", s.partition(), region, s.Account.ID, s.FlowLogs.LogGroup.Name)
}

func (at *site) readGroup(ctx context.Context, s Setup) error {
	group, err := at.acting.LogGroup(ctx, at.region, s.FlowLogs.LogGroup.Name)
	switch {
	case err == nil:
		at.group = &group
	case awsops.MeaningOf(err) == awsops.NotFound:
		at.group = nil
	default:
		return err
	}
	return nil
}

// ownGroup says whether this set-up made the log group.
func (at *site) ownGroup(s Setup) bool { return at.group != nil && at.group.Tags[TagSetup] == s.Name }

// groupSettings is what a review shows of a log group.
type groupSettings struct {
	Name      string            `json:"logGroupName"`
	Retention int               `json:"retentionInDays,omitempty"`
	Tags      map[string]string `json:"tags,omitempty"`
}

// retention is for how many days the log group is to keep its events; 0: for ever. A group that somebody else made keeps what it has, unless
// the answers name another number; one of ours that has none yet was left half made.
func (s Setup) retention(at *site) int {
	switch wanted := s.FlowLogs.LogGroup.Retention; {
	case wanted != nil:
		return *wanted
	case at.group == nil, at.ownGroup(s) && at.group.Retention == 0:
		return groupRetention
	default:
		return at.group.Retention
	}
}

func kept(days int) string {
	if days == 0 {
		return "for ever"
	}
	return "for " + ofDays(days)
}

func ofDays(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func planLogGroup(s Setup, at *site) PlannedStep {
	name, days := s.FlowLogs.LogGroup.Name, s.retention(at)
	p := PlannedStep{Step: StepLogGroup, Account: at.account.ID, Region: at.region, Target: name, Change: ChangeNone}
	p.exec = &execution{run: func(ctx context.Context, t *task) (string, error) { return finishLogGroup(ctx, t, at, days) }}
	if at.group == nil {
		p.Change, p.Summary = ChangeCreate, "create the log group, which keeps its events "+kept(days)
		p.Reason, p.After = "it does not exist", text(asJSON(groupSettings{name, days, s.tags()}))
		return p
	}
	p.Before = text(asJSON(groupSettings{name, at.group.Retention, at.group.Tags}))
	p.After = text(asJSON(groupSettings{name, days, at.group.Tags}))
	if at.group.Retention != days {
		p.Change, p.Summary = ChangeUpdate, "let the log group keep its events "+kept(days)
		p.Reason = "it keeps them " + kept(at.group.Retention)
		return p
	}
	p.Summary = "use the log group, which keeps its events " + kept(days)
	p.exec = nil
	return p
}

// groupWarnings tells what is lost with a shorter retention, and what is charged.
func groupWarnings(s Setup, l *live) []string {
	var warnings []string
	for _, at := range l.sites {
		if g := at.group; g != nil {
			if days := s.retention(at); days > 0 && (g.Retention == 0 || g.Retention > days) {
				warnings = append(warnings, fmt.Sprintf("log group %s in %s keeps its events %s now: those older than %s go, whoever wrote them", g.Name, at.region, kept(g.Retention), ofDays(days)))
			}
			if g.Class != "" && g.Class != "STANDARD" {
				warnings = append(warnings, fmt.Sprintf("log group %s in %s is of class %s, whose events cannot be read one by one: that logs of the right format arrive cannot be proved", g.Name, at.region, g.Class))
			}
		}
	}
	return append(warnings, trustWarningsOfDelivery(s, l)...)
}

// finishLogGroup makes the log group and its retention, as far as they are not there, and proves them by reading back.
func finishLogGroup(ctx context.Context, t *task, at *site, days int) (string, error) {
	s := t.setup()
	has := 0
	if at.group == nil {
		if err := t.makeLogGroup(ctx, at.acting, at.region, s.FlowLogs.LogGroup.Name, days); err != nil {
			return "", err
		}
		has = days
	} else {
		has = at.group.Retention
	}
	if has != days {
		if err := t.setRetention(ctx, at.acting, at.region, at.group.Name, days); err != nil {
			return "", err
		}
	}
	t.changed()
	pause := settlePause
	for try := 1; ; try++ {
		if err := at.readGroup(ctx, s); err != nil {
			return "", t.place().fault("read the log group back", err)
		}
		if at.group != nil && at.group.Retention == days {
			return "the log group is there and keeps its events " + kept(days), nil
		}
		if try == settleTries {
			return "", t.place().say("prove the log group", "read back, it is not there, or does not keep its events "+kept(days), "apply again")
		}
		if err := sleep(ctx, pause); err != nil {
			return "", err
		}
		pause *= 2
	}
}

// makeLogGroup makes a log group that carries the set-up's tag. One that appeared since the plan is taken for it only where it carries that.
func (t *task) makeLogGroup(ctx context.Context, acting *awsops.Account, region, name string, days int) error {
	err := t.write("create log group "+name+" in "+region, func() error {
		if err := acting.CreateLogGroup(ctx, region, name, t.setup().tags()); awsops.MeaningOf(err) != awsops.AlreadyExists {
			return err
		}
		group, err := acting.LogGroup(ctx, region, name)
		if err == nil && group.Tags[TagSetup] != t.setup().Name {
			return t.place().say("create the log group", "a log group of this name that this set-up did not make appeared meanwhile", "look at flowgrant plan, then apply again")
		}
		return err
	})
	if err != nil || days == 0 {
		return err
	}
	return t.setRetention(ctx, acting, region, name, days)
}

func (t *task) setRetention(ctx context.Context, acting *awsops.Account, region, name string, days int) error {
	return t.write("let log group "+name+" in "+region+" keep its events "+kept(days), func() error {
		return awsops.Settle(ctx, func(ctx context.Context) error { return acting.SetRetention(ctx, region, name, days) })
	})
}
