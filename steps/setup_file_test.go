package steps

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// the example of the set-up file's documentation, in full
const centralizedFile = `version: 1
name: central-logs                       # letters, digits, '-'; names the set-up's state
source: vpc-flow-logs                    # default; other sources come later
mode: centralized                        # centralized | per-account
reader:
  kind: xshield                          # default; other readers come later
  account: "999988887777"                # ColorTokens AWS account ID, shown in the portal
  external_id: xs-7f3a91                 # shown in the portal
  role: ColorTokensFlowLogsCloudSecurityServiceRole   # default; centralized only
account:
  id: "444455556666"
  name: Log archive                      # the label for the portal
  role: ColortokensHubFlowLogsRole
  credentials: {assume_role: OrganizationAccountAccessRole}
bucket:
  arn: arn:aws:s3:::central-flow-logs
  create: true
  region: us-east-1
  kms_key_arn: ""
  tls_only: true
  expire_after_days: 0
delivery_scope: accounts
flow_logs:
  traffic: ALL
  aggregation_seconds: 600
  regions: [us-east-1]
  vpcs: all
  delete_replaced: false
resource_accounts:
  - {id: "111122223333", name: Payments, credentials: {assume_role: OrganizationAccountAccessRole}}
  - {id: "222233334444", name: Storefront, credentials: {assume_role: OrganizationAccountAccessRole}}
`

const perAccountFile = `version: 1
name: payments
mode: per-account
reader: {account: "999988887777"}
account: {id: "111122223333"}
bucket: {arn: "arn:aws:s3:::payments-logs/team", region: us-east-1}
flow_logs: {regions: [us-east-1, eu-west-1], vpcs: [vpc-0123456789abcdef0]}
`

func centralizedSetup() Setup {
	admin := CredentialAnswers{AssumeRole: "OrganizationAccountAccessRole"}
	return Setup{
		Version: 1, Name: "central-logs", Source: "vpc-flow-logs", Mode: Centralized,
		Reader:        ReaderAnswers{Kind: "xshield", Account: "999988887777", ExternalID: "xs-7f3a91", Role: "ColorTokensFlowLogsCloudSecurityServiceRole"},
		Account:       AccountAnswers{ID: "444455556666", Name: "Log archive", Role: "ColortokensHubFlowLogsRole", Credentials: admin},
		Bucket:        BucketAnswers{ARN: "arn:aws:s3:::central-flow-logs", Create: true, Region: "us-east-1", TLSOnly: true},
		DeliveryScope: ScopeAccounts,
		FlowLogs:      FlowLogAnswers{Traffic: "ALL", AggregationSeconds: 600, Regions: []string{"us-east-1"}, VPCs: VPCChoice{All: true}, Destination: ToS3},
		ResourceAccounts: []ResourceAccount{
			{ID: "111122223333", Name: "Payments", Credentials: admin},
			{ID: "222233334444", Name: "Storefront", Credentials: admin},
		},
	}
}

func perAccountSetup() Setup {
	return Setup{
		Version: 1, Name: "payments", Source: "vpc-flow-logs", Mode: PerAccount,
		Reader:        ReaderAnswers{Kind: "xshield", Account: "999988887777"},
		Account:       AccountAnswers{ID: "111122223333", Role: "ColorTokensCrossAccountAccessRole"},
		Bucket:        BucketAnswers{ARN: "arn:aws:s3:::payments-logs/team", Create: true, Region: "us-east-1", TLSOnly: true},
		DeliveryScope: ScopeAccounts,
		FlowLogs: FlowLogAnswers{Traffic: "ALL", AggregationSeconds: 600, Regions: []string{"us-east-1", "eu-west-1"},
			VPCs: VPCChoice{IDs: []string{"vpc-0123456789abcdef0"}}, Destination: ToS3},
		Grant: GrantDirect,
	}
}

