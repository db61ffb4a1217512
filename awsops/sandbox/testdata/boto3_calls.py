"""Runs the operations that flowgrant uses through boto3, which parses answers by AWS's own models; any error ends it."""
import gzip
import json
import time

import boto3
from botocore.exceptions import ClientError

VENDOR = "arn:aws:iam::999988887777:role/ColorTokensFlowLogsCloudSecurityServiceRole"


def fails(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return
    raise AssertionError(f"no {code}")


def trust(external_id):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": VENDOR}, "Action": "sts:AssumeRole",
                       "Condition": {"StringEquals": {"sts:ExternalId": external_id}}}]})


archive, payments = boto3.Session(profile_name="log-archive"), boto3.Session(profile_name="payments")
assert archive.client("sts").get_caller_identity()["Account"] == "444455556666"

# S3 and KMS of the flow log account
s3, kms = archive.client("s3"), archive.client("kms")
key = kms.describe_key(KeyId="alias/flow-logs")["KeyMetadata"]
policy = json.loads(kms.get_key_policy(KeyId=key["Arn"], PolicyName="default")["Policy"])
policy["Statement"].append({"Sid": "Delivery", "Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Resource": "*",
                            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]})
kms.put_key_policy(KeyId=key["Arn"], PolicyName="default", Policy=json.dumps(policy))
assert [k for k in kms.get_paginator("list_keys").paginate().search("Keys") if k["KeyArn"] == key["Arn"]]
assert [a for a in kms.get_paginator("list_aliases").paginate().search("Aliases") if a["AliasName"] == "alias/flow-logs"]

s3.create_bucket(Bucket="central", ObjectOwnership="BucketOwnerEnforced")
s3.put_bucket_encryption(Bucket="central", ServerSideEncryptionConfiguration={"Rules": [
    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}, "BucketKeyEnabled": True}]})
