package steps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/policy"
)

// handOver gives a step to somebody else: in words, and as commands for a POSIX shell that run as they stand. Each command runs only where
// the one before it succeeded: nothing is written that could not be read.
func (p *PlannedStep) handOver(text string, commands ...string) {
	p.HandOff, p.Commands = text, strings.Join(commands, " &&\n")
	if p.Commands == "" {
		return
	}
	with := "As somebody who may in account "
	switch {
	case strings.Contains(p.Commands, "jq "):
		with = "With the AWS CLI and jq, as somebody who may in account "
	case strings.Contains(p.Commands, "aws "):
		with = "With the AWS CLI, as somebody who may in account "
	}
	p.HandOff += "\n\n" + with + p.Account + ":\n" + p.Commands
}

// HandedOver is the text for the person who can do a step, without the commands that end it.
func (p PlannedStep) HandedOver() string {
	if p.Commands == "" {
		return p.HandOff
	}
	words := strings.TrimSuffix(p.HandOff, p.Commands)
	return words[:max(0, strings.LastIndex(words, "\n\n"))]
}

// editPolicy reads a policy into a file, opens it in an editor, and writes it.
func editPolicy(file, read, write string) []string {
	return []string{read + " > " + file, `eval "${EDITOR:-vi}" ` + file, write + "file://" + file}
}

// changePolicy reads a policy, changes its list of statements by a jq filter, and writes it.
func changePolicy(file, read, filter, write string) []string {
	changed := strings.TrimSuffix(file, ".json") + "-changed.json"
	return []string{read + " > " + file, "jq " + shellQuoted(".Statement |= ([.] | flatten | "+filter+")") + " " + file + " > " + changed, write + "file://" + changed}
}

// withStatements is the jq filter that puts statements with Sids into a list, in the place of those that have them.
func withStatements(add policy.Document) string {
	var sids []string
	for _, st := range add.Statements {
		sids = append(sids, st.Sid)
	}
	var statements []string
	for _, st := range add.Statements {
		statements = append(statements, st.String())
	}
	return withoutStatements(sids) + " + [" + strings.Join(statements, ",") + "]"
}

// withoutStatements is the jq filter that takes the statements with these Sids out of a list.
func withoutStatements(sids []string) string {
	list, _ := json.Marshal(sids)
	return fmt.Sprintf(`map(select((.Sid // "") as $sid | %s | index($sid) | not))`, list)
}

func readTrust(role string) string {
	return "aws iam get-role --role-name " + role + " --query Role.AssumeRolePolicyDocument --output json"
}

// replaceTrust writes the trust policy of a role where it still is the one that was looked at: whoever runs this may do so much later.
func replaceTrust(role, current, wanted string) []string {
	var line bytes.Buffer
	if json.Compact(&line, []byte(current)) == nil {
		current = line.String()
	}
	same := "jq -e --argjson was " + shellQuoted(current) + " '. == $was' trust.json > /dev/null"
	return []string{readTrust(role) + " > trust.json", "{ " + same + " || { echo 'the trust policy is another one by now: nothing was changed' >&2; false; }; }",
		Request{Service: "iam", Operation: "UpdateAssumeRolePolicy", Input: input{"RoleName": role, "PolicyDocument": wanted}}.CLI()}
}

// editTrust changes the trust policy of a role by hand.
func editTrust(role string) []string {
	return editPolicy("trust.json", readTrust(role),
		"aws iam update-assume-role-policy --role-name "+role+" --policy-document ")
}

// trustCommands tell how the trust policy of a role in an account is changed by hand.
func trustCommands(role, account string) string {
	p := PlannedStep{Account: account}
	p.handOver("", editTrust(role)...)
	return p.HandOff
}

// changeKeyPolicy changes the policy of a key, named by its ARN, by a jq filter.
func changeKeyPolicy(key, filter string) []string {
	command := func(verb, options string) string {
		return fmt.Sprintf("aws kms %s-key-policy --region %s --key-id %s --policy-name default%s", verb, arnPart(key, 3), key, options)
	}
	return changePolicy("key-policy.json", command("get", " --query Policy --output text"), filter, command("put", " --policy "))
}

// takeFromBucketPolicy takes the statements whose Sids begin so out of a bucket's policy; one without statements is deleted, since S3 takes none.
func takeFromBucketPolicy(bucket, account, sids string) []string {
	command := func(verb, options string) string {
		return fmt.Sprintf("aws s3api %s-bucket-policy --bucket %s --expected-bucket-owner %s%s", verb, bucket, account, options)
	}
	commands := changePolicy("bucket-policy.json", command("get", " --query Policy --output text"),
		fmt.Sprintf(`map(select((.Sid // "") | startswith(%q) | not))`, sids), command("put", " --policy "))
	last := len(commands) - 1
	commands[last] = "if jq -e '.Statement == []' bucket-policy-changed.json > /dev/null; then " + command("delete", "") + "; else " + commands[last] + "; fi"
	return commands
}

// deleteTagged deletes the flow logs of a set-up in a region.
func deleteTagged(setup, region string) string {
	return fmt.Sprintf("for id in $(aws ec2 describe-flow-logs --region %[1]s --filter Name=tag:%[2]s,Values=%[3]s --query 'FlowLogs[].FlowLogId' --output text); do aws ec2 delete-flow-logs --region %[1]s --flow-log-ids \"$id\"; done",
		region, TagSetup, setup)
}

// deployment is the vendor's deployment script with the arguments that are known here; it ends with what is missing where that is not set.
func (s Setup) deployment(region, further string) string {
	profile := `"${AWS_PROFILE:?set it to a profile of account ` + s.Account.ID + `}"`
	if name := s.Account.Credentials.Profile; name != "" && s.Account.Credentials.AssumeRole == "" {
		profile = shellQuoted(name)
	}
	return fmt.Sprintf(`./deploy-colortokens-aws-stack.sh --aws-profile %s --target-account %s --colortokens-account %s --xcloud-account "${XCLOUD_ACCOUNT:?set it to the account that the portal shows with the script}" --region %s%s`,
		profile, s.Account.ID, s.Reader.Account, region, further)
}

// shellQuoted is a text as one word of a POSIX shell.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// enableKey makes a key usable again that was disabled, or waits for its deletion; none for a key in another state. Source: KMS developer guide, key-state.
func enableKey(key *awsops.Key) []string {
	command := func(verb string) string {
		return fmt.Sprintf("aws kms %s --region %s --key-id %s", verb, key.Region, key.ARN)
	}
	switch key.State {
	case "Disabled":
		return []string{command("enable-key")}
	case "PendingDeletion":
		return []string{command("cancel-key-deletion"), command("enable-key")}
	}
	return nil
}
