package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const allowRead = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`

func (l *lab) iam(account string) *iam.Client { return iam.NewFromConfig(l.as(account, homeRegion)) }

func (l *lab) role(client *iam.Client, name, trust string) *types.Role {
	l.t.Helper()
	out, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	l.must(err)
	return out.Role
}

func decoded(t *testing.T, document *string) string {
	t.Helper()
	if strings.ContainsAny(*document, `{}": `) {
		t.Errorf("document is not URL-encoded: %s", *document)
	}
	text, err := url.PathUnescape(*document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRole(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	trust := trustOf("arn:aws:iam::"+vendorAccount+":role/"+vendorRole, "xs-7f3a91")
	made, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("Reader"), Path: aws.String("/vendor/"), AssumeRolePolicyDocument: &trust,
		Description: aws.String("a <b> & \"c\""), MaxSessionDuration: aws.Int32(7200), Tags: []types.Tag{{Key: aws.String("flowgrant:setup"), Value: aws.String("x")}}})
	l.must(err)
	if *made.Role.Arn != "arn:aws:iam::444455556666:role/vendor/Reader" || !strings.HasPrefix(*made.Role.RoleId, "AROA") || len(*made.Role.RoleId) != 21 {
		t.Errorf("role is %s %s", *made.Role.Arn, *made.Role.RoleId)
	}
	got, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})
	l.must(err)
	if *got.Role.Description != "a <b> & \"c\"" || *got.Role.MaxSessionDuration != 7200 || len(got.Role.Tags) != 1 || !got.Role.CreateDate.Equal(l.now) {
		t.Errorf("role reads back as %+v", got.Role)
	}
	if text := decoded(t, got.Role.AssumeRolePolicyDocument); text != trust {
		t.Errorf("trust reads back as %s", text)
	}
	_, err = client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("READER"), AssumeRolePolicyDocument: &trust})
	l.want(err, "EntityAlreadyExists")

	_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("read"), PolicyDocument: aws.String(allowRead)})
	l.must(err)
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("Reader"), PolicyArn: aws.String(awsPolicyARN("SecurityAudit"))})
	l.must(err)
	inline, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("read")})
	l.must(err)
	if text := decoded(t, inline.PolicyDocument); text != allowRead {
		t.Errorf("inline policy reads back as %s", text)
	}
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "DeleteConflict")
	_, err = client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("Reader"), PolicyArn: aws.String(awsPolicyARN("SecurityAudit"))})
	l.must(err)
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "DeleteConflict")
	_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("read")})
	l.must(err)
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("Reader")})
	l.must(err)
	_, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "NoSuchEntity")
	_, err = l.iam(paymentsAccount).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Reader")})
	l.want(err, "NoSuchEntity")
}

