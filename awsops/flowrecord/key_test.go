package flowrecord

import (
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 20, 9, 5, 59, 0, time.UTC)

func TestKeysOfEveryLayout(t *testing.T) {
	const name = "111122223333_vpcflowlogs_us-east-1_fl-0a1b_20261120T0905Z_4f2d9c1e"
	for want, l := range map[string]Layout{
		"AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/20/" + name + ".log.gz":                                                                {},
		"team/logs/AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/20/" + name + ".log.gz":                                                      {Prefix: "team/logs"},
		"AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/20/09/" + name + ".log.gz":                                                             {Hourly: true},
		"AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/year=2026/month=11/day=20/" + name + ".log.parquet":      {Hive: true, Parquet: true},
		"p/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/year=2026/month=11/day=20/hour=09/" + name + ".log.gz": {Prefix: "p", Hive: true, Hourly: true},
	} {
		local := at.In(time.FixedZone("far", -9*3600)) // keys are in UTC
		if got := ObjectKey(l, "111122223333", "us-east-1", "fl-0a1b", local, "4f2d9c1e"); got != want {
			t.Errorf("key %s\nwant %s", got, want)
		}
		k, err := ParseKey(want)
		if err != nil || k != (Key{l, "111122223333", "us-east-1", "fl-0a1b", at.Truncate(time.Minute), "4f2d9c1e"}) {
			t.Errorf("%s is read as %+v, %v", want, k, err)
		}
		if day := l.DayPrefix("111122223333", "us-east-1", local); !strings.HasPrefix(want, day) || !strings.HasPrefix(day, l.AccountPrefix("111122223333")) || !strings.Contains(day, "20/") {
			t.Errorf("day prefix %s", day)
		}
	}
	if got := (Layout{Prefix: "/x/"}).AccountPrefix("1"); got != "x/AWSLogs/1/" {
		t.Errorf("slashes around the prefix: %s", got)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	good := ObjectKey(Layout{}, "111122223333", "us-east-1", "fl-1", at, "h")
	for key, want := range map[string]string{
		"": "no folder AWSLogs",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/x.json.gz":         "neither in .log.gz",
		strings.Replace(good, "/20/", "/", 1):                                    "6 parts",
		strings.Replace(good, "/20/", "/21/", 1):                                 "do not agree",
		strings.Replace(good, "AWSLogs/111122223333", "AWSLogs/222233334444", 1): "do not agree",
		strings.Replace(good, "T0905Z", "T2505Z", 1):                             "YYYYMMDDTHHmmZ",
		strings.Replace(good, "fl-1", "1", 1):                                    "the form ACCOUNT_",
		strings.Replace(good, "_h.", ".", 1):                                     "the form ACCOUNT_",
		"/" + good:                                                               "empty folder",
		"a//" + good:                                                             "empty folder",
	} {
		if _, err := ParseKey(key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not tell %q", key, err, want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, l := range []Layout{{}, {Prefix: "a/b", Hourly: true}, {Hive: true, Parquet: true}, {Prefix: "x", Hive: true, Hourly: true}} {
		f.Add(ObjectKey(l, "111122223333", "us-east-1", "fl-1", at, "h"))
	}
	f.Fuzz(func(t *testing.T, key string) {
		k, err := ParseKey(key)
		if err == nil && ObjectKey(k.Layout, k.Account, k.Region, k.FlowLogID, k.Time, k.Hash) != key {
			t.Errorf("%q is read as %+v", key, k)
		}
	})
}
