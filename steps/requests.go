package steps

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// Request is one API request that a planned step makes.
type Request struct {
	Service   string `json:"service"`   // s3, iam, kms, logs or ec2
	Operation string `json:"operation"` // as the API names it: PutBucketPolicy
	Account   string `json:"account"`   // 12-digit account ID in which it is made
	Region    string `json:"region,omitempty"`
	Input     any    `json:"input"`          // the parameters, as the API names them
	Note      string `json:"note,omitempty"` // what to mind where somebody makes the request by hand
}

// CLI is the request as an AWS CLI command for a POSIX shell.
func (r Request) CLI() string {
	service := r.Service
	if service == "s3" {
		service = "s3api"
	}
	region := ""
	if r.Region != "" {
		region = " --region " + r.Region
	}
	input, _ := json.Marshal(r.Input) // maps of strings always marshal
	return fmt.Sprintf("aws %s %s%s --cli-input-json '%s'", service, kebab(r.Operation), region, strings.ReplaceAll(string(input), "'", `'\''`))
}

// kebab writes PutBucketPolicy as put-bucket-policy, as the AWS CLI does.
func kebab(operation string) string {
	var b strings.Builder
	for i, r := range operation {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

type input map[string]any

// with adds a parameter that has a value.
func (i input) with(name, value string) input {
	if value != "" {
		i[name] = value
	}
	return i
}

func tagList(tags map[string]string) []input {
	var list []input
	for _, key := range sortedKeys(tags) {
		list = append(list, input{"Key": key, "Value": tags[key]})
	}
	return list
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Requests lists the API requests that a step of the plan makes when nothing changes until then, in their order. They are made of the values
// that the run uses. A step that changes nothing makes none; what it reads is not listed. Before a document is written it is read again,
// and what somebody else wrote meanwhile is merged: the request then holds that too. Client tokens are made when a request leaves.
func (p *Plan) Requests(step int) []Request {
	if step < 0 || step >= len(p.Steps) || !p.Steps[step].Change.writes() || p.live == nil {
		return nil
	}
	s, l, planned := p.Setup, p.live, p.Steps[step]
	r := requester{account: planned.Account, region: planned.Region, owner: s.Account.ID}
	if p.repairs {
		if planned.exec != nil && planned.exec.asks != nil {
			planned.exec.asks(&r)
		}
		return r.list
	}
	if p.revokes {
		if about := planned.view(); about != nil {
			s, l = about.setup, about.live
		}
		return r.revoke(s, l, planned)
	}
	if s.toGroups() {
		r.groups(s, l, planned)
		return r.list
	}
	switch planned.Step {
	case StepBucket:
		r.bucket(s, l, planned.Change)
	case StepBucketPolicy:
		r.bucketPolicy(s.bucketName(), planned.document())
	case StepKeyPolicy:
		r.keyPolicy(l.keyARN, planned.document())
	case StepRole:
		r.iam("CreateRole", input{"RoleName": s.Account.Role, "AssumeRolePolicyDocument": s.wantedTrust().String(),
			"Description": s.reader().Name + " reads flow logs from " + s.bucketName(), "Tags": tagList(s.tags())})
	case StepTrust:
		if l.role != nil { // a new role is made with it
			r.iam("UpdateAssumeRolePolicy", input{"RoleName": s.Account.Role, "PolicyDocument": planned.document()})
		}
	case StepPermissions:
		r.permissions(s, l, planned)
	case StepFlowLogs:
		r.flowLogs(s, l)
	case StepDelivery:
		r.replaced(s, l)
	}
	return r.list
}

// document is the document that a step writes, as it is sent; empty: none.
func (p PlannedStep) document() string {
	d, err := parseOrEmpty(deref(p.After))
	if err != nil || len(d.Statements) == 0 {
		return ""
	}
	return d.String()
}

// requester collects the requests of one step.
type requester struct {
	account, region, owner string
	list                   []Request
}

func (r *requester) add(service, operation string, in input) {
	region := r.region
	if service == "iam" {
		region = "" // IAM has none
	}
	r.list = append(r.list, Request{Service: service, Operation: operation, Account: r.account, Region: region, Input: in})
}

func (r *requester) iam(operation string, in input) { r.add("iam", operation, in) }

// s3 adds a request for a bucket that must belong to the account.
func (r *requester) s3(operation, bucket string, in input) {
	in["Bucket"], in["ExpectedBucketOwner"] = bucket, r.owner
	r.add("s3", operation, in)
}

func (r *requester) bucket(s Setup, l *live, change Change) {
	name, created := s.bucketName(), change == ChangeCreate
	if created {
		in := input{"Bucket": name, "ObjectOwnership": "BucketOwnerEnforced"}
		settings := input{"Tags": tagList(s.tags())}
		if s.bucketRegion() != "us-east-1" {
			settings["LocationConstraint"] = s.bucketRegion()
		}
		in["CreateBucketConfiguration"] = settings
		r.add("s3", "CreateBucket", in)
	}
	if created || !l.bucket.PublicAccess.All() {
		r.privacy(name)
	}
	if !created && s.ownershipDiffers(l.bucket) {
		r.ownership(name)
	}
	if created || s.encryptionDiffers(l.bucket, l.keyARN) {
		r.encryption(name, l.keyARN)
	}
	if l.expiry == s.Bucket.ExpireAfterDays {
		return
	}
	if s.Bucket.ExpireAfterDays == 0 {
		r.s3("DeleteBucketLifecycle", name, input{})
		return
	}
	r.s3("PutBucketLifecycleConfiguration", name, input{"LifecycleConfiguration": input{"Rules": []input{{"ID": "flowgrant-expire", "Status": "Enabled",
		"Filter": input{"Prefix": s.logsPrefix()}, "Expiration": input{"Days": s.Bucket.ExpireAfterDays}}}}})
	if !created {
		r.list[len(r.list)-1].Note = "this replaces every lifecycle rule of the bucket: add those that are there (the run keeps them)"
	}
}

// privacy blocks all public access to a bucket.
func (r *requester) privacy(bucket string) {
	r.s3("PutPublicAccessBlock", bucket, input{"PublicAccessBlockConfiguration": input{"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true}})
}

// ownership makes the bucket's owner own what is written into it.
func (r *requester) ownership(bucket string) {
	r.s3("PutBucketOwnershipControls", bucket, input{"OwnershipControls": input{"Rules": []input{{"ObjectOwnership": "BucketOwnerEnforced"}}}})
}

// encryption sets the default encryption of a bucket: with a key by its full ARN, or without one with keys of S3.
func (r *requester) encryption(bucket, key string) {
	rule := input{"ApplyServerSideEncryptionByDefault": input{"SSEAlgorithm": "AES256"}}
	if key != "" {
		rule = input{"ApplyServerSideEncryptionByDefault": input{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": true}
	}
	r.s3("PutBucketEncryption", bucket, input{"ServerSideEncryptionConfiguration": input{"Rules": []input{rule}}})
}

func (r *requester) bucketPolicy(bucket, document string) {
	if document == "" {
		r.s3("DeleteBucketPolicy", bucket, input{})
		return
	}
	r.s3("PutBucketPolicy", bucket, input{"Policy": document})
}

func (r *requester) keyPolicy(arn, document string) {
	r.add("kms", "PutKeyPolicy", input{"KeyId": arn, "PolicyName": "default", "Policy": document})
}

func (r *requester) permissions(s Setup, l *live, p PlannedStep) {
	if s.Mode == PerAccount {
		r.granted(s, l, p)
		return
	}
	changes, err := s.hubChanges(l)
	if err != nil {
		return // the plan blocks then
	}
	for _, c := range changes {
		switch {
		case c.before == "":
			r.iam("CreatePolicy", input{"PolicyName": c.arn[strings.LastIndex(c.arn, "/")+1:], "PolicyDocument": c.wanted.String(),
				"Description": "Lets " + s.reader().Name + " read flow logs", "Tags": tagList(s.tags())})
		case c.rewrites():
			r.version(c.arn, c.wanted)
		}
		if !c.attached {
			r.iam("AttachRolePolicy", input{"RoleName": s.Account.Role, "PolicyArn": c.arn})
		}
	}
}

// granted writes the policy that holds the existing role's grant.
func (r *requester) granted(s Setup, l *live, p PlannedStep) {
	g, err := s.findGranted(l.role)
	if err != nil {
		return
	}
	if p.exec != nil && p.exec.grant != nil {
		g = *p.exec.grant
	}
	document := p.document()
	switch {
	case g.arn != "":
		d, _ := parseOrEmpty(document)
		r.version(g.arn, d)
	case document == "":
		r.iam("DeleteRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": g.inline})
	default:
		r.iam("PutRolePolicy", input{"RoleName": s.Account.Role, "PolicyName": g.inline, "PolicyDocument": document})
	}
}

// version makes a new default version. Where IAM holds five already, the run deletes the oldest one first, after it has kept a copy.
func (r *requester) version(arn string, d policy.Document) {
	r.iam("CreatePolicyVersion", input{"PolicyArn": arn, "PolicyDocument": d.String(), "SetAsDefault": true})
}

// at gives the live part of a step's account and region.
func (r *requester) at(l *live) *site {
	if i := slices.IndexFunc(l.sites, func(at *site) bool { return at.account.ID == r.account && at.region == r.region }); i >= 0 {
		return l.sites[i]
	}
	return &site{}
}

func (r *requester) flowLogs(s Setup, l *live) {
	at := r.at(l)
	var create []string
	for _, v := range at.vpcs {
		if s.flowLogOf(at, v.ID) == nil {
			create = append(create, v.ID)
		}
	}
	for chunk := range slices.Chunk(create, perCall) {
		r.createFlowLogs(s.newFlowLogs(at, chunk))
	}
}

func (r *requester) createFlowLogs(want wantedFlowLog) {
	r.add("ec2", "CreateFlowLogs", input{"ResourceIds": want.ResourceIDs, "ResourceType": want.Type, "TrafficType": want.Traffic, "LogDestinationType": want.Kind,
		"LogDestination": want.Destination, "LogFormat": want.Format, "MaxAggregationInterval": want.Interval,
		"TagSpecifications": []input{{"ResourceType": "vpc-flow-log", "Tags": tagList(want.Tags)}}}.with("DeliverLogsPermissionArn", want.Role))
}

// replaced deletes the flow logs that had to be replaced before.
func (r *requester) replaced(s Setup, l *live) {
	at := r.at(l)
	var old []string
	for _, v := range at.vpcs {
		if v.Interfaces != 0 {
			old = append(old, s.replaced(at, v)...)
		}
	}
	r.deleteFlowLogs(old)
}

func (r *requester) deleteFlowLogs(ids []string) {
	for chunk := range slices.Chunk(ids, perCall) {
		r.add("ec2", "DeleteFlowLogs", input{"FlowLogIds": chunk})
	}
}
