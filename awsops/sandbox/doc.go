// Package sandbox is an AWS small enough to embed and strict enough to test against.
//
// It answers the real wire protocols (EC2, IAM, STS and CloudFormation query, S3 REST, KMS, Organizations, CloudWatch Logs and CloudTrail JSON) over
// in-memory accounts, decides every call with package policy, and delivers flow log objects only where the bucket and
// key policies let the delivery service write, or the role of a flow log lets it into a log group. What works can be broken
// on purpose (Breaks). It never knows who is calling: nothing outside awsops can tell it from AWS.
package sandbox
