package steps

import (
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"
)

// anySetup makes up a set-up that passes the check.
func anySetup(random *rand.Rand) Setup {
	pick := func(choices ...string) string { return choices[random.Intn(len(choices))] }
	coin := func() bool { return random.Intn(2) == 0 }
	account := func() string { return fmt.Sprintf("%012d", random.Int63n(1e12)) }
	letters := func(from string, most int) string {
		all := []rune(from)
		text := make([]rune, 1+random.Intn(most))
		for i := range text {
			text[i] = all[random.Intn(len(all))]
		}
		return string(text)
	}
	label := func() string {
		return strings.TrimSpace(letters(`aZ09 :#{}[]"'\,&*!|>%@-é世😀?=~`, 40))
	}
	creds := func() CredentialAnswers {
		switch random.Intn(3) {
		case 0:
			return CredentialAnswers{AssumeRole: letters("aZ09_+=,.@-", 64)}
		case 1:
			return CredentialAnswers{Profile: "p" + letters("aZ09 :#-é", 20) + "x"}
		}
		return CredentialAnswers{}
	}
	regions := func() []string {
		chosen := []string{"us-east-1", "eu-west-1", "ap-southeast-5", "mx-central-1"}
		random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		return chosen[:1+random.Intn(len(chosen))]
	}
	vpcs := func() VPCChoice {
		if coin() {
			return VPCChoice{All: true}
		}
		return VPCChoice{IDs: []string{fmt.Sprintf("vpc-%08x", random.Uint32()), fmt.Sprintf("vpc-%017x", random.Int63())}}
	}

	if random.Intn(4) == 0 {
		s := NewGroupSetup()
		s.Name, s.Account.ID, s.Account.Name, s.Account.Credentials = pick("n", "null", "a-b-"), account(), label(), creds()
		s.FlowLogs.Regions, s.FlowLogs.VPCs, s.FlowLogs.DeleteReplaced = regions(), vpcs(), coin()
		s.FlowLogs.LogGroup.Name, s.FlowLogs.LogGroup.Role = pick("/vpc/flow-logs", "123", "a#b", "-", "#x", "null", "x.y_z/"), letters("aZ09_+=,.@-", 64)
		if coin() {
			days := []int{0, 1, 30, 3653}[random.Intn(4)]
			s.FlowLogs.LogGroup.Retention = &days
		}
		return s
	}
	s := NewSetup(Mode(pick("centralized", "per-account")))
	s.Name = pick("n", "null", "true", "1234", "0x12", "1e5", "No", "a-b-", "Central-Logs")
	s.Reader.Account = account()
	s.Account = AccountAnswers{ID: account(), Name: label(), Role: letters("aZ09_+=,.@-", 64), Credentials: creds()}
	if coin() || s.Mode == Centralized {
		s.Reader.ExternalID = letters("aZ09_+=,.@:/-", 60) + "x"
	}
	s.Bucket.ARN = "arn:aws:s3:::" + pick("logs-bucket", "123.logs", "00000000") + pick("", "/team", "/a/b=c/!x_(y)", "/12")
	s.Bucket.Create, s.Bucket.TLSOnly, s.Bucket.ExpireAfterDays = coin(), coin(), random.Intn(3)*30
	s.Bucket.Region = "eu-west-1"
	if !s.Bucket.Create {
		s.Bucket.Region = pick("", "eu-west-1")
	}
	if coin() {
		s.Bucket.KMSKeyARN = "arn:aws:kms:eu-west-1:" + account() + ":key/" + pick("mrk-0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef")
	}
	s.DeliveryScope = DeliveryScope(pick("accounts", "organization"))
	s.FlowLogs = FlowLogAnswers{Traffic: pick("ALL", "ACCEPT", "REJECT"), AggregationSeconds: 60 + 540*random.Intn(2), Regions: regions(), VPCs: vpcs(), DeleteReplaced: coin(), Destination: ToS3}
	if s.Mode == PerAccount {
		s.Grant = Grant(pick("direct", "script", "portal"))
		return s
	}
	s.Reader.Role = letters("aZ09_+=,.@-", 64)
	if s.Account.Name == "" {
		s.Account.Name = s.Name
	}
	for range 1 + random.Intn(4) {
		r := ResourceAccount{ID: account(), Name: label(), Credentials: creds()}
		if coin() {
			r.Regions = regions()
		}
		if coin() {
			chosen := vpcs()
			r.VPCs = &chosen
		}
		s.ResourceAccounts = append(s.ResourceAccounts, r)
	}
	return s
}

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	for seed := range int64(3000) {
		s := anySetup(rand.New(rand.NewSource(seed)))
		if faults := s.Check(); len(faults) > 0 {
			t.Fatalf("seed %d: %v", seed, faults)
		}
		written := s.YAML()
		again, err := ParseSetup("f", written)
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("seed %d: %v\nwrote %+v\nread  %+v\n%s", seed, err, s, again, written)
		}
	}
}

func TestYAMLIsShortAndInTheDocumentedOrder(t *testing.T) {
	const want = `# A flowgrant set-up: flowgrant plan -f FILE shows what it would change, flowgrant apply -f FILE does it.
version: 1
name: central-logs
mode: centralized
reader:
  account: "999988887777"  # the reader's AWS account, shown in its portal
  external_id: xs-7f3a91  # shown in its portal
account:  # the flow log account
  id: "444455556666"
  name: Log archive
  role: ColortokensHubFlowLogsRole
  credentials: {assume_role: OrganizationAccountAccessRole}
bucket:
  arn: arn:aws:s3:::central-flow-logs
  create: true
  region: us-east-1
flow_logs:
  traffic: ALL
  aggregation_seconds: 600
  regions: [us-east-1]
  vpcs: all
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`
	if got := string(centralizedSetup().YAML()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestYAMLWritesUnfinishedSetupsToo(t *testing.T) {
	for _, s := range []Setup{{}, NewSetup(""), {Name: "\x00\u2028 \xff"}} {
		if len(s.YAML()) == 0 {
			t.Error("nothing was written")
		}
	}
}