func TestParseSetupReadsBothModes(t *testing.T) {
	short := strings.NewReplacer("\nsource: vpc-flow-logs ", "\n#", "\n  kind: xshield", "\n  #", "  role: ", "  #", "\ndelivery_scope: accounts", "",
		"  create: true\n", "", "  tls_only: true\n", "", "  traffic: ALL\n", "", "  aggregation_seconds: 600\n", "", "  vpcs: all\n", "").Replace(centralizedFile)
	for name, c := range map[string]struct {
		file string
		want Setup
	}{
		"centralized":              {centralizedFile, centralizedSetup()},
		"per-account":              {perAccountFile, perAccountSetup()},
		"defaults":                 {short, centralizedSetup()},
		"windows line ends":        {strings.ReplaceAll(centralizedFile, "\n", "\r\n"), centralizedSetup()},
		"byte order mark":          {"\ufeff" + centralizedFile, centralizedSetup()},
		"document start":           {"%YAML 1.2\n---\n" + centralizedFile + "...\n", centralizedSetup()},
		"bare account ID":          {strings.ReplaceAll(centralizedFile, `"`, ""), centralizedSetup()},
		"no value, so the default": {strings.Replace(centralizedFile, "traffic: ALL", "traffic:", 1), centralizedSetup()},
		"slash behind the prefix":  {strings.Replace(perAccountFile, "/team", "/team/", 1), perAccountSetup()},
		"anchor and alias": {strings.Replace(strings.Replace(centralizedFile, "credentials: {assume", "credentials: &admin {assume", 1),
			"Storefront, credentials: {assume_role: OrganizationAccountAccessRole}", "Storefront, credentials: *admin", 1), centralizedSetup()},
		"merge key": {strings.Replace(perAccountFile, "{id: \"111122223333\"}", "\n  <<: {id: \"111122223333\", role: Other}\n  role: ColorTokensCrossAccountAccessRole", 1), perAccountSetup()},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseSetup("setup.yaml", []byte(c.file))
			if err != nil {
				t.Fatalf("%v\n%s", err, c.file)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestAccountLabelDefaultsToTheSetupsName(t *testing.T) {
	s, err := ParseSetup("f", []byte(strings.Replace(centralizedFile, "  name: Log archive ", "  #", 1)))
	if err != nil || s.Account.Name != "central-logs" {
		t.Errorf("got %q, %v", s.Account.Name, err)
	}
}

func TestParseSetupReadsJSON(t *testing.T) {
	file := "{\n\t\"version\": 1, \"name\": \"payments\", \"mode\": \"per-account\",\n\t\"reader\": {\"account\": \"999988887777\"},\n" +
		"\t\"account\": {\"id\": \"111122223333\", \"role\": null},\n\t\"bucket\": {\"arn\": \"arn:aws:s3:::payments-logs\\/team\", \"region\": \"us-east-1\"},\n" +
		"\t\"flow_logs\": {\"regions\": [\"us-east-1\", \"eu-west-1\"], \"vpcs\": [\"vpc-0123456789abcdef0\"]}\n}\n"
	got, err := ParseSetup("setup.json", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := perAccountSetup(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	_, err = ParseSetup("setup.json", []byte(strings.Replace(file, `"regions": [`, `"regoins": [`, 1)))
	if want := "setup.json:6: flow_logs.regoins: unknown key; accepted: regions (did you mean that?)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// testdata/faults holds files with faults; beside each stands what is to be said about it.
func TestParseSetupTellsEveryFault(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ParseSetup(filepath.Base(file), data)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, not faults", err)
			}
			beside := strings.TrimSuffix(file, ".yaml") + ".txt"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(beside, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, readErr := os.ReadFile(beside)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if got := err.Error() + "\n"; got != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestParseSetupRefusesWhatIsNoSetupFile(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"empty":         {"", "f: the file is empty"},
		"blank":         {" \n\n", "f: the file is empty"},
		"comment":       {"# nothing\n", "f: the file holds no set-up"},
		"list":          {"- a\n", "f:1: the file holds a list, not a group of keys"},
		"text":          {"hello\n", `f:1: the file holds the text "hello", not a group of keys`},
		"documents":     {centralizedFile + "---\n" + perAccountFile, "f:33: a second document begins here"},
		"binary":        {"version: 1\nname: \x00\n", "f:2: the file holds a byte that text does not have"},
		"latin1":        {"version: 1\nname: \xe9\n", "f:2: the file holds a byte that text does not have"},
		"escape":        {"version: 1\n# \x1b[31m\n", "f:2: the file holds a byte that text does not have"},
		"too large":     {"# " + strings.Repeat("x", 1<<20), "f: the file has 1048578 bytes"},
		"deep":          {strings.Repeat("[", 100_000), "f:1: the file is built in a way that no set-up is"},
		"deep list":     {strings.Repeat("- ", 100_000), "f:1: the file is built in a way that no set-up is"},
		"deep tags":     {strings.Repeat("!a ", 100_000), "f:1: the file is built in a way that no set-up is"},
		"deep anchors":  {strings.Repeat("&a ", 100_000), "f:1: the file is built in a way that no set-up is"},
		"deep JSON":     {strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000), "f:1: cannot be read as JSON: is nested too deeply"},
		"many keys":     {strings.Repeat("a: b\n", 29_000), "f:25001: the file has more than 25000 keys"},
		"many lines":    {"a: |\n" + strings.Repeat("  \n", 100_000), "f: the file has 100001 lines"},
		"many odd keys": {strings.Repeat("? a\n", 10_000), "f:501: the file is built in a way that no set-up is"},
		"tab":           {"version: 1\nreader:\n\taccount: x\n", "f:3: is indented with a tab; accepted: spaces"},
		"unclosed":      {"version: 1\nname: 'x\n", "f:2: cannot be read as YAML: could not find end character of single-quoted text"},
		"unknown alias": {"version: 1\nname: *nope\n", "f:2: *nope names nothing in the file"},
		"tag":           {"version: !!int 1\n", "f:1: the tag \"!!int\" is not understood"},
		"laughs": {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", "f:6: the aliases of the file repeat too much"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSetup("f", []byte(c.file))
			if err == nil || !strings.Contains("\n"+err.Error(), "\n"+c.want) {
				t.Errorf("got:\n%v\nwant a line that starts: %s", err, c.want)
			}
		})
	}
}

func TestMessagesCarryNoControlSequences(t *testing.T) {
	for _, file := range []string{"\"\\x1b[31mred\": 1\n", "name: \"\\x1b]0;x\\x07\"\n", "version: [\n\"\\x1b\"", "mode: \"\\u009b31m\"\n", "? \"\\x1b\"\n: 1\n",
		"name: !\u00abx 1\n", `{"a\u001b": 1}`, `{"version": "\u001b"}`} {
		_, err := ParseSetup("f", []byte(file))
		if err == nil {
			t.Fatalf("%q was accepted", file)
		}
		if bytes.ContainsFunc([]byte(err.Error()), func(r rune) bool { return r != '\n' && (r < ' ' || (r >= 0x7f && r < 0xa0)) }) {
			t.Errorf("%q: the message %q has control characters", file, err.Error())
		}
	}
}

func FuzzParseSetup(f *testing.F) {
	f.Add([]byte(centralizedFile))
	f.Add([]byte(perAccountFile))
	f.Add([]byte(`{"version": 1, "name": "a", "reader": {"account": 12}, "resource_accounts": [{"id": null}]}`))
	f.Add([]byte("a: &x {b: c}\nd: *x\n<<: [*x, *x]\n? [a]\n: !!str 1\n"))
	f.Add([]byte("- - - a\n"))
	f.Add([]byte("version: 1\nname: n\nmode: per-account\naccount: {id: \"111122223333\"}\nflow_logs: {destination: cloud-watch-logs, log_group: {name: /g, retention_days: 0}, regions: [us-east-1]}\n"))
	files, _ := filepath.Glob("testdata/faults/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSetup("f", data)
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("not faults: %v", err)
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7f) }) {
				t.Fatalf("control characters in %q", err)
			}
			return
		}
		if faults := s.Check(); len(faults) > 0 {
			t.Fatalf("was accepted but does not pass the check: %v", faults)
		}
		written := s.YAML()
		again, err := ParseSetup("f", written)
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v\nfirst  %+v\nsecond %+v\n%s", err, s, again, written)
		}
	})
}