s3.put_bucket_lifecycle_configuration(Bucket="central", LifecycleConfiguration={"Rules": [
    {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"}, "Expiration": {"Days": 30}}]})
s3.put_bucket_tagging(Bucket="central", Tagging={"TagSet": [{"Key": "flowgrant:setup", "Value": "x"}]})
s3.put_bucket_policy(Bucket="central", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::central/AWSLogs/111122223333/*",
     "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333", "s3:x-amz-acl": "bucket-owner-full-control"}}},
    {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::central"}]}))
for read in ("get_bucket_location", "get_bucket_policy", "get_bucket_policy_status", "get_public_access_block", "get_bucket_encryption", "get_bucket_ownership_controls",
             "get_bucket_lifecycle_configuration", "get_bucket_tagging", "get_bucket_acl", "get_bucket_versioning", "get_bucket_logging", "head_bucket"):
    getattr(s3, read)(Bucket="central")
fails("BucketAlreadyExists", payments.client("s3").create_bucket, Bucket="central")
fails("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=s3.create_bucket(Bucket="plain")["Location"].strip("/"))
fails("MalformedPolicy", s3.put_bucket_policy, Bucket="plain", Policy="{}")
archive.client("s3", region_name="eu-west-1").list_objects_v2(Bucket="plain")  # boto3 follows the redirect
s3.delete_bucket(Bucket="plain")

# flow logs of a workload account
ec2 = payments.client("ec2")
vpcs = [v["VpcId"] for v in ec2.get_paginator("describe_vpcs").paginate().search("Vpcs")]
assert ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": vpcs}])["NetworkInterfaces"]
assert ec2.describe_regions()["Regions"]
made = ec2.create_flow_logs(ResourceIds=vpcs, ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination="arn:aws:s3:::central", MaxAggregationInterval=60,
                            TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "flowgrant:setup", "Value": "x"}]}])
assert not made["Unsuccessful"] and len(made["FlowLogIds"]) == len(vpcs), made
seen = ec2.describe_flow_logs(Filters=[{"Name": "log-destination-type", "Values": ["s3"]}])["FlowLogs"]
assert {f["FlowLogId"] for f in seen} == set(made["FlowLogIds"])
ec2.create_tags(Resources=made["FlowLogIds"], Tags=[{"Key": "a", "Value": "b"}])
assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": made["FlowLogIds"]}])["Tags"]
ec2.delete_tags(Resources=made["FlowLogIds"], Tags=[{"Key": "a"}])

# the reader's role
iam = archive.client("iam")
role = iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=trust("xs-7f3a91"), Tags=[{"Key": "flowgrant:setup", "Value": "x"}])["Role"]
assert iam.get_role(RoleName="Reader")["Role"]["AssumeRolePolicyDocument"] == json.loads(trust("xs-7f3a91"))
grant = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::central"}]}
arn = iam.create_policy(PolicyName="Grant", PolicyDocument=json.dumps(grant))["Policy"]["Arn"]
iam.attach_role_policy(RoleName="Reader", PolicyArn=arn)
assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == grant
iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(grant), SetAsDefault=True)
assert len(list(iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn).search("Versions"))) == 2
iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
iam.put_role_policy(RoleName="Reader", PolicyName="inline", PolicyDocument=json.dumps(grant))
assert iam.get_role_policy(RoleName="Reader", PolicyName="inline")["PolicyDocument"] == grant
assert iam.list_role_policies(RoleName="Reader")["PolicyNames"] == ["inline"]
assert iam.list_attached_role_policies(RoleName="Reader")["AttachedPolicies"][0]["PolicyArn"] == arn
assert iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"][0]["RoleName"] == "Reader"
assert iam.list_role_tags(RoleName="Reader")["Tags"]
assert not iam.list_instance_profiles_for_role(RoleName="Reader")["InstanceProfiles"]
assert len(list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}).search("Roles"))) == 2
iam.update_assume_role_policy(RoleName="Reader", PolicyDocument=trust("another"))
fails("AccessDenied", boto3.client("sts").assume_role, RoleArn=role["Arn"], RoleSessionName="one")
simulated = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::logs/x"])
assert [r["EvalDecision"] for r in simulated["EvaluationResults"]][1] == "implicitDeny", simulated
assert iam.get_context_keys_for_principal_policy(PolicySourceArn=role["Arn"])["ContextKeyNames"] == []
fails("DeleteConflict", iam.delete_role, RoleName="Reader")
fails("MalformedPolicyDocument", iam.create_role, RoleName="Other", AssumeRolePolicyDocument=trust("x").replace("ColorTokens", "Nobody"))
fails("ValidationError", archive.client("cloudformation").describe_stack_resources, PhysicalResourceId="Reader")
organizations = boto3.client("organizations")
assert len(list(organizations.get_paginator("list_accounts").paginate().search("Accounts"))) == 4
organizations.describe_organization()

# the first logs
for _ in range(100):
    objects = s3.list_objects_v2(Bucket="central", Prefix="AWSLogs/111122223333/vpcflowlogs/").get("Contents", [])
    if objects:
        break
    time.sleep(0.1)
body = s3.get_object(Bucket="central", Key=objects[0]["Key"])["Body"].read()
assert gzip.decompress(body).startswith(b"version account-id interface-id"), body
assert s3.head_object(Bucket="central", Key=objects[0]["Key"])["SSEKMSKeyId"] == key["Arn"]
assert not ec2.delete_flow_logs(FlowLogIds=made["FlowLogIds"])["Unsuccessful"]

# CloudWatch Logs and CloudTrail of a workload account
logs = payments.client("logs", region_name="us-east-1")
logs.create_log_group(logGroupName="/vpc/flow-logs", tags={"a": "b"})
logs.put_retention_policy(logGroupName="/vpc/flow-logs", retentionInDays=30)
group = logs.describe_log_groups(logGroupNamePrefix="/vpc")["logGroups"][0]
assert group["retentionInDays"] == 30 and logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"a": "b"}, group
assert logs.describe_log_streams(logGroupName="/vpc/flow-logs")["logStreams"] == []
assert logs.filter_log_events(logGroupName="/vpc/flow-logs")["events"] == []
fails("ResourceNotFoundException", logs.get_log_events, logGroupName="/vpc/flow-logs", logStreamName="none")
logs.delete_log_group(logGroupName="/vpc/flow-logs")
trail = payments.client("cloudtrail", region_name="us-east-1")
events = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "/vpc/flow-logs"}])["Events"]
assert [e["EventName"] for e in events] == ["DeleteLogGroup", "PutRetentionPolicy", "CreateLogGroup"], events
assert json.loads(events[0]["CloudTrailEvent"])["userIdentity"]["type"] == "AssumedRole"
assert organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][0]["Name"] == "FullAWSAccess"
