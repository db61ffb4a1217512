package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// DeliverySpec says who may deliver logs where.
type DeliverySpec struct {
	Partition      string   // aws, aws-cn or aws-us-gov
	Service        string   // the delivery's service principal, e.g. delivery.logs.amazonaws.com
	Bucket         string   // bucket name
	Prefix         string   // path before AWSLogs, "" for none
	Accounts       []string // 12-digit IDs of the accounts that own the flow logs
	Regions        []string // regions of the flow logs; nil for all
	OrganizationID string   // o-...: lets every account of the organization deliver, instead of Accounts
	SidWrite       string
	SidACL         string
	Apart          func(sid string) bool // Sids of statements that do not count as there already; nil: all do
}

// DeliveryStatements are the bucket policy statements that let the service write for the accounts, in the form that AWS gives
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html): one Resource per account, or AWSLogs/* for an organization.
func DeliveryStatements(spec DeliverySpec) []Statement { return spec.statements(perAccount) }

// form is how much room the delivery statements take.
type form int

const (
	perAccount  form = iota // one Resource per account
	oneResource             // AWSLogs/*, accounts and source ARNs listed
	oneSource               // AWSLogs/*, accounts listed, one source ARN with a wildcard
)

func (spec DeliverySpec) statements(f form) []Statement {
	bucket := "arn:" + spec.Partition + ":s3:::" + spec.Bucket
	var resource Strings
	var source Condition // who delivers: tests besides the ACL
	equals := func(key string, values Strings) Test { return Test{"StringEquals", key, values} }
	if spec.OrganizationID != "" {
		resource = One(bucket + "/" + prefixSlash(spec.Prefix) + "AWSLogs/*")
		source = Condition{equals("aws:SourceOrgID", One(spec.OrganizationID))}
	} else {
		var entries []string
		for _, a := range spec.Accounts {
			entries = append(entries, logsARN(bucket, spec.Prefix, a))
		}
		resource = OneOrList(entries...)
		if f != perAccount {
			resource = One(bucket + "/" + prefixSlash(spec.Prefix) + "AWSLogs/*")
		}
		arns := OneOrList(sourceARNs(spec.Partition, spec.Accounts, spec.Regions)...)
		if f == oneSource {
			arns = One("arn:" + spec.Partition + ":logs:*:*:*")
		}
		source = Condition{equals("aws:SourceAccount", OneOrList(spec.Accounts...)), {"ArnLike", "aws:SourceArn", arns}}
	}
	write := slices.Insert(slices.Clone(source), 1, equals("s3:x-amz-acl", One("bucket-owner-full-control")))
	return []Statement{
		{Sid: spec.SidWrite, Effect: Allow, Principal: ServicePrincipal(spec.Service), Action: One("s3:PutObject"), Resource: resource, Condition: write},
		{Sid: spec.SidACL, Effect: Allow, Principal: ServicePrincipal(spec.Service), Action: One("s3:GetBucketAcl"), Resource: One(bucket), Condition: source},
	}
}

func sourceARNs(partition string, accounts, regions []string) []string {
	if len(regions) == 0 {
		regions = []string{"*"}
	}
	var out []string
	for _, a := range accounts {
		for _, r := range regions {
			out = append(out, "arn:"+partition+":logs:"+r+":"+a+":*")
		}
	}
	return out
}

// FitDelivery merges the delivery statements into a bucket policy (an empty document where there is none). Past the limit of a bucket policy it
// takes one Resource AWSLogs/* with the accounts listed in the conditions, then one wildcard source ARN as well; where even that is too large it
// returns a *LimitError and the existing document.
func FitDelivery(existing Document, spec DeliverySpec) (Document, error) {
	if spec.OrganizationID == "" && len(spec.Accounts) == 0 {
		return existing, errors.New("delivery statements: neither accounts nor an organization are given")
	}
	var err error
	for _, f := range []form{perAccount, oneResource, oneSource} {
		out := existing.WithBeside(spec.Apart, spec.statements(f)...)
		if err = CheckSize(BucketPolicy, out.String()); err == nil {
			return out, nil
		}
	}
	return existing, fmt.Errorf("policy of bucket %s with the delivery statements for %d accounts: %w", spec.Bucket, len(spec.Accounts), err)
}

// TLSOnlyStatement denies every request for the bucket and its objects that does not come over TLS.
func TLSOnlyStatement(sid, partition, bucket string) Statement {
	arn := "arn:" + partition + ":s3:::" + bucket
	return Statement{Sid: sid, Effect: Deny, Principal: Everyone(), Action: One("s3:*"), Resource: List(arn, arn+"/*"),
		Condition: Condition{{"Bool", "aws:SecureTransport", One("false")}}}
}

// KeyDeliveryStatement is the key policy statement that lets the service encrypt what it delivers for the accounts, or, with an organization ID,
// for all accounts of the organization.
func KeyDeliveryStatement(sid, service, partition string, accounts []string, orgID string) Statement {
	s := Statement{Sid: sid, Effect: Allow, Principal: &Principals{Service: List(service)},
		Action:   List("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
		Resource: One("*")}
	if orgID != "" {
		s.Condition = Condition{{"StringEquals", "aws:SourceOrgID", One(orgID)}}
		return s
	}
	s.Condition = Condition{{"StringEquals", "aws:SourceAccount", List(accounts...)}, {"ArnLike", "aws:SourceArn", List(sourceARNs(partition, accounts, nil)...)}}
	return s
}

// KeyReaderStatement is the key policy statement that lets a role decrypt, for keys whose policy does not leave that to IAM.
func KeyReaderStatement(sid, roleARN string) Statement {
	return Statement{Sid: sid, Effect: Allow, Principal: AWSPrincipal(roleARN), Action: List("kms:Decrypt", "kms:DescribeKey"), Resource: One("*")}
}

func prefixSlash(prefix string) string {
	prefix = strings.Trim(prefix, "/")
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}
