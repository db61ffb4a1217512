package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The starting credentials. They are constants of the sandbox and open nothing else.
const (
	startKey    = "AKIASANDBOXEXAMPLE"
	startSecret = "sandbox-only-not-a-secret"
)

// The accounts of the contract's world.
const (
	managementAccount = "123456789012"
	archiveAccount    = "444455556666"
	paymentsAccount   = "111122223333"
	storefrontAccount = "222233334444"
	vendorAccount     = "999988887777"

	organizationID   = "o-sandbox001"
	memberRole       = "OrganizationAccountAccessRole"
	vendorRole       = "ColorTokensFlowLogsCloudSecurityServiceRole"
	discoveryRole    = "ColorTokensDiscoveryServiceRole"
	crossAccountRole = "ColorTokensCrossAccountAccessRole"
	portalExternalID = "xs-7f3a91"
	homeRegion       = "us-east-1"
	secondRegion     = "eu-west-1"
)

// Scale asks for accounts beside the contract's: resource accounts 300000000001 and up in the organization,
// each with OrganizationAccountAccessRole and VPCs with two interfaces.
type Scale struct {
	Accounts int
	Regions  []string // absent: us-east-1
	VPCs     int      // in each account and region
}

// newWorld makes the world of the contract (and of opts.Seed). All its ids are fixed.
func (s *Sandbox) newWorld() *World {
	now := s.now().UTC().Truncate(time.Second)
	w := &World{Version: stateVersion, Created: now,
		Organization: Organization{ID: organizationID, Management: managementAccount},
		Accounts:     map[string]*Account{}, Buckets: map[string]*Bucket{},
		Portal: Portal{Account: vendorAccount, Role: vendorRole, ExternalID: portalExternalID},
	}
	management := w.seedAccount(managementAccount, "Management")
	management.Users["admin"] = &User{Name: "admin", ID: seededID("AIDA", managementAccount, "admin"), Created: now,
		AccessKeys: map[string]string{startKey: startSecret}, Attached: []string{awsPolicyARN("AdministratorAccess")}}
	w.Organization.Members = append(w.Organization.Members, managementAccount)
	for _, m := range [][2]string{{paymentsAccount, "Payments"}, {storefrontAccount, "Storefront"}, {archiveAccount, "Log archive"}} {
		w.seedMember(m[0], m[1])
	}
	w.seedVendor()
	w.seedArchive()
	w.seedPayments()
	w.seedStorefront()
	if s.opts.Seed != nil {
		w.seedScale(*s.opts.Seed)
	}
	w.complete()
	return w
}

func (w *World) seedAccount(id, name string) *Account {
	a := &Account{ID: id, Name: name}
	w.Accounts[id] = a
	a.complete()
	return a
}

func (w *World) seedMember(id, name string) *Account {
	a := w.seedAccount(id, name)
	w.Organization.Members = append(w.Organization.Members, id)
	w.seedRole(a, memberRole, trustOf(rootARN(w.Organization.Management), ""), nil, awsPolicyARN("AdministratorAccess"))
	return a
}

func (w *World) seedRole(a *Account, name, trust string, inline map[string]string, attached ...string) *Role {
	r := &Role{Name: name, ID: seededID("AROA", a.ID, name), Path: "/", ARN: "arn:aws:iam::" + a.ID + ":role/" + name, Trust: trust,
		Inline: inline, Attached: attached, MaxSession: 3600, Created: w.Created}
	a.Roles[strings.ToLower(name)] = r
	return r
}

// seedVendor makes the account that reads: its roles may enter any role that trusts them.
func (w *World) seedVendor() {
	a := w.seedAccount(vendorAccount, "ColorTokens")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	enter := map[string]string{"EnterCustomerRoles": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`}
	w.seedRole(a, vendorRole, trust, enter)
	w.seedRole(a, discoveryRole, trust, enter)
}

func (w *World) seedArchive() {
	a := w.Accounts[archiveAccount]
	keyID := seededUUID(archiveAccount, "flow-logs")
	arn := "arn:aws:kms:" + homeRegion + ":" + archiveAccount + ":key/" + keyID
	a.Keys[arn] = &Key{ID: keyID, ARN: arn, Region: homeRegion, Manager: "CUSTOMER", State: "Enabled", Aliases: []string{"alias/flow-logs"}, Created: w.Created,
		Policy: `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
			`"Principal":{"AWS":"` + rootARN(archiveAccount) + `"},"Action":"kms:*","Resource":"*"}]}`}
	b := &Bucket{Name: "archive-existing", Owner: archiveAccount, Region: homeRegion, Created: w.Created, Ownership: "BucketOwnerEnforced",
		PublicBlock: &PublicBlock{true, true, true, true}, Encryption: &Encryption{Algorithm: "AES256"},
		Policy: `{"Version":"2012-10-17","Statement":[{"Sid":"AuditTeamRead","Effect":"Allow","Principal":{"AWS":"` + rootARN(managementAccount) + `"},` +
			`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::archive-existing","arn:aws:s3:::archive-existing/audit/*"]}]}`}
	b.complete()
	b.put(&Object{Key: "audit/readme.txt", Body: []byte("Records that the audit team keeps. They have nothing to do with flow logs.\n"), Modified: w.Created, Type: "text/plain"})
	w.Buckets[b.Name] = b
}

