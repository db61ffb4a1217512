package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	trailKept   = 500             // events of an account
	reportEvery = 5 * time.Minute // between two events about the same flow log's denied delivery
)

// dataEvents are the operations that CloudTrail does not count among management events.
var dataEvents = []string{"s3:GetObject", "s3:HeadObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjects", "s3:ListObjects", "s3:ListObjectsV2",
	"logs:FilterLogEvents", "logs:GetLogEvents"}

// trailed makes the event of a call that is worth keeping: one that changes something or was denied; nil for the others.
func (c *call) trailed(bad *apiError) *TrailEvent {
	if c.w.Accounts[c.caller.account] == nil || !c.writes() && !isDenial(bad) || slices.Contains(dataEvents, c.service+":"+c.operation) {
		return nil
	}
	e := &TrailEvent{Time: c.now.UTC(), Region: c.region, Source: c.service + ".amazonaws.com", Name: c.operation, By: c.caller.principal, Issuer: c.caller.issuer,
		UserID: c.caller.userID, AccessKey: c.caller.accessKey, From: c.sourceIP, Reads: !c.writes(), RequestID: c.requestID, Resources: c.trailResources()}
	if bad != nil {
		e.Code, e.Message = bad.code, bad.message
		if bad.code == "UnauthorizedOperation" {
			e.Code = "Client.UnauthorizedOperation"
		}
	}
	e.ID = seededUUID(c.requestID, "event")
	switch c.service {
	case "iam", "organizations": // global services are recorded in their home region
		e.Region = homeRegion
	case "s3":
		if b := c.w.Buckets[c.bucket]; b != nil {
			e.Region = b.Region
		}
	}
	return e
}

// record adds an event to an account's history.
func (w *World) record(account string, e TrailEvent) {
	a := w.Accounts[account]
	if a == nil {
		return
	}
	a.Events = append(a.Events, e)
	if over := len(a.Events) - trailKept; over > 0 {
		a.Events = slices.Clone(a.Events[over:])
	}
	w.changedAccount(account)
}

// trailResources names what a call is about, as far as its parameters say so.
func (c *call) trailResources() []TrailResource {
	var list []TrailResource
	add := func(kind, name string) {
		if name != "" {
			list = append(list, TrailResource{kind, name})
		}
	}
	var in map[string]any
	if !c.query && c.service != "s3" {
		_ = json.Unmarshal(c.body, &in)
	}
	text := func(name string) string {
		v, _ := in[name].(string)
		return v
	}
	switch c.service {
	case "s3":
		add("AWS::S3::Bucket", c.bucket)
	case "iam":
		add("AWS::IAM::Role", c.form.Get("RoleName"))
		add("AWS::IAM::Policy", c.form.Get("PolicyArn"))
		add("AWS::IAM::Policy", c.form.Get("PolicyName"))
	case "sts":
		add("AWS::IAM::Role", c.form.Get("RoleArn"))
	case "ec2":
		for _, id := range slices.Concat(c.formList("FlowLogId"), c.formList("ResourceId")) {
			kind := map[string]string{"fl": "AWS::EC2::FlowLog", "vpc": "AWS::EC2::VPC", "subnet": "AWS::EC2::Subnet", "eni": "AWS::EC2::NetworkInterface"}
			prefix, _, _ := strings.Cut(id, "-")
			add(kind[prefix], id)
		}
	case "kms":
		if name := text("KeyId"); name != "" {
			arn := name
			if k := c.w.keyByName(c.caller.account, c.region, name); k != nil {
				arn = k.ARN
			}
			add("AWS::KMS::Key", arn)
		}
	case "logs":
		add("AWS::Logs::LogGroup", text("logGroupName"))
	}
	return list
}

// reportDenial puts a denied delivery into the history of the account that denied it, now and then.
func (w *World) reportDenial(f *FlowLog, account string, at time.Time, e TrailEvent) {
	if at.Sub(f.Reported) < reportEvery {
		return
	}
	f.Reported = at
	e.ID, e.Time, e.RequestID = seededUUID(f.ID, at.String(), e.Name), at.UTC(), seededUUID(f.ID, at.String(), "request")
	w.record(account, e)
}
