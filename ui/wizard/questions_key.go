package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

// askKey asks for the key of a new bucket: one of the account's to pick, or any to type.
func askKey() *field {
	f := &field{
		question: question{
			name:  words.NameKey,
			ask:   words.AskKey,
			where: words.WhereKey,
			more:  words.MoreKey,
			skip:  func(m *model) bool { return !m.answers.ownKey },
		},
		initial: func(m *model) string { return m.answers.key },
		store:   func(m *model, v string) { m.answers.key = v },
		none:    words.SayNoKey,
		tell:    func(_ *model, o option) string { return o.detail },
	}
	f.options = func(m *model) (string, func(ctx context.Context) ([]option, error)) {
		account, region, engine := m.bucketOwner(), m.answers.bucketRegion, m.engine
		return fmt.Sprint(account, region), func(ctx context.Context) ([]option, error) {
			keys, err := engine.Keys(ctx, account, region)
			found := make([]option, len(keys))
			for i, k := range keys {
				found[i] = option{value: k.ARN, shown: orElse(k.Alias, k.ARN[strings.LastIndex(k.ARN, "/")+1:]), refused: k.Unusable}
				detail := []string{k.Unusable}
				if k.Unusable == "" && k.Manager == "CUSTOMER" {
					detail = append(detail, words.SayManagedByYou)
				}
				found[i].detail = strings.Join(slices.DeleteFunc(append(detail, k.ARN), func(s string) bool { return s == "" }), " · ")
			}
			return found, err
		}
	}
	f.check = func(m *model, typed string) (string, error) {
		arn, err := steps.CheckKeyARN(typed)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(f.found, func(o option) bool { return o.value == arn }); i >= 0 && f.found[i].refused != "" {
			return "", errors.New(words.SayKeyCannot + f.found[i].refused)
		}
		if region := m.answers.bucketRegion; strings.Split(arn, ":")[3] != region {
			return "", errors.New(words.SayKeyIsInAnother + region + words.SaySTakesOnlyKeysOf)
		}
		return arn, nil
	}
	return f
}
