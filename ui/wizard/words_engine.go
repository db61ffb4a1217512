package wizard

import (
	"github.com/flowgrant/flowgrant/ui/words"
)

// tellings turn what the engine says of commands, flags and the set-up file into keys and answers. Earlier ones come first.
var tellings = []telling{
	// Flags of revoke: each is a question of its own here.
	tell(`take them too with --flow-logs`, "you chose to keep them"),
	tell(`revoke (\S+) with --flow-logs deletes it`, "taking back $1 together with its flow logs deletes it"),
	tell(`: take them, and the role, with --flow-logs`, "; you chose to keep them, and the role"),
	tell(`--restore-scope and --end-sessions are about a reader's role, and there is none`, "there is no reader's role to widen, nor to end sessions of"),
	tell(`--restore-scope is about the S3 statement of`, "Widening is about the S3 statement of"),
	tell(`^--restore-scope asks for it$`, "you chose that"),
	tell(`revoke what still needs it with --restore-scope too`, "take that back too, and choose to widen the role"),
	tell(`revoke without --restore-scope`, "take back without widening the role"),
	tell(`an earlier --end-sessions put it there`, "it ended sessions at an earlier time"),
	tell(` \(keep it with --end-sessions\)`, ""),
	tell(`--restore-scope widens the role's access again`, "The role's access is widened again, as you chose"),
	tell(`--end-sessions ends every`, "As you chose, this ends every"),
	tell(`: --delete-bucket needs --flow-logs`, ", and you chose to keep those"),
	tell(`leave out --delete-bucket, and the bucket stays`, "keep the bucket: it stays"),
	tell(`keep the bucket \(leave out --delete-bucket\)`, "take back once more and keep the bucket"),

	tell(`apply the set-up again from its file: that makes`, "setting it up again makes"),
	tell(`take it back once more: flowgrant revoke \S+( --flow-logs)?`, "take it back once more"),

	// Ways to begin.
	tell(`choose a profile with --profile NAME or AWS_PROFILE`, "use another profile (below)"),
	tell(`start with --profile NAME`, "use another profile"),
	tell(`try everything without an AWS account: --sandbox`, "practise on the sandbox (below)"),

	// Commands.
	tell(`set bucket\.create: true, then flowgrant apply -f FILE`, "answer that the bucket is created, then apply the set-up"),
	tell(`set reader\.external_id: (\S+), then`, `change the answer "`+words.NameExternalID+`" to $1, then`),
	tell(`flowgrant apply -f FILE (adds|makes|puts|sets|would|writes)`, "applying the set-up $1"),
	tell(`flowgrant apply -f FILE`, "apply the set-up"),
	tell(`flowgrant plan -f FILE shows`, "the review shows"),
	tell(`look at (it with )?flowgrant plan, (which shows its trust, )?then apply again`, "the review shows what is different"),
	tell(`^flowgrant apply$`, "apply the set-up again"),
	tell(`flowgrant plan shows`, "the review shows"),
	tell(`flowgrant plan reads`, "going on reads"),
	tell(`flowgrant apply adds it`, "applying it adds that"),
	tell(`flowgrant apply (would|puts|makes)`, "applying the set-up again $1"),
	tell(`^try again: flowgrant verify [\w-]*$`, "prove it again"),
	tell(`then flowgrant verify [\w-]*`, "then prove it again"),
	tell(`flowgrant verify ([\w-]* )?shows`, "proving it again shows"),
	tell(`then flowgrant doctor -f FILE again`, "then look again"),
	tell(`run flowgrant doctor again later`, "look for the cause again later"),
	tell(`flowgrant doctor -f FILE changes it once you confirm`, "flowgrant can change it: find the cause, then mend it"),
	tell(`flowgrant doctor -f FILE finds`, "finding the cause shows"),
	tell(`flowgrant doctor -f FILE (makes|changes)`, "finding the cause $1"),
	tell(`flowgrant doctor \S+ does it`, "finding the cause does it"),
	tell(`: flowgrant doctor [\w-]+$`, ": find the cause"),
	tell(`but by flowgrant doctor\b`, "but by finding the cause"),
	tell(`: change it to the one that the portal shows, then apply again`, ": change that answer"),
	tell(`give (\S+) as the external ID of the set-up, then apply again`, `change the answer "`+words.NameExternalID+`" to $1`),
	tell(`take it out of flow_logs\.leave_out and apply again`, `answer "`+words.NameLeftOut+`" (`+words.NameRest+`) with `+words.SayLogAgain),
	tell(`change the set-up and apply again`, "change the answer"),
	tell(`\bapply again`, "try again"),

	// Keys of the set-up file.
	tell(` \(flow_logs\.delete_replaced\)`, ` (the answer "Delete replaced logs")`),
	tell(`, and flow_logs\.delete_replaced is true`, `, and you chose to delete those that are replaced`),
	tell(` \(flow_logs\.leave_out\)`, ""),
	tell(`(\. Or go on without what was refused), with flow_logs\.leave_out: \[[^\]]*\]$`, `$1`),
	tell(`flow_logs\.leave_out names`, `the answer "`+words.NameLeftOut+`" names`),
	tell(`, or set bucket\.create: true to have it created`, ", or have it created"),
	tell(`set bucket\.region: `, `answer the region of the bucket (`+words.NameBucketDetails+`) with `),
	tell(`bucket\.expire_after_days`, `the answer "`+words.SayDeleteLogsAfterDays+`"`),
	tell(`bucket\.arn`, `the answer "`+words.NameBucket+`"`),
	tell(`bucket\.kms_key_arn`, `the KMS key (`+words.NameBucketDetails+`)`),
	tell(`account\.role`, `the role's name`),
	tell(`flow_logs\.regions`, `the answer "`+words.NameRegions+`"`),
	tell(`flow_logs\.vpcs`, `the answer "`+words.NameVPCs+`"`),
}
