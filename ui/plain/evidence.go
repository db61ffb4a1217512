package plain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/ui/text"
	"github.com/flowgrant/flowgrant/ui/words"
)

// told gives the evidence of a check that passes on one line: of whole policy documents the names of their statements, and of other documents
// nothing, since --output json has them.
func told(evidence string) string {
	if !strings.Contains(evidence, "\n") {
		return evidence
	}
	var names []string
	for documents := json.NewDecoder(strings.NewReader(evidence)); documents.More(); {
		var d struct {
			Statement []struct {
				Sid    string
				Effect string
			}
		}
		if documents.Decode(&d) != nil {
			return ""
		}
		for i, s := range d.Statement {
			name := s.Sid
			if name == "" {
				name = fmt.Sprintf(words.SayNumber, i+1)
			}
			names = append(names, name+" ("+s.Effect+")")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return text.Line(fmt.Sprintf(words.SayStatements, strings.Join(names, ", ")))
}
