package plain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/words"
)

func (i *interview) bucket() error {
	buckets, err := i.engine.Buckets(i.ctx, i.home())
	i.unread(err)
	options := make([]option, 0, len(buckets))
	for _, b := range buckets {
		options = append(options, option{b.ARN, b.Region})
	}
	before := i.s.Bucket.ARN
	for {
		err := i.into(&i.s.Bucket.ARN, words.NameBucket, words.AskBucketThatReceivesThe, words.WhereANameAnArnAn, words.MoreABucketOfItsOwn,
			fmt.Sprintf(words.UsualName, i.s.Account.ID), options,
			func(typed string) (string, error) {
				return steps.CheckBucketARNIn(orElse(i.who.Partition, "aws"), typed)
			})
		if err != nil {
			return err
		}
		done, err := i.bucketRegion()
		if err != nil && !errors.Is(err, errBack) {
			return err
		}
		if done {
			i.another(before)
			return nil
		}
	}
}

// bucketRegion looks at the chosen bucket, and asks for its region where that does not tell. done: the bucket can be used.
func (i *interview) bucketRegion() (done bool, err error) {
	found, err := i.engine.BucketDetails(i.ctx, i.home(), i.s.Bucket.ARN)
	i.unread(err)
	i.newBucket = err == nil && found.State == "missing"
	switch {
	case found.State == "foreign":
		i.p.para(0, "", i.s.Bucket.ARN+words.SayBelongsToAnotherAccountOr+" "+words.SayChooseAnotherBucket)
		i.s.Bucket.ARN = ""
		return false, nil
	case found.Region != "":
		i.p.para(0, "", fmt.Sprintf(words.SayBucketIsIn, found.Region))
		i.s.Bucket.Region = found.Region
		return true, nil
	case found.State == "missing":
		i.p.para(0, "", words.SayNameIsFree)
	}
	err = i.into(&i.s.Bucket.Region, words.NameBucketRegion, words.HintWhereTheBucketIsVpcs, "", words.MoreANewBucketBlocksAll, i.who.Region, nil, steps.CheckRegion)
	return err == nil, err
}

// another takes over what hangs on the bucket when another one is named: one that is there keeps its settings, so none are in its set-up.
func (i *interview) another(before string) {
	b := &i.s.Bucket
	if b.ARN == before {
		return
	}
	b.Create = true
	if !i.newBucket {
		b.KMSKeyARN, i.ownKey = "", false
		if !i.known {
			usual := steps.NewSetup(i.s.Mode).Bucket
			b.TLSOnly, b.ExpireAfterDays = usual.TLSOnly, usual.ExpireAfterDays
		}
	}
}

func (i *interview) bucketDetails() error {
	return i.several(words.NameBucketDetails, words.AskWhatIsKnownAboutThe, words.MoreANewBucketBlocksAll, i.bucketSettings())
}

func (i *interview) bucketDetailsNow() string { return settingsNow(i.bucketSettings()) }

// bucketSettings are those of a bucket that is made.
func (i *interview) bucketSettings() []setting {
	b := &i.s.Bucket
	encryption := func() string {
		if i.ownKey {
			return words.ValueKMS
		}
		return words.ValueS3
	}
	return []setting{
		{words.NameEncryption, words.HintEncryption, encryption, []option{{words.ValueS3, words.SayKeysOfS3}, {words.ValueKMS, words.SayOwnKey}}, nil, func(v string) {
			if i.ownKey = v == words.ValueKMS; !i.ownKey {
				b.KMSKeyARN = ""
			}
		}, true},
		{words.NameTLSOnly, words.HintAStatementInTheBucket, func() string { return yesOrNo(b.TLSOnly) }, []option{{words.WordYes, ""}, {words.WordNo, ""}}, nil,
			func(v string) { b.TLSOnly = v == words.WordYes }, true},
		{words.SayDeleteLogsAfterDays, words.HintKeepsThemForEver, func() string { return strconv.Itoa(b.ExpireAfterDays) }, nil, days,
			func(v string) { b.ExpireAfterDays, _ = strconv.Atoi(v) }, true},
	}
}

// key asks for the key of a new bucket: one of the account's by its number, or any by its ARN.
func (i *interview) key() error {
	keys, err := i.engine.Keys(i.ctx, i.home(), i.s.Bucket.Region)
	i.unread(err)
	if err == nil && len(keys) == 0 {
		i.p.line("")
		i.p.para(0, "", words.SayNoKey)
	}
	options := make([]option, len(keys))
	for n, k := range keys {
		detail := []string{k.Alias, k.Unusable}
		if k.Unusable == "" && k.Manager == "CUSTOMER" {
			detail[1] = words.SayManagedByYou
		}
		options[n] = option{k.ARN, strings.Join(slices.DeleteFunc(detail, func(s string) bool { return s == "" }), ", ")}
	}
	return i.into(&i.s.Bucket.KMSKeyARN, words.NameKey, words.AskKey, words.WhereKey, words.MoreKey, "", options, func(typed string) (string, error) {
		arn, err := steps.CheckKeyARN(typed)
		if err != nil {
			return "", err
		}
		if at := slices.IndexFunc(keys, func(k steps.KeyChoice) bool { return k.ARN == arn }); at >= 0 && keys[at].Unusable != "" {
			return "", errors.New(words.SayKeyCannot + keys[at].Unusable)
		}
		if region := i.s.Bucket.Region; strings.Split(arn, ":")[3] != region {
			return "", errors.New(words.SayKeyIsInAnother + region + words.SaySTakesOnlyKeysOf)
		}
		return arn, nil
	})
}
