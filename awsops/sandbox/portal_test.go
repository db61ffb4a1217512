package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// verify asks the portal and returns whether all passed and the checks that did not, "NAME CODE" each.
func (l *lab) verify(body string) (verified bool, failed []string, all []portalCheck) {
	l.t.Helper()
	r, _ := http.NewRequest(http.MethodPost, "http://sandbox"+portalPath, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	resp, err := l.s.RoundTrip(r)
	l.must(err)
	text, _ := io.ReadAll(resp.Body)
	var out struct {
		Verified bool          `json:"verified"`
		Checks   []portalCheck `json:"checks"`
	}
	if resp.StatusCode != 200 || json.Unmarshal(text, &out) != nil {
		l.t.Fatalf("portal answers %d %s", resp.StatusCode, text)
	}
	for _, c := range out.Checks {
		if !c.OK {
			failed = append(failed, c.Check+" "+c.Code)
		}
	}
	return out.Verified, failed, out.Checks
}

func readerPolicy(bucket string, resources ...string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"HubFlowLogBucketListScoped","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::` + bucket +
		`"},{"Sid":"HubFlowLogObjectReadScoped","Effect":"Allow","Action":["s3:GetObject"],"Resource":["` + strings.Join(resources, `","`) + `"]}]}`
}

// What the vendor finds out about a centralized set-up: right, and with one thing wrong at a time.
func TestPortalVerifies(t *testing.T) {
	granted := readerPolicy("logs", "arn:aws:s3:::logs/AWSLogs/"+paymentsAccount+"/*")
	exact := "arn:aws:iam::" + vendorAccount + ":role/" + vendorRole
	const request = `{"account_id":"444455556666","role_name":"Reader","external_id":"xs-7f3a91","bucket_arn":"arn:aws:s3:::logs","accounts":["111122223333"]}`
	for _, test := range []struct {
		name, trust, policy, request string
		failed                       string
	}{
		{"right", trustOf(exact, "xs-7f3a91"), granted, request, ""},
		{"wrong external ID in the trust", trustOf(exact, "xs-000000"), granted, request, "assume-role AccessDenied"},
		{"no external ID in the trust", trustOf(exact, ""), granted, request, "assume-role-without-external-id , assume-role-with-wrong-external-id "},
		{"may not list", trustOf(exact, "xs-7f3a91"), strings.Replace(granted, "s3:ListBucket", "s3:ListBucketVersions", 1), request, "list-objects AccessDenied"},
		{"may not locate", trustOf(exact, "xs-7f3a91"), strings.Replace(granted, "s3:GetBucketLocation", "s3:GetBucketAcl", 1), request, "get-bucket-location AccessDenied"},
		{"may not get", trustOf(exact, "xs-7f3a91"), strings.Replace(granted, "s3:GetObject", "s3:GetObjectAcl", 1), request, "get-object AccessDenied"},
		{"may write", trustOf(exact, "xs-7f3a91"), strings.Replace(granted, `"s3:GetObject"`, `"s3:GetObject","s3:PutObject"`, 1), request, "put-object "},
		{"may use every key", trustOf(exact, "xs-7f3a91"), strings.Replace(granted, `]}]}`, `]},{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}`, 1), request,
			"decrypt-with-another-key "},
		{"may read everything", trustOf(exact, "xs-7f3a91"), readerPolicy("logs", "arn:aws:s3:::logs/*"), request,
			"get-object-outside NoSuchKey, get-object-outside NoSuchKey, get-object-outside "},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			l.bucket("logs", paymentsAccount)
			_, err := l.s3(archiveAccount, homeRegion).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("logs"), Key: aws.String("private.txt"), Body: strings.NewReader("x")})
			l.must(err)
			_, err = l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)...))
			l.must(err)
			l.pass(time.Minute)
			client := l.iam(archiveAccount)
			l.role(client, "Reader", test.trust)
			_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("p"), PolicyDocument: &test.policy})
			l.must(err)
			verified, failed, all := l.verify(test.request)
			if strings.Join(failed, ", ") != test.failed || verified != (test.failed == "") {
				t.Errorf("failed: %v, want %q", failed, test.failed)
				for _, c := range all {
					t.Logf("%+v", c)
				}
			}
			for _, key := range l.keys("logs") {
				if strings.Contains(key, "probe") {
					t.Errorf("the probe %s is left behind", key)
				}
			}
		})
	}
}

