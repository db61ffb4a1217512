package words

import "strings"

// What is asked about flow logs that are replaced.
const (
	TitleReplaced     = "Flow logs are replaced"
	AskReplaced       = "Delete the replaced ones, each once the new one is proved? Until then both are charged."
	SayTypeReplaced   = "Type yes, no (they stay), or ask (you are asked once they are proved): "
	SayTypeYesNoOrAll = "Type yes, no or all: "
	WordAsk           = "ask"
)

// Asked is the text of a question with what it is about, a line each.
func Asked(question string, items []string) string {
	return strings.Join(append([]string{question}, items...), "\n· ")
}