// Every document, name and size that IAM refuses, with its code and a piece of its message.
func TestRefusedByIAM(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	trust := trustOf(rootARN(vendorAccount), "")
	l.role(client, "There", trust)
	create := func(name, trust string) error {
		_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
		return err
	}
	inline := func(document string) error {
		_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("There"), PolicyName: aws.String("p"), PolicyDocument: &document})
		return err
	}
	managed := func(document string) error {
		_, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprintf("p%d", len(document))), PolicyDocument: &document})
		return err
	}
	long := func(n int) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + strings.Repeat("x", n) + `"}]}`
	}
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	for _, test := range []struct {
		name string
		err  error
		code string
		text string
	}{
		{"name of 65", create(strings.Repeat("r", 65), trust), "ValidationError", "less than or equal to 64"},
		{"name with a space", create("a b", trust), "ValidationError", "roleName is invalid"},
		{"trust is no JSON", create("R", `{"Version":`), "MalformedPolicyDocument", "invalid Json"},
		{"trust without principal", create("R", statement(`{"Effect":"Allow","Action":"sts:AssumeRole"}`)), "MalformedPolicyDocument", "Missing required field Principal"},
		{"trust with resource", create("R", statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}`)), "MalformedPolicyDocument", "prohibited field Resource"},
		{"trust with another action", create("R", statement(`{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}`)), "MalformedPolicyDocument", "STS AssumeRole actions"},
		{"role that does not exist", create("R", trustOf("arn:aws:iam::"+vendorAccount+":role/Nobody", "")), "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::999988887777:role/Nobody"`},
		{"account that does not exist", create("R", trustOf("arn:aws:iam::121212121212:root", "")), "MalformedPolicyDocument", "Invalid principal"},
		{"trust of 2049", create("R", trustOf(rootARN(vendorAccount), strings.Repeat("e", 2049-len(trustOf(rootARN(vendorAccount), "x"))+1))), "LimitExceeded", "ACLSizePerRole: 2048"},
		{"inline with principal", inline(statement(`{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}`)), "MalformedPolicyDocument", "should not specify a principal"},
		{"inline without resource", inline(statement(`{"Effect":"Allow","Action":"s3:*"}`)), "MalformedPolicyDocument", "must contain resources"},
		{"inline resource no ARN", inline(statement(`{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}`)), "MalformedPolicyDocument", "must be in ARN format"},
		{"action without vendor", inline(statement(`{"Effect":"Allow","Action":"GetObject","Resource":"*"}`)), "MalformedPolicyDocument", "prefaced by a vendor"},
		{"same Sid twice", inline(statement(`{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"}`)), "MalformedPolicyDocument", "must be unique"},
		{"Sid with a dash", inline(statement(`{"Sid":"A-b","Effect":"Allow","Action":"s3:*","Resource":"*"}`)), "MalformedPolicyDocument", "alpha-numeric"},
		{"unknown operator", inline(statement(`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringSame":{"a:b":"c"}}}`)), "MalformedPolicyDocument", "Invalid Condition type"},
		{"inline of 10241", inline(long(10241 - len(long(0)))), "LimitExceeded", "Maximum policy size of 10240 bytes"},
		{"inline of 10240", inline(long(10240 - len(long(0)))), "", ""},
		{"managed of 6145", managed(long(6145 - len(long(0)))), "LimitExceeded", "PolicySize: 6144"},
		{"managed of 6144", managed(long(6144 - len(long(0)))), "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if code(test.err) != test.code || test.err != nil && !strings.Contains(test.err.Error(), test.text) {
				t.Errorf("%v, want %s with %s", test.err, test.code, test.text)
			}
		})
	}
}

// IAM counts inline policies of a role together.
func TestInlineLimitIsTogether(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	l.role(client, "R", trustOf(rootARN(vendorAccount), ""))
	put := func(name string, n int) error {
		document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + strings.Repeat("x", n) + `"}]}`
		_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("R"), PolicyName: &name, PolicyDocument: &document})
		return err
	}
	l.must(put("a", 6000))
	l.want(put("b", 6000), "LimitExceeded")
	l.must(put("a", 100))
	l.must(put("b", 6000))
}

func TestManagedPolicyVersions(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	l.role(client, "R", trustOf(rootARN(vendorAccount), ""))
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("P"), PolicyDocument: aws.String(allowRead), Description: aws.String("d")})
	l.must(err)
	arn := made.Policy.Arn
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("R"), PolicyArn: arn})
	l.must(err)
	for i := range 4 {
		_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowRead), SetAsDefault: i == 3})
		l.must(err)
	}
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowRead)})
	l.want(err, "LimitExceeded")
	_, err = client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})
	l.want(err, "DeleteConflict")
	_, err = client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	l.must(err)
	next, err := client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowRead)})
	l.must(err)
	if *next.PolicyVersion.VersionId != "v6" || next.PolicyVersion.IsDefaultVersion {
		t.Errorf("next version is %+v, want v6 that is not the default: numbers are never used again", next.PolicyVersion)
	}
	got, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	l.must(err)
	if *got.Policy.DefaultVersionId != "v5" || *got.Policy.AttachmentCount != 1 || *got.Policy.Description != "d" {
		t.Errorf("policy is %+v", got.Policy)
	}
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	l.want(err, "DeleteConflict")
	entities, err := client.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: arn})
	l.must(err)
	if len(entities.PolicyRoles) != 1 || *entities.PolicyRoles[0].RoleName != "R" {
		t.Errorf("entities are %+v", entities.PolicyRoles)
	}
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: aws.String(awsPolicyARN("SecurityAudit")), PolicyDocument: aws.String(allowRead)})
	l.want(err, "AccessDenied")
	_, err = l.iam(paymentsAccount).GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})
	l.want(err, "AccessDenied")
	for i := range attachedLimit {
		name := fmt.Sprintf("Q%d", i)
		p, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(allowRead)})
		l.must(err)
		_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("R"), PolicyArn: p.Policy.Arn})
		if i < attachedLimit-1 {
			l.must(err)
		} else {
			l.want(err, "LimitExceeded")
		}
	}
}

