package policy

import (
	"slices"
	"testing"
)

func TestDeletedPrincipals(t *testing.T) {
	d, err := Parse(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":["AROAEXAMPLEEXAMPLE01","arn:aws:iam::111122223333:root"],"Service":"ec2.amazonaws.com"},"Action":"s3:GetObject","Resource":"*"},
		{"Sid":"Others","Effect":"Deny","NotPrincipal":{"AWS":"AIDAEXAMPLEEXAMPLE02"},"Action":"s3:*","Resource":"*"},
		{"Sid":"Ids","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:userId":"AROAEXAMPLEEXAMPLE03:*"}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []DeletedPrincipal{{"AROAEXAMPLEEXAMPLE01", 0, ""}, {"AIDAEXAMPLEEXAMPLE02", 1, "Others"}}
	if got := d.DeletedPrincipals(); !slices.Equal(got, want) {
		t.Errorf("found are %v, want %v", got, want)
	}
}
