package command

import (
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/plain"
	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// handOver saves what is left to do, for a person who may do it.
func (j *journey) handOver(s steps.Setup, plan *steps.Plan, r steps.Result) error {
	var b strings.Builder
	for _, n := range r.Undone {
		step, requests := plan.Steps[n], plan.Requests(n)
		if len(requests) == 0 && step.HandOff == "" {
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(strings.Join([]string{string(step.Step), step.Account, step.Region, step.Summary, step.HandOff}, "\n"))) {
			b.WriteString("# " + text.Line(line) + "\n")
		}
		b.WriteString(plain.CLIText(requests))
	}
	if f := r.Failure; f != nil {
		b.WriteString("# " + words.SayWhyNotDone + text.Line(f.Cause) + "\n")
	}
	return j.save(s.Name+"-hand-over.sh", b.String())
}

func (j *journey) documents(s steps.Setup, save bool) error {
	all, err := steps.Documents(s)
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
