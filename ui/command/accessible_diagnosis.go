package command

import (
	"bytes"
	"errors"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// diagnose looks for what is wrong with a set-up and offers what mends it. goOn: the set-up is to be applied next.
func (j *journey) diagnose(s steps.Setup) (goOn bool, err error) {
	defer func(given []string) { j.given = given }(j.given)
	j.given = j.byName(s)
	for {
		j.p.Tell(words.SayDiagnosing + ".")
		view := j.view(s)
		report, err := j.engine.Diagnose(j.ctx, s)
		if err != nil {
			if j.ctx.Err() != nil {
				return false, err
			}
			j.complain(err)
			j.p.Tell(words.SayNoDiagnosis)
			return false, errBack
		}
		view.Diagnosis(report)
		repair := j.engine.RepairPlan(s, report)
		again := false
		leave := way{plain.Choice{Name: words.SayLeave, Means: words.SayLeaveMeans}, func() error { return reportCode(report) }}
		ways := []way{{plain.Choice{Name: words.SayLookOnceMore, Means: words.SayLookOnceMoreMeans}, func() error { again = true; return nil }},
			{plain.Choice{Name: words.SaySaveDiagnosis}, func() error { again = true; return j.save(s.Name+"-diagnosis.txt", diagnosisText(s, report)) }}, leave}
		switch {
		case len(repair.Steps) > 0:
			ways = append([]way{{plain.Choice{Name: words.SayMendIt, Means: words.SayMendItMeans}, func() error { again = true; goOn, err = j.mend(s, repair); return err }}}, ways...)
		case report.Applies():
			ways = append([]way{{plain.Choice{Name: words.SayToReview, Means: words.SayReviewMends}, func() error { goOn = true; return nil }}}, ways...)
		case report.Status == steps.ReportVerified:
			ways = []way{leave}
		}
		if err := j.choose(words.TitleFailure, "", words.HelpDiagnosisPlain, ways); err != nil || goOn || !again {
			return goOn, err
		}
	}
}

// mend shows the changes of what the set-up did not make, asks, and makes them. That they could not be made is said, and ends nothing.
func (j *journey) mend(s steps.Setup, repair *steps.Plan) (done bool, err error) {
	done, err = j.repair(j.ctx, j.engine, s, repair, func(p *steps.Plan) (bool, error) {
		j.p.Tell(words.SayAskMend)
		agreed, err := j.review(p)
		if errors.Is(err, errAnswers) { // what is changed here has none
			return false, nil
		}
		return agreed, err
	})
	var ended exit
	if errors.As(err, &ended) && ended.code == exitFailed && j.ctx.Err() == nil {
		if ended.err != nil {
			j.complain(ended.err)
		}
		return false, nil
	}
	return done, err
}

// find is the way to what is wrong with a set-up, and on to applying it.
func (j *journey) find(s steps.Setup, apply func() error) way {
	return way{plain.Choice{Name: words.SayDiagnose, Means: words.SayDiagnoseMeans}, func() error {
		goOn, err := j.diagnose(s)
		if err != nil || !goOn {
			return err
		}
		return apply()
	}}
}

// elseFind offers to find what is wrong where a proof did not come out well.
func (j *journey) elseFind(proof error, find way) error {
	var ended exit
	if !errors.As(proof, &ended) || ended.code != exitPending && ended.code != exitWaiting || j.ctx.Err() != nil {
		return proof
	}
	leave := way{plain.Choice{Name: words.SayLeave, Means: words.SayLeaveMeans}, func() error { return proof }}
	return j.choose(words.TitleFailure, "", words.HelpDiagnosisPlain, []way{find, leave})
}

// diagnosisText is a diagnosis as a file.
func diagnosisText(s steps.Setup, r steps.Report) string {
	var b strings.Builder
	plain.New(&b, plain.Look{}, s).Diagnosis(r)
	return b.String()
}

// byName gives the name by which commands lead to a set-up; none where what is remembered under it has other answers.
func (j *journey) byName(s steps.Setup) []string {
	if known, err := j.store().Load(s.Name); err == nil && bytes.Equal(known.YAML(), s.YAML()) {
		return []string{s.Name}
	}
	return nil
}
