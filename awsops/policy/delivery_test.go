package policy

import (
	"errors"
	"strings"
	"testing"
)

func spec(n int) DeliverySpec {
	return DeliverySpec{Partition: "aws", Service: delivery, Bucket: "b", Accounts: accounts(n), SidWrite: "W", SidACL: "A"}
}

func TestDeliveryStatements(t *testing.T) {
	one := spec(1)
	one.Prefix, one.Regions, one.Accounts = "team", []string{"us-east-1"}, []string{"111122223333"}
	same(t, New(DeliveryStatements(one)...), `{"Version":"2012-10-17","Statement":[
		{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/team/AWSLogs/111122223333/*",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","s3:x-amz-acl":"bucket-owner-full-control"},"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:111122223333:*"}}},
		{"Sid":"A","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::b",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:111122223333:*"}}}]}`)

	two := spec(0)
	two.Partition, two.Accounts = "aws-cn", []string{"111122223333", "222233334444"}
	same(t, New(DeliveryStatements(two)[0]), `{"Version":"2012-10-17","Statement":[
		{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":["arn:aws-cn:s3:::b/AWSLogs/111122223333/*","arn:aws-cn:s3:::b/AWSLogs/222233334444/*"],
		 "Condition":{"StringEquals":{"aws:SourceAccount":["111122223333","222233334444"],"s3:x-amz-acl":"bucket-owner-full-control"},"ArnLike":{"aws:SourceArn":["arn:aws-cn:logs:*:111122223333:*","arn:aws-cn:logs:*:222233334444:*"]}}}]}`)

	org := spec(3)
	org.OrganizationID = "o-sandbox001"
	same(t, New(DeliveryStatements(org)...), `{"Version":"2012-10-17","Statement":[
		{"Sid":"W","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/AWSLogs/*",
		 "Condition":{"StringEquals":{"aws:SourceOrgID":"o-sandbox001","s3:x-amz-acl":"bucket-owner-full-control"}}},
		{"Sid":"A","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::b","Condition":{"StringEquals":{"aws:SourceOrgID":"o-sandbox001"}}}]}`)

	same(t, New(KeyDeliveryStatement("K", delivery, "aws", []string{"111122223333"}, "")), `{"Version":"2012-10-17","Statement":[{"Sid":"K","Effect":"Allow","Principal":{"Service":["delivery.logs.amazonaws.com"]},
		"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",
		"Condition":{"StringEquals":{"aws:SourceAccount":["111122223333"]},"ArnLike":{"aws:SourceArn":["arn:aws:logs:*:111122223333:*"]}}}]}`)
	if s := KeyDeliveryStatement("K", delivery, "aws", nil, "o-1").Condition; len(s) != 1 || s.Values("StringEquals", "aws:SourceOrgID")[0] != "o-1" {
		t.Errorf("organization: %v", s)
	}
	same(t, New(KeyReaderStatement("R", roleA)), `{"Version":"2012-10-17","Statement":[{"Sid":"R","Effect":"Allow","Principal":{"AWS":"`+roleA+`"},"Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*"}]}`)
	same(t, New(TLSOnlyStatement("T", "aws", "b")), `{"Version":"2012-10-17","Statement":[{"Sid":"T","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)
}

// delivers asks the evaluator whether the service may write for the account.
func delivers(d Document, account, key string) bool {
	r := Request{Principal: delivery, Action: "s3:PutObject", Resource: "arn:aws:s3:::b/" + key, ResourceAccount: accountB, Context: map[string][]string{
		"aws:SourceAccount": {account}, "aws:SourceArn": {"arn:aws:logs:eu-west-1:" + account + ":*"}, "s3:x-amz-acl": {"bucket-owner-full-control"}, "aws:SecureTransport": {"true"}}}
	acl := r
	acl.Action, acl.Resource = "s3:GetBucketAcl", "arn:aws:s3:::b"
	return Evaluate(r, Policies{Resource: &d}).Verdict == Allowed && Evaluate(acl, Policies{Resource: &d}).Verdict == Allowed
}

func TestFitDelivery(t *testing.T) {
	foreign := parse(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Foreign","Effect":"Deny","Principal":"*","Action":"s3:Delete*","Resource":"arn:aws:s3:::b/*"}]}`)
	for _, c := range []struct {
		accounts  int
		resources int // of the write statement
		sources   int
	}{{2, 2, 2}, {100, 100, 100}, {150, 1, 150}, {600, 1, 1}} {
		d, err := FitDelivery(foreign, spec(c.accounts))
		if err != nil {
			t.Fatalf("%d accounts: %v", c.accounts, err)
		}
		if err := CheckSize(BucketPolicy, d.String()); err != nil {
			t.Errorf("%d accounts: %v", c.accounts, err)
		}
		w, _ := d.Statement("W")
		if w.Resource.Len() != c.resources || len(w.Condition.Values("ArnLike", "aws:SourceArn")) != c.sources || len(w.Condition.Values("StringEquals", "aws:SourceAccount")) != c.accounts {
			t.Errorf("%d accounts: %d resources, %d source ARNs", c.accounts, w.Resource.Len(), len(w.Condition.Values("ArnLike", "aws:SourceArn")))
		}
		if d.Statements[0].Sid != "Foreign" || len(d.Statements) != 3 || len(Public(d)) != 0 {
			t.Errorf("%d accounts: %s", c.accounts, d)
		}
		last := spec(c.accounts).Accounts[c.accounts-1]
		if !delivers(d, last, "AWSLogs/"+last+"/vpcflowlogs/x") || delivers(d, "999988887777", "AWSLogs/999988887777/vpcflowlogs/x") || delivers(d, last, "other/x") {
			t.Errorf("%d accounts: the policy lets the wrong ones deliver", c.accounts)
		}
		if again, err := FitDelivery(d, spec(c.accounts)); err != nil || again.String() != d.String() {
			t.Errorf("%d accounts: a second merge changes it", c.accounts)
		}
	}
	d, err := FitDelivery(foreign, spec(1000))
	var le *LimitError
	if !errors.As(err, &le) || le.Kind != BucketPolicy || d.String() != foreign.String() || !strings.Contains(err.Error(), "1000 accounts") {
		t.Errorf("1000 accounts: %v", err)
	}
	if _, err := FitDelivery(foreign, spec(0)); err == nil {
		t.Error("no accounts are taken")
	}
}

func TestPublic(t *testing.T) {
	d := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":"*","Action":"a"},
		{"Effect":"Allow","Principal":{"AWS":["x","*"]},"Action":"a","Condition":{"Bool":{"aws:SecureTransport":"true"}}},
		{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}},
		{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}},
		{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"StringNotEquals":{"aws:SourceAccount":"1"}}},
		{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"1"}}},
		{"Effect":"Allow","NotPrincipal":{"AWS":"x"},"Action":"a"},
		{"Effect":"Deny","Principal":"*","Action":"a"},
		{"Effect":"Allow","Principal":{"AWS":"x"},"Action":"a"},
		{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}}]}`)
	got := Public(d)
	want := []int{0, 1, 3, 4, 5, 6, 9}
	if len(got) != len(want) {
		t.Fatalf("public: %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("public: %v", got)
		}
	}
}
