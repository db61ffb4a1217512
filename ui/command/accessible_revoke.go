package command

import (
	"errors"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// proveOut proves that what was taken back is gone; where it is not, to take it back once more is offered.
func (j *journey) proveOut(s steps.Setup, take *way) way {
	choice := plain.Choice{Name: words.SayProveOut, Means: words.SayProveOutMeans}
	if s.GrantsNobody() {
		choice = plain.Choice{Name: words.SayProveGone, Means: words.SayProveGoneMeans}
	}
	return way{choice, func() error {
		proof := j.verify(j.ctx, "", []string{s.Name}, proveRevoked, false)
		var ended exit
		if !errors.As(proof, &ended) || ended.code != exitPending || j.ctx.Err() != nil {
			return proof
		}
		leave := way{plain.Choice{Name: words.SayLeave, Means: words.SayLeaveMeans}, func() error { return proof }}
		return j.choose(words.TitleFailure, "", "", []way{*take, leave})
	}}
}

// takeBack asks what is to go besides the access; to keep it comes first.
func (j *journey) takeBack(s steps.Setup) error {
	var o steps.RevokeOptions
	type question struct {
		title, ask, keep, keepMeans, take, takeMeans string
		goes                                         *bool
	}
	questions := []question{{words.TitleRevokeLogs, words.SayRevokeLogs, words.SayKeepLogs, words.SayKeepLogsMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs}}
	switch {
	case s.GrantsNobody():
		questions = []question{{words.TitleRevokeLogs, words.SayRevokeGroupLogs, words.SayKeepLogs, words.SayKeepGroupMeans, words.SayTakeLogs, words.SayTakeLogsMeans, &o.FlowLogs},
			{words.TitleRevokeGroup, words.SayRevokeLogGroup, words.SayKeepBucket, words.SayKeepLogGroupMeans, words.SayDeleteBucket, words.SayDeleteGroupMeans, &o.DeleteLogGroup}}
	default:
		if s.Mode == steps.PerAccount {
			questions = append(questions, question{words.TitleRevokeScope, words.SayRevokeScope, words.SayKeepScope, words.SayKeepScopeMeans, words.SayWidenScope, words.SayWidenScopeMeans, &o.RestoreScope})
		}
		questions = append(questions, question{words.TitleRevokeSessions, words.SayRevokeSessions, words.SayKeepSessions, words.SayKeepSessionsMeans, words.SayEndSessions, words.SayEndSessionsMeans, &o.EndSessions})
		if s.Bucket.Create {
			questions = append(questions, question{words.TitleRevokeBucket, words.SayRevokeBucket, words.SayKeepBucket, words.SayKeepBucketMeans, words.SayDeleteBucket, words.SayDeleteBucketMeans, &o.DeleteBucket})
		}
	}
	for n := 0; n < len(questions); n++ {
		q := questions[n]
		if (q.goes == &o.DeleteLogGroup || q.goes == &o.DeleteBucket) && !o.FlowLogs {
			*q.goes = false
			continue // what is delivered to stays with what delivers
		}
		at, err := j.p.Choose(j.ctx, j.asker, q.title, q.ask, words.HelpRevoke, []plain.Choice{{Name: q.keep, Means: q.keepMeans}, {Name: q.take, Means: q.takeMeans}})
		switch {
		case err != nil:
			return err
		case at < 0 && n == 0:
			return errBack
		case at < 0:
			n -= 2
		default:
			*q.goes = at == 1
		}
	}
	return j.carry(j.revoking(j.engine, s, o, true))
}
