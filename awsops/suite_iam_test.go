package awsops_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/flowgrant/flowgrant/awsops"
)

const trustEC2 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func roles(t *testing.T, b backend) {
	ctx, a, name := t.Context(), b.in(t, archive), "SuiteRole"
	if _, err := a.Role(ctx, name); awsops.MeaningOf(err) != awsops.NotFound {
		t.Fatalf("got %v", err)
	}
	made, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2, Description: "for the suite", Tags: map[string]string{"flowgrant:setup": "suite"}, MaxSession: 7200})
	if err != nil || made.ARN != "arn:aws:iam::"+archive+":role/"+name || made.Trust != trustEC2 || made.Tags["flowgrant:setup"] != "suite" || made.ID == "" {
		t.Fatalf("%+v %v", made, err)
	}
	if _, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2}); awsops.MeaningOf(err) != awsops.AlreadyExists {
		t.Errorf("made twice: %v", err)
	}
	// Every character that URL encoding might change must come back.
	tricky := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a+b%20c é/*"}]}`
	must(t, a.PutInline(ctx, name, "zweite", tricky))
	must(t, a.PutInline(ctx, name, "erste", tricky))
	trust := strings.Replace(trustEC2, "ec2.", "lambda.", 1)
	must(t, a.PutTrust(ctx, name, trust))
	role, err := a.Role(ctx, name)
	if err != nil || role.Trust != trust || role.Description != "for the suite" || role.Path != "/" || role.Boundary != "" || role.Tags["flowgrant:setup"] != "suite" ||
		len(role.Inline) != 2 || role.Inline[0].Name != "erste" || role.Inline[1].Document != tricky || role.Stack != "" {
		t.Errorf("%+v %v", role, err)
	}
	if b.strict && len(role.Unreadable) > 0 {
		t.Errorf("unreadable %v", role.Unreadable)
	}
	all, err := a.Roles(ctx)
	if err != nil || !slices.ContainsFunc(all, func(r awsops.RoleSummary) bool { return r.Name == name && r.Trust == trust && r.ARN == role.ARN }) {
		t.Errorf("%v %v", all, err)
	}
	if err := a.DeleteRole(ctx, name); awsops.MeaningOf(err) != awsops.Conflict {
		t.Errorf("deleted with policies inside: %v", err)
	}
	must(t, a.DeleteInline(ctx, name, "erste"))
	must(t, a.DeleteInline(ctx, name, "zweite"))
	must(t, a.DeleteRole(ctx, name))
	if err := a.DeleteRole(ctx, name); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
	if b.strict {
		_, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: strings.Replace(trustEC2, `"Service":"ec2.amazonaws.com"`, `"AWS":"arn:aws:iam::999988887777:role/none"`, 1)})
		if awsops.MeaningOf(err) != awsops.Invalid || !strings.Contains(err.Error(), "Invalid principal") {
			t.Errorf("a principal that does not exist: %v", err)
		}
	}
}

func managedPolicies(t *testing.T, b backend) {
	ctx, a, name := t.Context(), b.in(t, archive), "SuitePolicyRole"
	_, err := a.CreateRole(ctx, awsops.NewRole{Name: name, Trust: trustEC2})
	must(t, err)
	document := func(bucket string) string {
		return `{"Version":"2012-10-17","Statement":[{"Sid":"L","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + bucket + `"}]}`
	}
	arn, err := a.CreatePolicy(ctx, awsops.NewPolicy{Name: "SuitePolicy", Document: document("one"), Tags: map[string]string{"k": "v"}})
	if err != nil || arn != "arn:aws:iam::"+archive+":policy/SuitePolicy" {
		t.Fatalf("%s %v", arn, err)
	}
	must(t, a.AttachPolicy(ctx, name, arn))
	for i := 2; i <= 5; i++ {
		id, err := a.CreatePolicyVersion(ctx, arn, document(fmt.Sprint("bucket-", i)))
		if err != nil || id != fmt.Sprint("v", i) {
			t.Fatalf("%s %v", id, err)
		}
	}
	if _, err := a.CreatePolicyVersion(ctx, arn, document("six")); awsops.MeaningOf(err) != awsops.Limit {
		t.Errorf("a sixth version: %v", err)
	}
	role, err := a.Role(ctx, name)
	if err != nil || len(role.Attached) != 1 {
		t.Fatalf("%+v %v", role, err)
	}
	p := role.Attached[0]
	if p.Name != "SuitePolicy" || p.ARN != arn || p.AWS || p.Default != "v5" || p.Document != document("bucket-5") || p.Attachments != 1 || p.Tags["k"] != "v" {
		t.Errorf("%+v", p)
	}
	versions, err := a.PolicyVersions(ctx, arn)
	if err != nil || len(versions) != 5 || versions[0].ID != "v1" || versions[0].Default || !versions[4].Default {
		t.Errorf("%+v %v", versions, err)
	}
	if text, err := a.PolicyVersionDocument(ctx, arn, "v1"); err != nil || text != document("one") {
		t.Errorf("%s %v", text, err)
	}
	if err := a.DeletePolicyVersion(ctx, arn, "v5"); awsops.MeaningOf(err) != awsops.Conflict {
		t.Errorf("the default version: %v", err)
	}
	for _, id := range []string{"v1", "v2", "v3", "v4"} {
		must(t, a.DeletePolicyVersion(ctx, arn, id))
	}
	must(t, a.DetachPolicy(ctx, name, arn))
	must(t, a.DeletePolicy(ctx, arn))
	if _, err := a.Policy(ctx, arn); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
	must(t, a.DeleteRole(ctx, name))
	if b.strict {
		p, err := a.Policy(ctx, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
		if err != nil || !p.AWS || !strings.Contains(p.Document, "Statement") {
			t.Errorf("%+v %v", p, err)
		}
	}
}

func keys(t *testing.T, b backend) {
	ctx, a := t.Context(), b.in(t, archive)
	arn := ""
	if b.strict {
		key, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":alias/flow-logs")
		must(t, err)
		arn = key.ARN
	} else {
		made, err := kms.NewFromConfig(b.raw(archive)).CreateKey(ctx, &kms.CreateKeyInput{})
		must(t, err)
		arn = aws.ToString(made.KeyMetadata.Arn)
	}
	key, err := a.Key(ctx, arn)
	if err != nil || key.ARN != arn || key.Account != archive || key.Region != "us-east-1" || key.Manager != "CUSTOMER" || key.State != "Enabled" ||
		key.Denied != nil || !strings.Contains(key.Policy, "arn:aws:iam::"+archive+":root") {
		t.Fatalf("%+v %v", key, err)
	}
	listed, err := a.Keys(ctx, "us-east-1")
	must(t, err)
	if at := slices.IndexFunc(listed, func(k awsops.KeySummary) bool { return k.ARN == arn }); at < 0 || listed[at].Manager != "CUSTOMER" || listed[at].State != "Enabled" ||
		b.strict && listed[at].Usage != "ENCRYPT_DECRYPT" || listed[at].Spec != "SYMMETRIC_DEFAULT" || b.strict && !slices.Equal(listed[at].Aliases, []string{"alias/flow-logs"}) {
		t.Errorf("keys: %+v", listed)
	}
	changed := strings.Replace(key.Policy, `"Statement"`, `"Id":"suite","Statement"`, 1)
	if strings.Contains(key.Policy, `"Id"`) {
		changed = strings.Replace(key.Policy, `"Id"`, `"Version" : "2012-10-17", "Id"`, 1)
		changed = strings.Replace(changed, `"Version":"2012-10-17",`, "", 1)
	}
	must(t, a.PutKeyPolicy(ctx, arn, changed))
	if text, err := a.KeyPolicy(ctx, arn); err != nil || text == "" {
		t.Errorf("%s %v", text, err)
	}
	if b.strict {
		err := a.PutKeyPolicy(ctx, arn, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:Encrypt","Resource":"*"}]}`)
		var e *awsops.Error
		if !errors.As(err, &e) || e.Meaning != awsops.Invalid || e.Fix == "" {
			t.Errorf("a lockout: %v", err)
		}
		if _, err := b.in(t, payments).Key(ctx, arn); awsops.MeaningOf(err) != awsops.Denied && awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("of another account: %v", err)
		}
	}
	if _, err := a.Key(ctx, "arn:aws:kms:us-east-1:"+archive+":key/00000000-0000-0000-0000-000000000000"); awsops.MeaningOf(err) != awsops.NotFound {
		t.Errorf("got %v", err)
	}
}

func organization(t *testing.T, b backend) {
	ctx, a := t.Context(), b.in(t, management)
	if !b.strict {
		if id, err := a.Organization(ctx); awsops.MeaningOf(err) != awsops.NotFound {
			t.Errorf("in no organization: %s %v", id, err)
		}
		return
	}
	if id, err := a.Organization(ctx); err != nil || id != "o-sandbox001" {
		t.Errorf("%s %v", id, err)
	}
	accounts, err := a.OrganizationAccounts(ctx)
	if err != nil || !slices.Contains(accounts, awsops.OrganizationAccount{ID: archive, Name: "Log archive", State: "ACTIVE"}) {
		t.Errorf("%+v %v", accounts, err)
	}
	if _, err := b.in(t, payments).OrganizationAccounts(ctx); awsops.MeaningOf(err) != awsops.Denied {
		t.Errorf("a member lists: %v", err)
	}
}
