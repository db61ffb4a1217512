package wizard

import (
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// fieldQuestions are the questions that give the fields of a set-up, by the beginning of the field's path. Longer ones come first.
var fieldQuestions = []struct{ field, question string }{
	{"reader.account", words.NameReader}, {"reader.external_id", words.NameExternalID},
	{"account.id", words.NameFlowLogAccount}, {"account.name", words.NameLabel}, {"account.role", words.NameRole}, {"account.credentials", words.NameWay},
	{"bucket.arn", words.NameBucket}, {"bucket.kms_key_arn", words.NameKey}, {"bucket", words.NameBucketDetails},
	{"resource_accounts", words.NameResources},
	{"flow_logs.regions", words.NameRegions}, {"flow_logs.vpcs", words.NameVPCs},
	{"name", words.NameRest}, {"reader.role", words.NameRest}, {"flow_logs", words.NameRest}, {"delivery_scope", words.NameRest}, {"grant", words.NameRest},
}

// ofOneAccount are the names that questions have where logs stay in the account of the workloads.
var ofOneAccount = map[string]string{words.NameFlowLogAccount: words.NameWorkloadAccount, words.NameRole: words.NameCrossRole, words.NameExternalID: words.NameExternalIDOptional}

// answerFault tells what is wrong with an answer by the name of its question.
func answerFault(f steps.Fault, mode steps.Mode) string {
	name := f.Field
	for _, q := range fieldQuestions {
		if strings.HasPrefix(f.Field, q.field) {
			name = q.question
			break
		}
	}
	if strings.HasPrefix(f.Field, "resource_accounts") {
		switch {
		case strings.Contains(f.Field, ".credentials"):
			name = words.NameResourceWay
		case strings.Contains(f.Field, ".regions"):
			name = words.NameRegions
		case strings.Contains(f.Field, ".vpcs"):
			name = words.NameVPCs
		}
	}
	if other := ofOneAccount[name]; mode == steps.PerAccount && other != "" {
		name = other
	}
	if name != "" {
		name += ": "
	}
	text := name + told(f.Problem)
	if f.Accepted != "" {
		text += ". " + sayNeeded + f.Accepted
	}
	return text
}
