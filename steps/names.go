package steps

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// TagSetup is the tag that everything a set-up creates carries; its value is the set-up's name.
const TagSetup = "flowgrant:setup"

func (s Setup) tags() map[string]string { return map[string]string{TagSetup: s.Name} }

// madeBy names the other set-up that made something by its tags; empty where none did.
func (s Setup) madeBy(tags map[string]string) string {
	if maker := tags[TagSetup]; maker != "" && maker != s.Name {
		return ", which set-up " + maker + " made"
	}
	return ""
}

// sid makes a statement ID of our own that two set-ups never share.
func (s Setup) sid(what string) string {
	sum := sha256.Sum256([]byte(s.Name))
	return "Flowgrant" + hex.EncodeToString(sum[:4]) + what
}

// bucketName gives the name in the bucket's ARN.
func (s Setup) bucketName() string {
	name, _ := s.splitBucket()
	return name
}

// prefix gives the key prefix in the bucket's ARN, without slashes at its ends.
func (s Setup) prefix() string {
	_, prefix := s.splitBucket()
	return prefix
}

func (s Setup) splitBucket() (name, prefix string) {
	_, rest, _ := strings.Cut(s.Bucket.ARN, ":::")
	name, prefix, _ = strings.Cut(rest, "/")
	return name, strings.Trim(prefix, "/")
}

// partition gives the partition that everything of the set-up is in.
func (s Setup) partition() string {
	if s.toGroups() && len(s.FlowLogs.Regions) > 0 {
		return partitionOf(s.FlowLogs.Regions[0])
	}
	if parts := strings.SplitN(s.Bucket.ARN, ":", 3); len(parts) == 3 && parts[1] != "" {
		return parts[1]
	}
	return "aws"
}

// bareBucketARN is the bucket's ARN without a prefix.
func (s Setup) bareBucketARN() string {
	return fmt.Sprintf("arn:%s:s3:::%s", s.partition(), s.bucketName())
}

// destination is what a flow log names: the bucket's ARN, with the prefix and a closing slash where there is one.
func (s Setup) destination() string {
	if p := s.prefix(); p != "" {
		return s.bareBucketARN() + "/" + p + "/"
	}
	return s.bareBucketARN()
}

// objectsARN covers the objects that the reader is granted: an account's logs, or all of the bucket for per-account.
func (s Setup) objectsARN(account string) string {
	if s.Mode == PerAccount {
		return s.bareBucketARN() + "/*"
	}
	return s.bareBucketARN() + "/" + s.logsPrefix() + account + "/*"
}

// roleName names the role of the account that the set-up is about: the one that the reader assumes, or the one that delivers.
func (s Setup) roleName() string {
	if s.toGroups() {
		return s.FlowLogs.LogGroup.Role
	}
	return s.Account.Role
}

func (s Setup) roleARN(path string) string {
	if path == "" {
		path = "/"
	}
	return fmt.Sprintf("arn:%s:iam::%s:role%s%s", s.partition(), s.Account.ID, path, s.roleName())
}

// logsPrefix is the key prefix of all logs: [PREFIX/]AWSLogs/.
func (s Setup) logsPrefix() string {
	if p := s.prefix(); p != "" {
		return p + "/AWSLogs/"
	}
	return "AWSLogs/"
}

// loggedIDs are the account IDs whose logs the bucket receives.
func (s Setup) loggedIDs() []string {
	logged := s.Logged()
	ids := make([]string, len(logged))
	for i, l := range logged {
		ids[i] = l.ID
	}
	return ids
}

// arnPart gives one of the colon-separated parts of an ARN; 3 is the region, 4 the account.
func arnPart(arn string, part int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) <= part {
		return ""
	}
	return parts[part]
}
