package policy

import "testing"

func TestConditionOperators(t *testing.T) {
	ctx := map[string][]string{
		"aws:PrincipalOrgID": {"o-abc"}, "aws:SourceIp": {"203.0.113.9"}, "aws:SourceArn": {"arn:aws:logs:us-east-1:111122223333:*"},
		"aws:SecureTransport": {"true"}, "aws:MultiFactorAuthAge": {"300"}, "aws:CurrentTime": {"2026-11-20T10:00:00Z"}, "x:Bin": {"aGk="},
		"aws:TagKeys": {"a", "b"}, "aws:username": {"alice"}, "x:Star": {"*"}, "x:Six": {"2001:db8::1"}, "x:Empty": {},
	}
	for _, c := range []struct {
		op, key, values string
		want            bool
	}{
		{"StringEquals", "AWS:PRINCIPALORGID", `"o-abc"`, true},
		{"StringEquals", "aws:PrincipalOrgID", `"O-abc"`, false},
		{"StringEquals", "aws:PrincipalOrgID", `"o-*"`, false},
		{"StringEquals", "x:None", `"o-*"`, false},
		{"StringNotEquals", "aws:PrincipalOrgID", `["o-x","o-abc"]`, false},
		{"StringNotEquals", "x:None", `"a"`, true},
		{"StringEqualsIgnoreCase", "aws:PrincipalOrgID", `"O-ABC"`, true},
		{"StringNotEqualsIgnoreCase", "aws:PrincipalOrgID", `"O-ABC"`, false},
		{"StringLike", "aws:PrincipalOrgID", `["x","o-?b*"]`, true},
		{"StringNotLike", "aws:PrincipalOrgID", `"o-?b*"`, false},
		{"StringEqualsIfExists", "x:None", `"a"`, true},
		{"StringEqualsIfExists", "aws:PrincipalOrgID", `"a"`, false},
		{"NumericEquals", "aws:MultiFactorAuthAge", `300.0`, true},
		{"NumericNotEquals", "aws:MultiFactorAuthAge", `"300"`, false},
		{"NumericLessThan", "aws:MultiFactorAuthAge", `300`, false},
		{"NumericLessThanEquals", "aws:MultiFactorAuthAge", `300`, true},
		{"NumericGreaterThan", "aws:MultiFactorAuthAge", `"299"`, true},
		{"NumericGreaterThanEquals", "aws:MultiFactorAuthAge", `"301"`, false},
		{"NumericEquals", "aws:PrincipalOrgID", `1`, false},
		{"DateLessThan", "aws:CurrentTime", `"2026-11-20T10:00:01Z"`, true},
		{"DateGreaterThan", "aws:CurrentTime", `"1763632800"`, true},
		{"DateEquals", "aws:CurrentTime", `"2026-11-20T11:00:00+01:00"`, true},
		{"DateNotEquals", "aws:CurrentTime", `"2026-11-20"`, true},
		{"DateLessThanEquals", "aws:CurrentTime", `"2026-11-19"`, false},
		{"DateGreaterThanEquals", "aws:CurrentTime", `"2026-11-20"`, true},
		{"DateLessThan", "aws:TokenIssueTime", `"2026-11-20T10:00:01Z"`, false},
		{"Bool", "aws:SecureTransport", `true`, true},
		{"Bool", "aws:SecureTransport", `"False"`, false},
		{"BoolIfExists", "aws:MultiFactorAuthPresent", `"false"`, true},
		{"BinaryEquals", "x:Bin", `"aGk="`, true},
		{"BinaryEquals", "x:Bin", `"aGkh"`, false},
		{"IpAddress", "aws:SourceIp", `["10.0.0.0/8","203.0.113.0/24"]`, true},
		{"IpAddress", "aws:SourceIp", `"203.0.113.9"`, true},
		{"IpAddress", "x:Six", `"2001:DB8::/32"`, true},
		{"NotIpAddress", "aws:SourceIp", `"203.0.113.0/24"`, false},
		{"NotIpAddress", "x:None", `"203.0.113.0/24"`, true},
		{"ArnEquals", "aws:SourceArn", `"arn:aws:logs:*:111122223333:*"`, true},
		{"ArnLike", "aws:SourceArn", `"arn:aws:logs:*"`, false},
		{"ArnNotLike", "aws:SourceArn", `"arn:aws:logs:*:444455556666:*"`, true},
		{"ArnNotEquals", "aws:SourceArn", `"arn:aws:logs:us-east-1:111122223333:*"`, false},
		{"Null", "x:None", `true`, true},
		{"Null", "x:Empty", `"true"`, true},
		{"Null", "aws:SourceIp", `"true"`, false},
		{"Null", "aws:SourceIp", `"false"`, true},
		{"ForAllValues:StringEquals", "aws:TagKeys", `["a","b","c"]`, true},
		{"ForAllValues:StringEquals", "aws:TagKeys", `"a"`, false},
		{"ForAllValues:StringEquals", "x:None", `"a"`, true},
		{"ForAllValues:StringNotEquals", "aws:TagKeys", `"b"`, false},
		{"ForAnyValue:StringLike", "aws:TagKeys", `"B*"`, false},
		{"ForAnyValue:StringLike", "aws:TagKeys", `"b*"`, true},
		{"ForAnyValue:StringEquals", "x:None", `"a"`, false},
		{"ForAnyValue:StringNotEquals", "aws:TagKeys", `"a"`, true},
		{"ForAnyValue:StringEqualsIfExists", "x:None", `"a"`, true},
		{"StringEquals", "aws:username", `"${aws:UserName}"`, true},
		{"StringEquals", "aws:username", `"${x:None, 'alice'}"`, true},
		{"StringEquals", "aws:username", `"${x:None}"`, false},
		{"StringNotEquals", "aws:username", `"${x:None}"`, true},
		{"StringLike", "aws:username", `"${x:Star}"`, false}, // what a variable brings is no wildcard
		{"StringLike", "x:Star", `"${*}"`, true},
		{"StringLike", "aws:username", `"${*}"`, false},
		{"StringEquals", "aws:username", `"${?}${$}"`, false},
	} {
		t.Run(c.op+" "+c.key+" "+c.values, func(t *testing.T) {
			if !KnownOperator(c.op) {
				t.Fatal("not known")
			}
			d := parse(t, one(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"`+c.op+`":{"`+c.key+`":`+c.values+`}}`))
			r := Request{Principal: roleA, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: accountA, Context: ctx}
			if got := Evaluate(r, Policies{Identity: []Document{d}}).Verdict == Allowed; got != c.want {
				t.Errorf("holds: %v", got)
			}
		})
	}
	for _, op := range []string{"StringEqual", "NullIfExists", "ForAllValues:Null", "ForSome:StringEquals", ""} {
		if KnownOperator(op) {
			t.Errorf("%q is taken for an operator", op)
		}
	}
}

func TestVariablesInResources(t *testing.T) {
	for _, c := range []struct {
		version, resource, object string
		want                      bool
	}{
		{Version2012, "arn:aws:s3:::b/home/${aws:username}/*", "b/home/alice/x", true},
		{Version2012, "arn:aws:s3:::b/home/${aws:username}/*", "b/home/bob/x", false},
		{Version2008, "arn:aws:s3:::b/home/${aws:username}/*", "b/home/alice/x", false},
		{Version2008, "arn:aws:s3:::b/home/${aws:username}/*", "b/home/${aws:username}/x", true},
		{"", "arn:aws:s3:::b/home/${aws:username}/*", "b/home/alice/x", false},
		{Version2012, "arn:aws:s3:::b/${aws:none}/*", "b/x/y", false},
		{Version2012, "arn:aws:s3:::b/${aws:none, 'x'}/*", "b/x/y", true},
		{Version2012, "arn:aws:s3:::b/${*}", "b/x", false},
		{Version2012, "arn:aws:s3:::b/${*}", "b/*", true},
		{Version2012, "arn:aws:s3:::b/${unclosed", "b/${unclosed", true},
		{Version2012, "arn:aws:s3::${aws:PrincipalAccount}:b/*", "b/x", false}, // AWS takes no variable there
	} {
		d := Document{Version: c.version, Statements: []Statement{{Effect: Allow, Action: One("*"), Resource: One(c.resource)}}}
		r := Request{Principal: userA, Action: "s3:GetObject", Resource: "arn:aws:s3:::" + c.object, ResourceAccount: accountA}
		if got := Evaluate(r, Policies{Identity: []Document{d}}).Verdict == Allowed; got != c.want {
			t.Errorf("%s %s on %s: %v", c.version, c.resource, c.object, got)
		}
	}
}
