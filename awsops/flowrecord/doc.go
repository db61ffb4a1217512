// Package flowrecord knows how flow logs lie in a bucket and what stands in them: object keys, record formats, files of records.
//
// It is pure: nothing here calls AWS. The layouts and fields are those of
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html and
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html.
package flowrecord
