package sandbox

import "time"

func awsPolicyARN(name string) string { return "arn:aws:iam::aws:policy/" + name }

// awsManaged holds the AWS-managed policies that are there, by ARN. The two broad ones are cut down to the services of the sandbox.
var awsManaged = func() map[string]*Policy {
	made := time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC)
	policies := map[string]*Policy{}
	for name, document := range map[string]string{
		"AdministratorAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Sid":"ReadOnlyActions","Effect":"Allow","Action":["cloudformation:Describe*","cloudformation:Get*",` +
			`"cloudformation:List*","ec2:Describe*","ec2:Get*","iam:Get*","iam:List*","kms:Describe*","kms:Get*","kms:List*","organizations:Describe*",` +
			`"organizations:List*","s3:Get*","s3:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity"],"Resource":"*"}]}`,
		"SecurityAudit": `{"Version":"2012-10-17","Statement":[{"Sid":"BaseSecurityAuditStatement","Effect":"Allow","Action":["cloudformation:DescribeStack*",` +
			`"cloudformation:ListStack*","ec2:Describe*","iam:GetAccountPasswordPolicy","iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole","iam:GetRolePolicy","iam:List*",` +
			`"kms:Describe*","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:List*","organizations:Describe*","organizations:List*","s3:GetBucket*",` +
			`"s3:GetEncryptionConfiguration","s3:GetLifecycleConfiguration","s3:ListAllMyBuckets","s3:ListBucket"],"Resource":"*"}]}`,
		"CloudWatchLogsFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*","cloudwatch:GenerateQuery"],"Resource":"*"}]}`,
		"AmazonS3ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*",` +
			`"s3-object-lambda:List*"],"Resource":"*"}]}`,
	} {
		arn := awsPolicyARN(name)
		policies[arn] = &Policy{Name: name, ID: seededID("ANPA", "aws", name), ARN: arn, Path: "/", Default: "v1", Latest: 1, Created: made, Updated: made,
			Versions: []PolicyVersion{{ID: "v1", Document: document, Created: made}}}
	}
	return policies
}()
