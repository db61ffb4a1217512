package command

import (
	"errors"
	"fmt"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/words"
)

// handOver saves what is left to do, for a person who may do it.
func (j *journey) handOver(s steps.Setup, plan *steps.Plan, r steps.Result) error {
	work := plain.HandOver{Plan: plan, Undone: r.Undone, Told: func(n int) (cause, fix string) {
		if f, p := r.Failure, plan.Steps[n]; f != nil && f.Step == p.Step && f.Account == p.Account && f.Region == p.Region {
			return f.Cause, f.Fix
		}
		return "", ""
	}}
	file := s.Name + "-hand-over"
	if script := work.CLI(); script != "" {
		if err := j.save(file+".sh", script); err != nil {
			return err
		}
	}
	return errors.Join(j.save(file+".txt", work.Text()), j.save(file+".json", work.JSON()))
}

// documentsAfter are the policies of a set-up; after it was taken back, those that are left, as they are.
func documentsAfter(s steps.Setup, r steps.Report) ([]steps.Document, error) {
	if r.Withdrawn != nil {
		return r.Withdrawn.Documents, nil
	}
	return steps.Documents(s)
}

// documents shows or saves the policies that there are after a run.
func (j *journey) documents(s steps.Setup, r steps.Report, save bool) error {
	all, err := documentsAfter(s, r)
	if err != nil {
		return err
	}
	for _, d := range all {
		if save {
			if err := j.save(d.FileName, d.Text); err != nil {
				return err
			}
			continue
		}
		j.p.Document(d)
	}
	return nil
}

// save writes a text to a new file in the working directory, and says where. A file that is there is never overwritten; that it could not
// be written is said and ends nothing.
func (j *journey) save(name, content string) error {
	at, err := plain.SaveNew(".", name, content)
	if err != nil {
		j.p.Tell(words.SayCouldNot + err.Error())
		return nil
	}
	j.p.Tell(fmt.Sprintf(words.SaySaved, at))
	return nil
}
