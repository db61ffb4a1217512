package steps

import (
	"slices"
	"strings"
	"testing"
)

func TestFieldChecks(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:444455556666:key/01234567-89ab-cdef-0123-456789abcdef"
	gov := func(text string) (string, error) { return CheckBucketARNIn("aws-us-gov", text) }
	for _, c := range []struct {
		check func(string) (string, error)
		typed string
		want  string // the normal form; or, behind "!", a part of what is wrong
	}{
		{CheckAccountID, "111122223333", "111122223333"},
		{CheckAccountID, " \"111122223333\",\r\n", "111122223333"},
		{CheckAccountID, "\u200b1111-2222-3333\u00a0", "111122223333"},
		{CheckAccountID, "1111 2222 3333", "111122223333"},
		{CheckAccountID, "arn:aws:iam::111122223333:root", "111122223333"},
		{CheckAccountID, "arn:aws:organizations::123456789012:account/o-abc/111122223333", "111122223333"},
		{CheckAccountID, "arn:aws:s3:::bucket", "!names no account"},
		{CheckAccountID, "arn:", "!names no account"},
		{CheckAccountID, "11122223333", "!zeros at its start may have been lost"},
		{CheckAccountID, "1111222233334", "!has 13 digits"},
		{CheckAccountID, "1", "!has 1 digit, not 12"},
		{CheckAccountID, "payments", "!not an account ID"},
		{CheckAccountID, "１１１１２２２２３３３３", "!not an account ID"},
		{CheckAccountID, "  ", "!is missing"},

		{CheckRoleName, "ColorTokensCrossAccountAccessRole", "ColorTokensCrossAccountAccessRole"},
		{CheckRoleName, "arn:aws:iam::111122223333:role/a/b/Reader", "Reader"},
		{CheckRoleName, "arn:aws:sts::111122223333:assumed-role/Reader/session", "Reader"},
		{CheckRoleName, "arn:aws:iam::111122223333:user/Reader", "!not the ARN of a role"},
		{CheckRoleName, "arn:aws:iam::111122223333:role", "!not the ARN of a role"},
		{CheckRoleName, "arn:aws:iam::111122223333:role/", "!cannot be a role name"},
		{CheckRoleName, "arn:", "!not the ARN of a role"},
		{CheckRoleName, "two words", "!cannot be a role name"},
		{CheckRoleName, strings.Repeat("r", 64), strings.Repeat("r", 64)},
		{CheckRoleName, strings.Repeat("r", 65), "!has 65 characters"},

		{CheckExternalID, "'xs-7f3a91'", "xs-7f3a91"},
		{CheckExternalID, "\"xs-7f3a91\",\n", "xs-7f3a91"},
		{CheckExternalID, "xs-7f3a91,", "xs-7f3a91,"},
		{CheckExternalID, "a:b/c=d,e.f@g+h_", "a:b/c=d,e.f@g+h_"},
		{CheckExternalID, "x", "!too short"},
		{CheckExternalID, "é-id", "!a character that an external ID cannot have"},
		{CheckExternalID, "a b", "!a character"},
		{CheckExternalID, strings.Repeat("x", 1224), strings.Repeat("x", 1224)},
		{CheckExternalID, strings.Repeat("x", 1225), "!has 1225 characters"},

		{CheckRegion, "US-East-1 ", "us-east-1"},
		{CheckRegion, "us-gov-west-1", "us-gov-west-1"},
		{CheckRegion, "eusc-de-east-1", "eusc-de-east-1"},
		{CheckRegion, "eu-west-1b", "!is an availability zone"},
		{CheckRegion, "virginia", "!not a region code"},

		{CheckVPCID, "vpc-0123456789ABCDEF0", "vpc-0123456789abcdef0"},
		{CheckVPCID, "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-0a1b2c3d", "vpc-0a1b2c3d"},
		{CheckVPCID, "subnet-0a1b2c3d", "!not a VPC ID"},
		{CheckVPCID, "arn:aws:ec2:us-east-1:111122223333:subnet/subnet-0a1b2c3d", "!not a VPC ID"},

		{CheckSetupName, "Central-Logs-2", "Central-Logs-2"},
		{CheckSetupName, "-f", "!cannot name a set-up"},
		{CheckSetupName, "../x", "!cannot name a set-up"},
		{CheckSetupName, "CON", "!Windows"},
		{CheckSetupName, strings.Repeat("n", 65), "!has 65 characters"},

		{CheckBucketARN, "arn:aws:s3:::central-flow-logs", "arn:aws:s3:::central-flow-logs"},
		{CheckBucketARN, "arn:aws-cn:s3:::central-flow-logs/team/a/", "arn:aws-cn:s3:::central-flow-logs/team/a"},
		{CheckBucketARN, "central-flow-logs", "arn:aws:s3:::central-flow-logs"},
		{gov, "central-flow-logs/team", "arn:aws-us-gov:s3:::central-flow-logs/team"},
		{CheckBucketARN, "s3://central-flow-logs/team/", "arn:aws:s3:::central-flow-logs/team"},
		{CheckBucketARN, "https://us-east-1.console.aws.amazon.com/s3/buckets/central-flow-logs?region=us-east-1&bucketType=general&prefix=team/x/&tab=objects", "arn:aws:s3:::central-flow-logs/team/x"},
		{CheckBucketARN, "https://s3.console.aws.amazon.com/s3/buckets/central-flow-logs/?tab=objects", "arn:aws:s3:::central-flow-logs"},
		{CheckBucketARN, "https://console.amazonaws.cn/s3/buckets/central-flow-logs", "arn:aws-cn:s3:::central-flow-logs"},
		{CheckBucketARN, "https://console.amazonaws-us-gov.com/s3/buckets/central-flow-logs", "arn:aws-us-gov:s3:::central-flow-logs"},
		{CheckBucketARN, "https://central-flow-logs.s3.eu-west-1.amazonaws.com/team/", "arn:aws:s3:::central-flow-logs/team"},
		{CheckBucketARN, "https://s3.cn-north-1.amazonaws.com.cn/central-flow-logs", "arn:aws-cn:s3:::central-flow-logs"},
		{CheckBucketARN, "https://example.com/central-flow-logs", "!not the address of a bucket"},
		{CheckBucketARN, "https://console.aws.amazon.com/ec2/home", "!not the address of a bucket"},
		{CheckBucketARN, "https://%zz", "!not the address of a bucket"},
		{CheckBucketARN, "arn:aws:s3:us-east-1:111122223333:accesspoint/x", "!not the ARN of a bucket"},
		{CheckBucketARN, "arn:aws:sns:::x", "!not the ARN of a bucket"},
		{CheckBucketARN, "arn:aws:s3:::", "!names no bucket"},
		{CheckBucketARN, "s3://", "!names no bucket"},
		{CheckBucketARN, "arn:aws:s3:::Central", "!cannot be a bucket name"},
		{CheckBucketARN, "ab", "!has 2 characters"},
		{CheckBucketARN, "a..b", "!two dots"},
		{CheckBucketARN, "192.168.5.4", "!IP address"},
		{CheckBucketARN, "my-logs--x-s3", "!AWS keeps"},
		{CheckBucketARN, "xn--logs", "!AWS keeps"},
		{CheckBucketARN, "arn:aws:s3:::central-flow-logs/*", "!a character"},
		{CheckBucketARN, "arn:aws:s3:::central-flow-logs/${aws:x}", "!a character"},
		{CheckBucketARN, "arn:aws:s3:::central-flow-logs/a/AWSLogs", "!AWSLogs"},
		{CheckBucketARN, "arn:aws:s3:::central-flow-logs//a", "!empty part"},
		{CheckBucketARN, "arn:aws:s3:::central-flow-logs/a/../b", "!the part"},

		{CheckKeyARN, " " + key, key},
		{CheckKeyARN, "arn:aws-us-gov:kms:us-gov-west-1:444455556666:key/mrk-0123456789abcdef0123456789abcdef", "arn:aws-us-gov:kms:us-gov-west-1:444455556666:key/mrk-0123456789abcdef0123456789abcdef"},
		{CheckKeyARN, "alias/flow-logs", "!is an alias"},
		{CheckKeyARN, "arn:aws:kms:us-east-1:444455556666:alias/flow-logs", "!is an alias"},
		{CheckKeyARN, "01234567-89ab-cdef-0123-456789abcdef", "!is a key ID alone"},
		{CheckKeyARN, strings.Replace(key, "444455556666", "", 1), "!names no 12-digit account"},
		{CheckKeyARN, strings.Replace(key, "us-east-1", "*", 1), "!names no region"},
		{CheckKeyARN, key + "x", "!not the ID of a key"},
		{CheckKeyARN, "arn:aws:s3:::x", "!not the ARN of a KMS key"},
	} {
		got, err := c.check(c.typed)
		problem, isWrong := strings.CutPrefix(c.want, "!")
		switch {
		case isWrong && (err == nil || !strings.Contains(err.Error(), problem)):
			t.Errorf("%q: got %q, %v; want an error with %q", c.typed, got, err, problem)
		case isWrong && !strings.Contains(err.Error(), "; accepted: "):
			t.Errorf("%q: %v does not tell the accepted form", c.typed, err)
		case !isWrong && (err != nil || got != c.want):
			t.Errorf("%q: got %q, %v; want %q", c.typed, got, err, c.want)
		}
	}
}

