package policy

import (
	"slices"
	"testing"
)

func TestTrustAdmits(t *testing.T) {
	const vendor, id = "999988887777", "xs-7f3a91"
	role := "arn:aws:iam::" + vendor + ":role/Svc"
	stmt := func(principal, condition string) string {
		if condition != "" {
			condition = `,"Condition":{` + condition + `}`
		}
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}`
	}
	withID := `"StringEquals":{"sts:ExternalId":"` + id + `"}`
	for _, c := range []struct {
		name, statements, principal, id string
		want                            TrustFinding
	}{
		{"the text's trust", stmt(`{"AWS":"`+role+`"}`, withID), role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"any principal of the account", stmt(`{"AWS":"`+role+`"}`, withID), "", id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"the root with the ID", stmt(`{"AWS":"`+vendor+`"}`, withID), "", id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, Root: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"another ID", stmt(`{"AWS":"`+role+`"}`, withID), role, "other", TrustFinding{RefusesNone: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"no condition", stmt(`{"AWS":"`+role+`"}`, ""), role, id, TrustFinding{Admits: true, Statements: []int{0}}},
		{"a pattern", stmt(`{"AWS":"`+role+`"}`, `"StringLike":{"sts:ExternalId":"xs-*"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, ExternalIDs: []string{"xs-*"}, Statements: []int{0}}},
		{"a pattern within", stmt(`{"AWS":"`+role+`"}`, `"StringLike":{"sts:ExternalId":"xs-7*91"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, ExternalIDs: []string{"xs-7*91"}, Statements: []int{0}}},
		{"one more ID", stmt(`{"AWS":"`+role+`"}`, `"StringEquals":{"sts:ExternalId":["`+id+`","old-id"]}`), role, id, TrustFinding{Admits: true, RefusesNone: true, ExternalIDs: []string{id, "old-id"}, Statements: []int{0}}},
		{"in any case", stmt(`{"AWS":"`+role+`"}`, `"StringEqualsIgnoreCase":{"sts:ExternalId":"`+id+`"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"if exists", stmt(`{"AWS":"`+role+`"}`, `"StringEqualsIfExists":{"sts:ExternalId":"`+id+`"}`), role, id, TrustFinding{Admits: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"the principal named by condition", stmt(`{"AWS":"arn:aws:iam::`+vendor+`:root"}`, withID+`,"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::`+vendor+`:role/Svc*"}`), "", id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, Root: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"another role", stmt(`{"AWS":"arn:aws:iam::`+vendor+`:role/Else"}`, withID), role, id, TrustFinding{RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"others only", stmt(`{"AWS":["arn:aws:iam::111122223333:root","AROAEXAMPLEEXAMPLE01"],"Service":"ec2.amazonaws.com"}`, ""), "", id, TrustFinding{RefusesNone: true, RefusesWrong: true, Others: []string{"arn:aws:iam::111122223333:root", "ec2.amazonaws.com"}, UniqueIDs: []string{"AROAEXAMPLEEXAMPLE01"}}},
		{"everybody with the ID", stmt(`"*"`, withID), role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, Everyone: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"a second statement without", stmt(`{"AWS":"`+role+`"}`, withID) + "," + stmt(`{"AWS":"`+vendor+`"}`, ""), role, id, TrustFinding{Admits: true, Root: true, ExternalIDs: []string{id}, Statements: []int{0, 1}}},
		{"a second statement that asks for something else", stmt(`{"AWS":"`+role+`"}`, withID) + "," + stmt(`{"AWS":"`+role+`"}`, `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`), role, id, TrustFinding{Admits: true, ExternalIDs: []string{id}, Statements: []int{0, 1}}},
		{"another role of the account without", stmt(`{"AWS":"`+role+`"}`, withID) + "," + stmt(`{"AWS":"arn:aws:iam::`+vendor+`:role/Else"}`, ""), role, id, TrustFinding{Admits: true, ExternalIDs: []string{id}, Statements: []int{0, 1}}},
		{"a Deny that asks for something else", stmt(`{"AWS":"`+role+`"}`, "") + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":"` + id + `","aws:SourceIp":"192.0.2.1"}}}`, role, id, TrustFinding{Admits: true, Statements: []int{0}}},
		{"a Deny of other IDs", stmt(`{"AWS":"`+role+`"}`, "") + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":"` + id + `"}}}`, role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, Statements: []int{0}}},
		{"everybody of another organization", stmt(`{"AWS":"`+role+`"}`, withID) + "," + stmt(`"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}, Others: []string{"* of o-1"}}},
		{"everybody of an open pattern", stmt(`"*"`, withID+`,"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Svc"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, Everyone: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"everybody of the account", stmt(`"*"`, withID+`,"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::`+vendor+`:role/*"}`), role, id, TrustFinding{Admits: true, RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"denied", stmt(`{"AWS":"`+role+`"}`, withID) + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`, role, id, TrustFinding{RefusesNone: true, RefusesWrong: true, ExternalIDs: []string{id}, Statements: []int{0}}},
		{"without an ID", stmt(`{"AWS":"`+role+`"}`, ""), role, "", TrustFinding{Admits: true, Statements: []int{0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := parse(t, `{"Version":"2012-10-17","Statement":[`+c.statements+`]}`)
			got := TrustAdmits(d, vendor, c.principal, c.id)
			if got.Admits != c.want.Admits || got.RefusesNone != c.want.RefusesNone || got.RefusesWrong != c.want.RefusesWrong || got.Root != c.want.Root || got.Everyone != c.want.Everyone ||
				!slices.Equal(got.ExternalIDs, c.want.ExternalIDs) || !slices.Equal(got.Statements, c.want.Statements) || !slices.Equal(got.Others, c.want.Others) || !slices.Equal(got.UniqueIDs, c.want.UniqueIDs) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}
