package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func partition(m *model) string { return orElse(m.identity.Partition, "aws") }

func askBucket() *field {
	f := &field{
		question: question{
			name:  words.NameBucket,
			ask:   words.AskBucketThatReceivesThe,
			where: words.WhereANameAnArnAn,
			more:  words.MoreABucketOfItsOwn,
		},
		initial: func(m *model) string {
			return orElse(m.answers.bucket, bucketARN(m, m.answers.suggestedBucket()))
		},
		check: func(m *model, typed string) (string, error) { return steps.CheckBucketARNIn(partition(m), typed) },
		store: func(m *model, v string) { m.answers.bucket = v },
		options: func(m *model) (string, func(ctx context.Context) ([]option, error)) {
			account, engine := m.bucketOwner(), m.engine
			return fmt.Sprint(account), func(ctx context.Context) ([]option, error) {
				buckets, err := engine.Buckets(ctx, account)
				var found []option
				for _, b := range buckets {
					found = append(found, option{value: b.ARN, detail: b.Region, shown: b.Name})
				}
				return found, err
			}
		},
		none: words.SayThisAccountHasNoBucket,
		look: (*model).lookAround,
		tell: (*model).bucketRow,
	}
	f.doubt = func(m *model, arn string) string {
		if f.text.suggested || m.loading(f) || len(f.found) == 0 || len(f.matching()) == 0 || slices.ContainsFunc(f.found, func(o option) bool { return bucketName(o.value) == bucketName(arn) }) {
			return ""
		}
		return fmt.Sprintf(sayNewBucket, bucketName(arn))
	}
	return f
}

// bucketFound is what was read about the chosen bucket.
type bucketFound struct {
	key     string // of the reading: account and ARN; empty: not read
	details steps.BucketDetails
	err     error
}

func askBucketDetails() *form {
	var found bucketFound
	f := &form{question: question{
		name: words.NameBucketDetails,
		ask:  words.AskWhatIsKnownAboutThe,
		more: words.MoreANewBucketBlocksAll,
	}}
	isNew := func() bool { return found.key != "" && found.err == nil && found.details.State == "missing" }
	f.begin = func(m *model, f *form) tea.Cmd {
		arn := m.answers.bucket
		account, engine, key := m.bucketOwner(), m.engine, m.bucketKey(arn)
		if !f.anew && found.key != key {
			found = m.looks.known[key]
		}
		if !f.anew && found.key == key && found.err == nil {
			return nil
		}
		found = bucketFound{}
		return m.read(f, key, func(ctx context.Context) (any, error) { return engine.BucketDetails(ctx, account, arn) })
	}
	f.got = func(m *model, msg loadedMsg) {
		found = bucketFound{key: msg.key, err: msg.err}
		found.details, _ = msg.value.(steps.BucketDetails)
		if m.looks.known != nil {
			m.looks.known[msg.key] = found
		}
	}
	f.above = func(m *model, width int) []string { return bucketWords(m, f, found, width) }
	f.ready = func(*model) bool { return found.key != "" && (found.err != nil || found.details.State != "foreign") }
	f.build = func(m *model, old []*formRow) []*formRow {
		if old == nil {
			old = bucketRows(m)
			for _, r := range old[1:] {
				r.hidden = func() bool { return !isNew() }
			}
			old[0].hidden = func() bool { return found.key == "" || found.details.Region != "" || found.details.State == "foreign" }
		}
		return old
	}
	f.store = func(m *model, rows []*formRow) string {
		a := &m.answers
		a.bucketExists = found.err == nil && !isNew()
		a.bucketRegion = orElse(found.details.Region, rows[0].get())
		a.ownKey, a.tlsOnly = isNew() && rows[1].get() == encryptionKMS, rows[2].get() == "yes"
		if !a.ownKey && (isNew() || a.base == nil || a.bucket != a.base.Bucket.ARN) {
			a.key = ""
		}
		a.expire, _ = strconv.Atoi(rows[3].get())
		return ""
	}
	return f
}

const (
	encryptionS3  = "s3"
	encryptionKMS = "kms"
)

func bucketRows(m *model) []*formRow {
	days := func(s string) (string, error) {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 0 || n > 36500 {
			return "", errors.New(words.SayANumberOfDaysTo)
		}
		return strconv.Itoa(n), nil
	}
	a := m.answers
	return []*formRow{
		textRow(labelRegion, words.HintWhereTheBucketIsVpcs, orElse(a.bucketRegion, orElse(m.identity.Region, "us-east-1")), steps.CheckRegion),
		choiceRow(labelEncryption, words.HintEncryption, map[bool]string{true: encryptionKMS, false: encryptionS3}[a.ownKey], []string{encryptionS3, encryptionKMS},
			[]string{words.SayKeysOfS3, words.SayOwnKey}),
		choiceRow(labelRefusePlainHTTP, words.HintAStatementInTheBucket, map[bool]string{true: "yes", false: "no"}[a.tlsOnly], []string{"yes", "no"}, nil),
		textRow(words.SayDeleteLogsAfterDays, words.HintKeepsThemForEver, strconv.Itoa(a.expire), days),
	}
}

// bucketWords say what was found of a bucket.
func bucketWords(m *model, f *form, b bucketFound, width int) []string {
	name := bucketName(m.answers.bucket)
	switch {
	case m.loading(f) || b.key == "":
		return []string{cut(m.waitingLine(f, labelReading+name), width)}
	case b.err != nil:
		return append(append(m.faultLines(b.err, width), wrap(words.SayYouCanGoOnThe, width)...), "")
	}
	d := b.details
	switch d.State {
	case "missing":
		return append(each(m.theme.good.Render, hang("✓ ", labelTheName+name+words.SayIsFreeTheBucketIs, width)), "")
	case "foreign":
		return append(each(m.theme.bad.Render, hang("✗ ", name+words.SayBelongsToAnotherAccountOr, width)),
			wrap(words.SayBucketNamesAreUniqueIn, width)...)
	default:
		lines := each(m.theme.good.Render, hang("✓ ", name+words.SayExistsAndBelongsToThe, width))
		lines = append(lines, pad(columnRegion, 14)+cut(orElse(d.Region, "unknown"), width-14), pad(columnEncryption, 14)+cut(orElse(d.Encryption, "unknown"), width-14))
		if d.KMSKeyARN != "" {
			lines = append(lines, hang(pad(columnKey, 14), d.KMSKeyARN, width)...)
		}
		delivery := words.SayNoStatementForItYet
		switch {
		case d.FlowLogsArrive:
			delivery = words.SayLogsArriveAlready
		case d.FlowLogStatements:
			delivery = words.SayBucketPolicyHasStatements
		}
		return append(append(lines, hang(pad(columnDelivery, 14), delivery, width)...), "")
	}
}