func TestParseAccountIDs(t *testing.T) {
	ids, bad, duplicates := ParseAccountIDs("111122223333, 2222-3333-4444\nPayments;333344445555\tprod\n12345 nonsense\r\n\"111122223333\"\n\n111122223333 4444x")
	for _, c := range []struct{ what, got, want []string }{
		{[]string{"ids"}, ids, []string{"111122223333", "222233334444", "333344445555"}},
		{[]string{"bad"}, bad, []string{"12345", "nonsense", "4444x"}},
		{[]string{"duplicates"}, duplicates, []string{"111122223333"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%v: got %q, want %q", c.what, c.got, c.want)
		}
	}
	if ids, bad, duplicates = ParseAccountIDs(" \n,"); ids != nil || bad != nil || duplicates != nil {
		t.Errorf("nothing typed: got %q %q %q", ids, bad, duplicates)
	}
}

// whatever a field check accepts, it accepts again, unchanged
func FuzzFieldChecks(f *testing.F) {
	for _, seed := range []string{"111122223333", "arn:aws:iam::111122223333:role/a/Reader", "https://b.s3.amazonaws.com/x", "s3://abc/d", "vpc-0a1b2c3d", "alias/x", "arn:::::", "arn:aws:logs:us-east-1:111122223333:log-group:/vpc/flow-logs:*"} {
		f.Add(seed)
	}
	checks := []func(string) (string, error){CheckAccountID, CheckRoleName, CheckExternalID, CheckBucketARN, CheckKeyARN, CheckRegion, CheckVPCID, CheckSetupName, CheckLogGroupName}
	f.Fuzz(func(t *testing.T, text string) {
		for i, check := range checks {
			first, err := check(text)
			if err != nil {
				continue
			}
			if again, err := check(first); err != nil || again != first {
				t.Errorf("check %d: %q gave %q, that gave %q, %v", i, text, first, again, err)
			}
		}
		ParseAccountIDs(text)
	})
}