func TestPagesOfIAM(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	for i := range 5 {
		l.role(client, fmt.Sprintf("R%d", i), trustOf(rootARN(vendorAccount), ""))
	}
	var names []string
	pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{MaxItems: aws.Int32(2)})
	count := 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(ctx)
		l.must(err)
		for _, r := range page.Roles {
			names = append(names, *r.RoleName)
		}
	}
	if strings.Join(names, " ") != "OrganizationAccountAccessRole R0 R1 R2 R3 R4" || count != 3 {
		t.Errorf("%d pages with %v", count, names)
	}
}

// A principal that is deleted stays in the trust policy as its unique id, and a new one of the same name gets nothing by it.
func TestDeletedPrincipal(t *testing.T) {
	l := newLab(t)
	payments, archive := l.iam(paymentsAccount), l.iam(archiveAccount)
	enter := func() error {
		caller := l.as(paymentsAccount, homeRegion)
		out, err := sts.NewFromConfig(caller).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/Caller"), RoleSessionName: aws.String("one")})
		l.must(err)
		caller.Credentials = staticCredentials(out.Credentials)
		_, err = sts.NewFromConfig(caller).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::444455556666:role/Target"), RoleSessionName: aws.String("two")})
		return err
	}
	makeCaller := func() string {
		role := l.role(payments, "Caller", trustOf(rootARN(paymentsAccount), ""))
		_, err := payments.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("Caller"), PolicyArn: aws.String(awsPolicyARN("AdministratorAccess"))})
		l.must(err)
		return *role.RoleId
	}
	id := makeCaller()
	l.role(archive, "Target", trustOf("arn:aws:iam::111122223333:role/Caller", ""))
	l.must(enter())

	_, err := payments.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("Caller"), PolicyArn: aws.String(awsPolicyARN("AdministratorAccess"))})
	l.must(err)
	_, err = payments.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("Caller")})
	l.must(err)
	got, err := archive.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("Target")})
	l.must(err)
	if text := decoded(t, got.Role.AssumeRolePolicyDocument); !strings.Contains(text, `"AWS":"`+id+`"`) {
		t.Errorf("trust after the principal was deleted is %s, want its unique id %s", text, id)
	}
	makeCaller()
	l.want(enter(), "AccessDenied")
}

// AWS keeps an account ID as the account's root ARN.
func TestBareAccountPrincipal(t *testing.T) {
	l := newLab(t)
	role := l.role(l.iam(archiveAccount), "R", trustOf(vendorAccount, "abc"))
	if text := decoded(t, role.AssumeRolePolicyDocument); !strings.Contains(text, `"AWS":"arn:aws:iam::999988887777:root"`) {
		t.Errorf("trust is %s", text)
	}
}

func TestBoundaryAndTags(t *testing.T) {
	l := newLab(t)
	client := l.iam(archiveAccount)
	l.role(client, "R", trustOf(rootARN(managementAccount), ""))
	name := aws.String("R")
	_, err := client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String("arn:aws:iam::444455556666:policy/None")})
	l.want(err, "NoSuchEntity")
	_, err = client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String(awsPolicyARN("AmazonS3ReadOnlyAccess"))})
	l.must(err)
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(awsPolicyARN("AdministratorAccess"))})
	l.must(err)
	out, err := sts.NewFromConfig(l.as(managementAccount, homeRegion)).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::444455556666:role/R"), RoleSessionName: aws.String("bound")})
	l.must(err)
	cfg := l.s.config(homeRegion)
	cfg.Credentials = staticCredentials(out.Credentials)
	_, err = s3Client(cfg).ListBuckets(ctx, nil)
	l.must(err)
	_, err = iam.NewFromConfig(cfg).ListRoles(ctx, nil)
	l.want(err, "AccessDenied")
	if !strings.Contains(err.Error(), "permissions boundary") {
		t.Errorf("the denial does not name the boundary: %v", err)
	}

	_, err = client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("Team"), Value: aws.String("a")}, {Key: aws.String("team"), Value: aws.String("b")}}})
	l.want(err, "InvalidInput")
	_, err = client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("Team"), Value: aws.String("a")}}})
	l.must(err)
	_, err = client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"team"}})
	l.must(err)
	tags, err := client.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: name})
	l.must(err)
	if len(tags.Tags) != 0 {
		t.Errorf("tags are %v", tags.Tags)
	}
}
