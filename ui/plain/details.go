package plain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// Tell writes paragraphs, which have empty lines between them.
func (p *Printer) Tell(s string) { p.help(s) }

// StepList numbers the steps of a plan, by which their details are asked for.
func (p *Printer) StepList(plan *steps.Plan) {
	p.line("")
	var accounts []string
	for n, s := range plan.Steps {
		if s.Idle() {
			if idle, _ := plan.IdleRegions(s.Account); idle != nil {
				if !slices.Contains(accounts, s.Account) {
					accounts = append(accounts, s.Account)
				}
				continue
			}
		}
		p.para(2, strconv.Itoa(n+1)+". ", string(s.Change)+": "+where(steps.StepEvent{Step: s.Step, Account: s.Account, Region: s.Region, Target: s.Target}))
	}
	for _, account := range accounts {
		regions, further := plan.IdleRegions(account)
		p.para(2, "", p.account(account)+": "+words.NoVPCs(regions, further))
	}
}

// StepDetails shows one step of a plan alone: what it changes, the API requests it makes, and the same as AWS CLI commands.
func (p *Printer) StepDetails(plan *steps.Plan, step int) {
	s := plan.Steps[step]
	p.line("")
	p.title(string(s.Step) + " " + s.Target)
	p.planned(s)
	plainRow := func(row string) string { return row }
	if requests := plan.Requests(step); len(requests) > 0 {
		p.title(words.TabRequests)
		p.block(2, RequestText(requests), plainRow)
	}
	if script := StepScript(plan, step); script != "" {
		p.title(words.TabCLI)
		p.block(2, script, plainRow)
	}
}

// Document shows a policy document whole.
func (p *Printer) Document(d steps.Document) {
	p.line("")
	p.title(d.Title)
	p.block(0, d.Text, func(row string) string { return row })
}

// SaveNew writes a text to name in dir, or to name-2, name-3 … where that is taken by something else, and gives the file's path.
func SaveNew(dir, name, content string) (string, error) {
	ext := filepath.Ext(name)
	for n := 1; n < 1000; n++ {
		file := filepath.Join(dir, name)
		if n > 1 {
			file = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		if there, err := os.ReadFile(file); err == nil && string(there) == content {
			return file, nil
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.WriteString(content)
		return file, errors.Join(err, f.Close())
	}
	return "", fmt.Errorf(words.SayAThousandFiles, filepath.Join(dir, name))
}
