package policy

import "testing"

func TestPublicConditions(t *testing.T) {
	for condition, public := range map[string]bool{
		`{}`: true,
		`{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}`:                                                false,
		`{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`:                                                    true,
		`{"StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalOrgID}"}}`:                                true,
		`{"StringEquals":{"sts:ExternalId":"known-to-many"}}`:                                            true,
		`{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}`:                                  true,
		`{"ForAllValues:StringEquals":{"aws:SourceAccount":"111122223333"}}`:                             true,
		`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`:                                                false,
		`{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/1"]}}`:                                  true,
		`{"IpAddress":{"aws:SourceIp":"2001:db8::/16"}}`:                                                 true,
		`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`:                                                 false,
		`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`:                                             true,
		`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Reader"}}`:                                  true,
		`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Reader"}}`:                     false,
		`{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}`:     false,
		`{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:1111*:accesspoint/*"}}`:            true,
		`{"StringEquals":{"s3:prefix":"AWSLogs/"}}`:                                                      true,
		`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpce":"vpce-0123456789abc"}}`: false,
	} {
		d := parse(t, one(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":`+condition))
		if got := len(Public(d)) == 1; got != public {
			t.Errorf("%s is public: %v", condition, got)
		}
	}
}
