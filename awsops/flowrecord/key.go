package flowrecord

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Layout is how the objects of a flow log are laid out in its bucket.
type Layout struct {
	Prefix  string // the path before AWSLogs, without slashes around it; "" for none
	Hive    bool   // name=value folders
	Hourly  bool   // a folder for each hour
	Parquet bool   // Parquet instead of gzip text
}

// service is the name that VPC flow logs carry in every key.
const service = "vpcflowlogs"

// stamp is the time in a file name, UTC to the minute.
const stamp = "20060102T1504Z"

// AccountPrefix is the prefix of all keys of one account (12 digits): [PREFIX/]AWSLogs/ACCOUNT/, or [PREFIX/]AWSLogs/aws-account-id=ACCOUNT/.
func (l Layout) AccountPrefix(account string) string {
	if l.Hive {
		account = "aws-account-id=" + account
	}
	return l.root() + account + "/"
}

func (l Layout) root() string {
	if p := strings.Trim(l.Prefix, "/"); p != "" {
		return p + "/AWSLogs/"
	}
	return "AWSLogs/"
}

// RegionPrefix is the prefix of all keys of the account's flow logs of one region.
func (l Layout) RegionPrefix(account, region string) string {
	if l.Hive {
		return l.AccountPrefix(account) + "aws-service=" + service + "/aws-region=" + region + "/"
	}
	return l.AccountPrefix(account) + service + "/" + region + "/"
}

// DayPrefix is the prefix of the keys of one day, taken in UTC; with an hourly layout the hours are below it.
func (l Layout) DayPrefix(account, region string, day time.Time) string {
	format := "2006/01/02/"
	if l.Hive {
		format = "year=2006/month=01/day=02/"
	}
	return l.RegionPrefix(account, region) + day.UTC().Format(format)
}

// Delimiters that sum keys up in a listing: names hold no other T or Z before these.
const (
	UpToDay  = "T" // of RegionPrefix, not of an hourly layout: one common prefix for each day and flow log
	UpToTime = "Z" // of FlowLogPrefix: one for each start of an interval
)

// FlowLogPrefix is the prefix of the keys of one flow log and day, taken in UTC. Not for an hourly layout, where the hour stands before the name.
func (l Layout) FlowLogPrefix(account, region, flowLogID string, day time.Time) string {
	return l.DayPrefix(account, region, day) + fileName(account, region, flowLogID)
}

func fileName(account, region, flowLogID string) string {
	return account + "_" + service + "_" + region + "_" + flowLogID + "_"
}

// ParseUpToDay takes apart a common prefix of a listing up to UpToDay: the flow log and its day in UTC; ok is false for other keys.
func ParseUpToDay(prefix string) (flowLogID string, day time.Time, ok bool) {
	fields := strings.Split(prefix[strings.LastIndex(prefix, "/")+1:], "_")
	if len(fields) != 5 || fields[1] != service {
		return "", time.Time{}, false
	}
	day, err := time.Parse("20060102"+UpToDay, fields[4])
	return fields[3], day, err == nil
}

// ObjectKey is the key of one file: the start of its interval t to the minute in UTC, flowLogID fl-…, hash the suffix that keeps names apart.
func ObjectKey(l Layout, account, region, flowLogID string, t time.Time, hash string) string {
	t = t.UTC()
	key := l.DayPrefix(account, region, t)
	if l.Hourly {
		hour := "15/"
		if l.Hive {
			hour = "hour=15/"
		}
		key += t.Format(hour)
	}
	return key + fileName(account, region, flowLogID) + t.Format(stamp) + "_" + hash + l.extension()
}

func (l Layout) extension() string {
	if l.Parquet {
		return ".log.parquet"
	}
	return ".log.gz"
}

// Key is what an object key tells.
type Key struct {
	Layout    Layout
	Account   string    // 12 digits
	Region    string    // of the flow log
	FlowLogID string    // fl-…
	Time      time.Time // start of the interval, UTC, to the minute; not the time of arrival
	Hash      string
}

// ParseKey takes apart the key of a flow log file in any layout. The error says which part is not as AWS writes it.
func ParseKey(key string) (Key, error) {
	k, err := parseKey(key)
	if err != nil {
		return Key{}, fmt.Errorf("object key %q is not one of a VPC flow log: %w", key, err)
	}
	return k, nil
}

func parseKey(key string) (Key, error) {
	var k Key
	root := strings.LastIndex("/"+key, "/AWSLogs/")
	if root < 0 {
		return k, errors.New("it has no folder AWSLogs")
	}
	k.Layout.Prefix = strings.TrimSuffix(key[:root], "/")
	if strings.Trim(k.Layout.Prefix, "/") != k.Layout.Prefix || root > 0 && k.Layout.Prefix == "" {
		return k, errors.New("its prefix has an empty folder")
	}
	parts := strings.Split(key[root+len("AWSLogs/"):], "/")
	if len(parts) != 7 && len(parts) != 8 {
		return k, fmt.Errorf("it has %d parts after AWSLogs instead of 7 or 8", len(parts))
	}
	k.Layout.Hive = strings.HasPrefix(parts[0], "aws-account-id=")
	k.Layout.Hourly = len(parts) == 8

	name, ok := strings.CutSuffix(parts[len(parts)-1], ".log.gz")
	if !ok {
		if name, ok = strings.CutSuffix(name, ".log.parquet"); !ok {
			return k, errors.New("its name ends neither in .log.gz nor in .log.parquet")
		}
		k.Layout.Parquet = true
	}
	fields := strings.Split(name, "_")
	if len(fields) != 6 {
		return k, errors.New("its name has not the form ACCOUNT_vpcflowlogs_REGION_fl-ID_TIME_HASH")
	}
	k.Account, k.Region, k.FlowLogID, k.Hash = fields[0], fields[2], fields[3], fields[5]
	if !isAccountID(k.Account) || fields[1] != service || k.Region == "" || !strings.HasPrefix(k.FlowLogID, "fl-") || k.Hash == "" {
		return k, errors.New("its name has not the form ACCOUNT_vpcflowlogs_REGION_fl-ID_TIME_HASH")
	}
	t, err := time.Parse(stamp, fields[4])
	if err != nil {
		return k, fmt.Errorf("the time in its name is %q instead of YYYYMMDDTHHmmZ", fields[4])
	}
	k.Time = t
	if ObjectKey(k.Layout, k.Account, k.Region, k.FlowLogID, k.Time, k.Hash) != key {
		return k, errors.New("its folders and its name do not agree")
	}
	return k, nil
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
