package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// same compares JSON texts after taking out the white space only: order and forms count.
func same(t *testing.T, got Document, want string) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if got.String() != b.String() {
		t.Errorf("got  %s\nwant %s", got, b.String())
	}
}

var hubSids = HubSids{"HubFlowLogBucketListScoped", "HubFlowLogObjectReadScoped", "HubFlowLogKMSDecrypt"}

func TestDocumentsOfTheSourceText(t *testing.T) {
	same(t, AssumeRoleTrust("arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole", "xs-7f3a91"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Effect": "Allow",
			"Principal": {"AWS": "arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole"},
			"Action": "sts:AssumeRole",
			"Condition": {"StringEquals": {"sts:ExternalId": "xs-7f3a91"}}}]}`)
	same(t, AssumeRoleTrust("arn:aws-cn:iam::999988887777:root", ""), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}`)

	docs, err := HubPermissions(hubSids, "arn:aws:s3:::central", "", []string{"111122223333", "222233334444"}, "arn:aws:kms:us-east-1:444455556666:key/k")
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	same(t, docs[0], `{
		"Version": "2012-10-17",
		"Statement": [
			{"Sid": "HubFlowLogBucketListScoped", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::central"},
			{"Sid": "HubFlowLogObjectReadScoped", "Effect": "Allow", "Action": ["s3:GetObject"],
			 "Resource": ["arn:aws:s3:::central/AWSLogs/111122223333/*", "arn:aws:s3:::central/AWSLogs/222233334444/*"]},
			{"Sid": "HubFlowLogKMSDecrypt", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "arn:aws:kms:us-east-1:444455556666:key/k"}]}`)

	docs, err = HubPermissions(hubSids, "arn:aws-us-gov:s3:::central", "team/logs", []string{"111122223333"}, "")
	if err != nil || len(docs) != 1 || len(docs[0].Statements) != 2 {
		t.Fatalf("%v, %v", docs, err)
	}
	if got := docs[0].Statements[1].Resource.Values(); !slices.Equal(got, []string{"arn:aws-us-gov:s3:::central/team/logs/AWSLogs/111122223333/*"}) {
		t.Errorf("with a prefix: %v", got)
	}
}

func accounts(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%012d", 100000000000+i)
	}
	return out
}

func TestHubPermissionsSplit(t *testing.T) {
	all := accounts(500)
	docs, err := HubPermissions(hubSids, "arn:aws:s3:::central-flow-logs", "team", all, "arn:aws:kms:us-east-1:444455556666:key/k")
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for i, d := range docs {
		if err := CheckSize(ManagedPolicy, d.Pretty()); err != nil {
			t.Error(err)
		}
		if want := map[bool]int{true: 3, false: 1}[i == 0]; len(d.Statements) != want {
			t.Errorf("document %d has %d statements", i, len(d.Statements))
		}
		s, _ := d.Statement(hubSids.Objects)
		entries = append(entries, s.Resource.Values()...)
		// Not one entry more would have fitted.
		if more := d.AddResources(Statement{Sid: hubSids.Objects, Effect: Allow, Action: List("s3:GetObject"), Resource: List(logsARN("arn:aws:s3:::central-flow-logs", "team", "999999999999"))}); i < len(docs)-1 && CheckSize(ManagedPolicy, more.String()) == nil {
			t.Errorf("document %d has room left", i)
		}
	}
	if len(docs) < 5 || len(entries) != 500 || !strings.Contains(entries[499], all[499]) {
		t.Errorf("%d documents, %d entries", len(docs), len(entries))
	}
	for length := range 60 { // every distance between an entry's length and the limit
		docs, err := HubPermissions(hubSids, "arn:aws:s3:::"+strings.Repeat("b", 3+length), "", accounts(200), "")
		if err != nil || CheckSize(ManagedPolicy, docs[0].String(), docs[1].String()) != nil {
			t.Errorf("bucket name of %d letters: %v", 3+length, err)
		}
	}
	_, err = HubPermissions(hubSids, "arn:aws:s3:::central-flow-logs", "team", accounts(2000), "")
	var le *LimitError
	if !errors.As(err, &le) || le.Size <= le.Limit || !strings.Contains(err.Error(), "more than the 10") {
		t.Errorf("2000 accounts: %v", err)
	}
	if _, err = HubPermissions(hubSids, "arn:aws:s3:::b", "", nil, ""); err == nil {
		t.Error("no accounts are taken")
	}
}
