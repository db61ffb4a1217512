package steps

import (
	"context"
	"fmt"
	"slices"
)

// replacing asks a person once for all the replaced flow logs whose successors are proved; what is proved while the question stands is asked of together
// next. The run guards it.
type replacing struct {
	waiting []replacement // not asked of yet
	asking  bool
	decided bool // for the rest of the run
	delete  bool
}

// replacement is what one account and region would delete.
type replacement struct {
	what   string
	answer chan bool
}

func replacedIn(at *site, old, of []string) string {
	return fmt.Sprintf("account %s, %s: %s of %s", at.account.ID, at.region, some(old), some(of))
}

// mayDelete says whether replaced flow logs may be deleted, now that their successors are proved.
func (r *run) mayDelete(ctx context.Context, what string) bool {
	if r.opts.KeepReplaced {
		return false
	}
	mine := replacement{what: what, answer: make(chan bool, 1)}
	r.mu.Lock()
	if r.replacing.decided {
		defer r.mu.Unlock()
		return r.replacing.delete
	}
	r.replacing.waiting = append(r.replacing.waiting, mine)
	if !r.replacing.asking {
		r.replacing.asking = true
		go r.askReplaced(ctx)
	}
	r.mu.Unlock()
	return <-mine.answer // the question ends with the run's contexts
}

// askReplaced asks until nothing waits.
func (r *run) askReplaced(ctx context.Context) {
	for {
		r.mu.Lock()
		asked := r.replacing.waiting
		r.replacing.waiting = nil
		if len(asked) == 0 {
			r.replacing.asking = false
			r.mu.Unlock()
			return
		}
		decided, yes := r.replacing.decided, r.replacing.delete
		r.mu.Unlock()
		if !decided {
			q := Question{ID: "delete-replaced", Kind: AskConfirm, Flag: "flow_logs.delete_replaced: true", All: true,
				Text: "The new flow logs are proved. Delete the replaced ones? Until then both are charged. All: also those that are proved later in this run. No: they stay, and nothing more is asked."}
			for _, a := range asked {
				q.Items = append(q.Items, a.what)
			}
			slices.Sort(q.Items)
			answer, ok := r.ask(ctx, q)
			yes = ok && (answer == "yes" || answer == "all")
			r.mu.Lock()
			r.replacing.decided, r.replacing.delete = !yes || answer == "all", yes
			r.mu.Unlock()
		}
		for _, a := range asked {
			a.answer <- yes
		}
	}
}

// Replaces lists, a line for each account and region, the flow logs that a run of the plan replaces or has replaced, and of which nobody has said yet
// whether they are deleted once the new ones are proved.
func (p *Plan) Replaces() []string {
	if p.live == nil || p.revokes || p.repairs || p.Setup.FlowLogs.DeleteReplaced {
		return nil
	}
	var lines []string
	for _, at := range p.live.sites {
		var old, of []string
		for _, v := range at.vpcs {
			if v.Interfaces == 0 {
				continue // nothing of it can be proved, so that nothing is deleted
			}
			ids := p.Setup.replaced(at, v)
			if p.Setup.flowLogOf(at, v.ID) == nil {
				for _, f := range p.Setup.unfit(at, v.ID) {
					if p.Setup.madeBy(f.Tags) == "" {
						ids = append(ids, f.ID)
					}
				}
			}
			if len(ids) > 0 {
				old, of = append(old, ids...), append(of, v.ID)
			}
		}
		if len(old) > 0 {
			lines = append(lines, replacedIn(at, old, of))
		}
	}
	return lines
}

// DeleteReplaced answers for the run, and for the answers that it keeps, that replaced flow logs are deleted once the new ones are proved.
func (p *Plan) DeleteReplaced() { p.Setup.FlowLogs.DeleteReplaced = true }