// The role that was made by hand in Payments is entered by the vendor with the external ID, whatever bucket it reads.
func TestPortalVerifiesPerAccount(t *testing.T) {
	l := newLab(t)
	_, err := l.s3(paymentsAccount, homeRegion).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("own")})
	l.must(err)
	_, err = l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("own", l.vpcs(paymentsAccount, homeRegion)...))
	l.must(err)
	l.pass(time.Minute)
	const request = `{"mode":"per-account","account_id":"111122223333","role_name":"ColorTokensCrossAccountAccessRole","external_id":"xs-7f3a91","bucket_arn":"arn:aws:s3:::own"}`
	if _, failed, all := l.verify(request); strings.Join(failed, ", ") != "get-object AccessDenied" {
		t.Errorf("before the grant: %v %+v", failed, all)
	}
	_, err = l.iam(paymentsAccount).PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(crossAccountRole), PolicyName: aws.String("grant"),
		PolicyDocument: aws.String(readerPolicy("own", "arn:aws:s3:::own", "arn:aws:s3:::own/*"))})
	l.must(err)
	if verified, failed, _ := l.verify(request); !verified {
		t.Errorf("after the grant: %v", failed)
	}
}

// Where the bucket is encrypted, reading proves that the role may use the key.
func TestPortalDecrypts(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	keys := l.kms(archiveAccount, homeRegion)
	key, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/flow-logs")})
	l.must(err)
	_, err = keys.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: key.KeyMetadata.Arn, Policy: aws.String(`{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}]}`)})
	l.must(err)
	_, err = l.s3(archiveAccount, homeRegion).PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: aws.String("logs"),
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: key.KeyMetadata.Arn}}}}})
	l.must(err)
	_, err = l.ec2(paymentsAccount, homeRegion).CreateFlowLogs(ctx, flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)...))
	l.must(err)
	l.pass(time.Minute)
	client := l.iam(archiveAccount)
	l.role(client, "Reader", trustOf(rootARN(vendorAccount), "xs-7f3a91"))
	grant := func(document string) {
		_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Reader"), PolicyName: aws.String("p"), PolicyDocument: &document})
		l.must(err)
	}
	const request = `{"account_id":"444455556666","role_name":"Reader","external_id":"xs-7f3a91","bucket_arn":"arn:aws:s3:::logs"}`
	document := readerPolicy("logs", "arn:aws:s3:::logs/AWSLogs/"+paymentsAccount+"/*")
	grant(document)
	if _, failed, _ := l.verify(request); strings.Join(failed, ", ") != "get-object AccessDenied" {
		t.Errorf("without the key: %v", failed)
	}
	grant(strings.Replace(document, `]}]}`, `]},{"Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"`+*key.KeyMetadata.Arn+`"}]}`, 1))
	verified, failed, all := l.verify(request)
	decrypted := false
	for _, c := range all {
		decrypted = decrypted || c.Check == "decrypt" && strings.Contains(c.Evidence, *key.KeyMetadata.Arn)
	}
	if !verified || !decrypted {
		t.Errorf("with the key: %v, decrypt is among the checks: %v", failed, decrypted)
	}
}

func TestPortalAtItsEdges(t *testing.T) {
	l := newLab(t)
	for _, test := range []struct {
		method, kind, body string
		status             int
		text               string
	}{
		{"GET", "", "", 200, `{"account":"999988887777","external_id":"xs-7f3a91","role":"ColorTokensFlowLogsCloudSecurityServiceRole"}`},
		{"DELETE", "", "", 405, "POST"},
		{"POST", "text/plain", "{}", 415, "application/json"},
		{"POST", "application/json", "{", 400, "JSON"},
		{"POST", "application/json", `{"account_id":"1","bucket_arn":"logs","mode":"x"}`, 400, "account_id must be 12 digits; role_name is missing; bucket_arn must be"},
	} {
		r, _ := http.NewRequest(test.method, "http://sandbox"+portalPath, strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.kind)
		resp, err := l.s.RoundTrip(r)
		l.must(err)
		text, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != test.status || !strings.Contains(string(text), test.text) {
			t.Errorf("%s %s: %d %s", test.method, test.body, resp.StatusCode, text)
		}
	}
}
