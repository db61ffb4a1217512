package steps

import (
	"net"
	"net/url"
	"regexp"
	"strings"
)

const (
	acceptedBucket = "arn:aws:s3:::BUCKET or arn:aws:s3:::BUCKET/PREFIX"
	acceptedKey    = "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID"
	acceptedPrefix = "a key prefix of letters, digits, / and ! _ . ( ) = @ : + , -"
)

var (
	bucketPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixPattern  = regexp.MustCompile(`^[A-Za-z0-9!_.()=@:+,/-]+$`)
	keyIDPattern   = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	virtualHost    = regexp.MustCompile(`^(.+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$`)
	pathHost       = regexp.MustCompile(`^s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$`)
	consoleHost    = regexp.MustCompile(`(?:^|\.)(?:console\.aws\.amazon\.com|console\.amazonaws-us-gov\.com|console\.amazonaws\.cn)$`)
	partitionNames = regexp.MustCompile(`^aws(-[a-z]+)*$`)
)

// reserved name parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var (
	bucketPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// CheckBucketARN gives the full ARN of the bucket, with its key prefix where there is one, in what was typed or pasted:
// an ARN, a bucket name, an s3:// URL, or the address of the bucket in the AWS console. Where the text tells no partition it is aws.
func CheckBucketARN(text string) (string, error) { return CheckBucketARNIn("aws", text) }

// CheckBucketARNIn is CheckBucketARN for a known partition: aws, aws-cn, aws-us-gov …
func CheckBucketARNIn(partition, text string) (string, error) {
	text = pasted(text)
	place := text
	switch {
	case text == "":
		return "", refuse(acceptedBucket, "is missing")
	case strings.HasPrefix(text, "arn:"):
		parts := strings.SplitN(text, ":", 6)
		if len(parts) != 6 || parts[2] != "s3" || parts[3] != "" || parts[4] != "" || !partitionNames.MatchString(parts[1]) {
			return "", refuse(acceptedBucket, "%s is not the ARN of a bucket", shown(text))
		}
		partition, place = parts[1], parts[5]
	case strings.HasPrefix(text, "s3://"):
		place = strings.TrimPrefix(text, "s3://")
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		var ok bool
		if place, ok = bucketInURL(text, &partition); !ok {
			return "", refuse(acceptedBucket, "%s is not the address of a bucket", shown(text))
		}
	}
	name, prefix, _ := strings.Cut(place, "/")
	prefix = strings.TrimSuffix(prefix, "/")
	if err := checkBucketName(name); err != nil {
		return "", err
	}
	arn := "arn:" + partition + ":s3:::" + name
	if prefix == "" {
		return arn, nil
	}
	if err := checkPrefix(prefix); err != nil {
		return "", err
	}
	return arn + "/" + prefix, nil
}

func bucketInURL(text string, partition *string) (place string, ok bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	host, path := u.Hostname(), strings.TrimPrefix(u.Path, "/")
	switch {
	case strings.Contains(host, "amazonaws-us-gov") || strings.Contains(host, "us-gov-"):
		*partition = "aws-us-gov"
	case strings.HasSuffix(host, ".cn"):
		*partition = "aws-cn"
	}
	if consoleHost.MatchString(host) {
		for _, page := range []string{"s3/buckets/", "s3/object/"} {
			if name, found := strings.CutPrefix(path, page); found {
				name, _, _ = strings.Cut(name, "/")
				return name + "/" + u.Query().Get("prefix"), name != ""
			}
		}
		return "", false
	}
	if pathHost.MatchString(host) {
		return path, path != ""
	}
	if virtual := virtualHost.FindStringSubmatch(host); virtual != nil {
		return virtual[1] + "/" + path, true
	}
	return "", false
}

func checkBucketName(name string) error {
	const accepted = "a bucket name: 3 to 63 of a-z, 0-9, . and -, with a letter or digit at both ends"
	reserved := ""
	for _, p := range bucketPrefixes {
		if strings.HasPrefix(name, p) {
			reserved = p
		}
	}
	for _, s := range bucketSuffixes {
		if strings.HasSuffix(name, s) {
			reserved = s
		}
	}
	switch {
	case name == "":
		return refuse(accepted, "names no bucket")
	case len(name) < 3 || len(name) > 63:
		return refuse(accepted, "the bucket name %s has %s", shown(name), count(len(name), "character"))
	case !bucketPattern.MatchString(name):
		return refuse(accepted, "%s cannot be a bucket name", shown(name))
	case strings.Contains(name, ".."):
		return refuse(accepted, "%s cannot be a bucket name: it has two dots in a row", shown(name))
	case net.ParseIP(name) != nil:
		return refuse(accepted, "%s cannot be a bucket name: it is an IP address", shown(name))
	case reserved != "":
		return refuse(accepted, "%s cannot be a bucket name here: AWS keeps %s for other things", shown(name), shown(reserved))
	}
	return nil
}

func checkPrefix(prefix string) error {
	for _, folder := range strings.Split(prefix, "/") {
		switch folder {
		case "AWSLogs":
			return refuse(acceptedPrefix, "the prefix %s holds AWSLogs, which AWS adds by itself", shown(prefix))
		case "":
			return refuse(acceptedPrefix, "the prefix %s has an empty part between slashes", shown(prefix))
		case ".", "..":
			return refuse(acceptedPrefix, "the prefix %s has the part %s", shown(prefix), shown(folder))
		}
	}
	switch {
	case len(prefix) > 512:
		return refuse(acceptedPrefix+", at most 512", "the prefix has %d characters", len(prefix))
	case !prefixPattern.MatchString(prefix):
		return refuse(acceptedPrefix, "the prefix %s holds a character that policies and keys do not take", shown(prefix))
	}
	return nil
}

// CheckKeyARN gives the ARN of the KMS key in what was typed or pasted. It must be the full ARN of the key itself: elsewhere
// an ID or an alias means a key of whoever asks (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
func CheckKeyARN(text string) (string, error) {
	text = pastedItem(text)
	parts := strings.SplitN(text, ":", 6)
	switch {
	case text == "":
		return "", refuse(acceptedKey, "is missing")
	case strings.HasPrefix(text, "alias/"), len(parts) == 6 && strings.HasPrefix(parts[5], "alias/"):
		return "", refuse(acceptedKey, "%s is an alias; policies must name the key itself, since an alias can move to another key", shown(text))
	case keyIDPattern.MatchString(text):
		return "", refuse(acceptedKey, "%s is a key ID alone, which means another key in another account", shown(text))
	case len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || !partitionNames.MatchString(parts[1]) || !strings.HasPrefix(parts[5], "key/"):
		return "", refuse(acceptedKey, "%s is not the ARN of a KMS key", shown(text))
	case !regionPattern.MatchString(parts[3]):
		return "", refuse(acceptedKey, "%s names no region", shown(text))
	case !accountPattern.MatchString(parts[4]):
		return "", refuse(acceptedKey, "%s names no 12-digit account", shown(text))
	case !keyIDPattern.MatchString(strings.TrimPrefix(parts[5], "key/")):
		return "", refuse(acceptedKey, "%s is not the ID of a key", shown(strings.TrimPrefix(parts[5], "key/")))
	}
	return text, nil
}

// partitionOf gives the partition a region lies in, by its name.
func partitionOf(region string) string {
	for _, p := range []struct{ start, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"},
		{"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.start) {
			return p.partition
		}
	}
	return "aws"
}