// seedPayments has the discovery role that somebody made by hand.
func (w *World) seedPayments() {
	a := w.Accounts[paymentsAccount]
	w.seedVPCs(a, homeRegion, "10.10", vpcSeed{"payments-prod", 4}, vpcSeed{"payments-staging", 2})
	w.seedVPCs(a, secondRegion, "10.11", vpcSeed{"payments-eu", 2})
	w.seedRole(a, crossAccountRole, trustOf(rootARN(vendorAccount), portalExternalID), map[string]string{"ColorTokensCrossAccountAccessPolicy": `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ColorTokensDiscovery",
      "Effect": "Allow",
      "Action": [
        "ec2:Describe*",
        "elasticloadbalancing:Describe*",
        "iam:ListRoles",
        "iam:ListAccountAliases",
        "organizations:DescribeOrganization",
        "rds:Describe*",
        "s3:ListAllMyBuckets",
        "tag:GetResources"
      ],
      "Resource": "*"
    },
    {
      "Sid": "ColorTokensS3Access",
      "Effect": "Allow",
      "Action": [
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketTagging",
        "s3:GetEncryptionConfiguration",
        "s3:ListBucket"
      ],
      "Resource": "*"
    }
  ]
}`})
}

// seedStorefront has a VPC with nothing in it, and one whose name means ill: a C1 control sequence, a bidirectional
// override and wide characters, all of which EC2 takes.
func (w *World) seedStorefront() {
	a := w.Accounts[storefrontAccount]
	w.seedVPCs(a, homeRegion, "10.20", vpcSeed{"storefront-prod", 3}, vpcSeed{"storefront-batch", 2}, vpcSeed{"storefront-empty", 0})
	w.seedVPCs(a, secondRegion, "10.21", vpcSeed{"store\u009b31m\u202efront-\u5e97\u8217", 2})
}

func (w *World) seedScale(s Scale) {
	regions := s.Regions
	if len(regions) == 0 {
		regions = []string{homeRegion}
	}
	for i := 1; i <= s.Accounts; i++ {
		a := w.seedMember(fmt.Sprintf("3%011d", i), fmt.Sprintf("Workload %03d", i))
		for j, region := range regions {
			var vpcs []vpcSeed
			for k := range s.VPCs {
				vpcs = append(vpcs, vpcSeed{fmt.Sprintf("workload-%03d-%d", i, k+1), 2})
			}
			w.seedVPCs(a, region, "10."+strconv.Itoa(100+j), vpcs...)
		}
	}
}

type vpcSeed struct {
	name       string
	interfaces int
}

func (w *World) seedVPCs(a *Account, region, network string, seeds ...vpcSeed) {
	rd := &RegionData{}
	for i, s := range seeds {
		id := strconv.Itoa(i)
		v := &VPC{ID: seededID("vpc-", a.ID, region, id), CIDR: fmt.Sprintf("%s.%d.0/24", network, i%256), Tags: map[string]string{"Name": s.name}}
		for n := range s.interfaces {
			v.Interfaces = append(v.Interfaces, Interface{
				ID: seededID("eni-", a.ID, region, id, strconv.Itoa(n)), SubnetID: seededID("subnet-", a.ID, region, id, strconv.Itoa(n%2)),
				IP: fmt.Sprintf("%s.%d.%d", network, i%256, 10+128*(n%2)+n/2),
			})
		}
		rd.VPCs = append(rd.VPCs, v)
	}
	a.Regions[region] = rd
}

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

// trustOf is the trust policy of a role that one principal may enter, with the external ID where there is one.
func trustOf(principal, externalID string) string {
	condition := ""
	if externalID != "" {
		condition = `,"Condition":{"StringEquals":{"sts:ExternalId":"` + externalID + `"}}`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"` + condition + `}]}`
}

// seededID makes an id of AWS's form (vpc-0123456789abcdef0, AROA…) from its parts.
func seededID(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append(parts, prefix), "/")))
	if strings.HasSuffix(prefix, "-") {
		return prefix + "0" + hex.EncodeToString(sum[:8])
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := []byte(prefix)
	for _, b := range sum[:17] {
		id = append(id, letters[b%32])
	}
	return string(id)
}

func seededUUID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "/")))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// nextID makes an id of AWS's form that this world has not used.
func (w *World) nextID(prefix string) string {
	w.NextID++
	return seededID(prefix, "made", strconv.FormatInt(w.NextID, 10))
}

// complete gives every map that is nil, so that handlers can write to all of them.
func (w *World) complete() {
	mapped(&w.Accounts)
	mapped(&w.Buckets)
	for _, a := range w.Accounts {
		a.complete()
	}
	for _, b := range w.Buckets {
		b.complete()
	}
}

func (a *Account) complete() {
	mapped(&a.Users)
	mapped(&a.Roles)
	mapped(&a.Policies)
	mapped(&a.Keys)
	mapped(&a.Regions)
	mapped(&a.Stacks)
	for _, r := range a.Roles {
		r.complete()
	}
	for _, p := range a.Policies {
		mapped(&p.Tags)
	}
	for _, k := range a.Keys {
		mapped(&k.Tags)
	}
	for _, rd := range a.Regions {
		for _, v := range rd.VPCs {
			mapped(&v.Tags)
		}
		for _, f := range rd.FlowLogs {
			mapped(&f.Tags)
		}
		for _, g := range rd.LogGroups {
			mapped(&g.Tags)
			mapped(&g.Streams)
		}
	}
}

func (r *Role) complete() {
	mapped(&r.Inline)
	mapped(&r.Tags)
}

func (b *Bucket) complete() {
	mapped(&b.Tags)
	mapped(&b.Objects)
}

func mapped[K comparable, V any](m *map[K]V) {
	if *m == nil {
		*m = map[K]V{}
	}
}
