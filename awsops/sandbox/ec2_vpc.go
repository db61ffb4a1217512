package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

// ec2Regions are the regions that exist; those that need an opt-in are not enabled in any account.
var ec2Regions = []struct {
	name  string
	optIn bool
}{
	{"af-south-1", true}, {"ap-east-1", true}, {"ap-northeast-1", false}, {"ap-northeast-2", false}, {"ap-northeast-3", false},
	{"ap-south-1", false}, {"ap-southeast-1", false}, {"ap-southeast-2", false}, {"ap-southeast-3", true}, {"ca-central-1", false},
	{"eu-central-1", false}, {"eu-north-1", false}, {"eu-south-1", true}, {"eu-west-1", false}, {"eu-west-2", false},
	{"eu-west-3", false}, {"me-south-1", true}, {"sa-east-1", false}, {"us-east-1", false}, {"us-east-2", false},
	{"us-west-1", false}, {"us-west-2", false},
}

func regionEnabled(name string) bool {
	for _, region := range ec2Regions {
		if region.name == name {
			return !region.optIn
		}
	}
	return false
}

// inRegion tells whether an account may use a region.
func (w *World) inRegion(account, name string) bool {
	a := w.Accounts[account]
	return regionEnabled(name) && (a == nil || !slices.Contains(a.RegionsOff, name))
}

func describeRegions(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeRegions", "*"); err != nil {
		return response{}, err
	}
	filters, err := c.filters("region-name", "opt-in-status", "endpoint")
	if err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type region struct {
		Name     string `xml:"regionName"`
		Endpoint string `xml:"regionEndpoint"`
		OptIn    string `xml:"optInStatus"`
	}
	type members struct {
		Regions ec2Set[region] `xml:"regionInfo"`
	}
	var m members
	wanted := c.formList("RegionName")
	for _, name := range wanted {
		if !slices.ContainsFunc(ec2Regions, func(r struct {
			name  string
			optIn bool
		}) bool {
			return r.name == name
		}) {
			return response{}, ec2Errorf(400, "InvalidParameterValue", "Invalid region names: [%s]", name)
		}
	}
	for _, r := range ec2Regions {
		off := !c.w.inRegion(c.caller.account, r.name)
		if off && c.form.Get("AllRegions") != "true" || len(wanted) > 0 && !slices.Contains(wanted, r.name) {
			continue
		}
		one := region{r.name, "ec2." + r.name + ".amazonaws.com", "opt-in-not-required"}
		if off {
			one.OptIn = "not-opted-in"
		}
		if filters.match(map[string]string{"region-name": one.Name, "opt-in-status": one.OptIn, "endpoint": one.Endpoint}, nil) {
			m.Regions.Items = append(m.Regions.Items, one)
		}
	}
	return ec2Answer(c, m)
}

func describeAvailabilityZones(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeAvailabilityZones", "*"); err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type zone struct {
		Name   string `xml:"zoneName"`
		ID     string `xml:"zoneId"`
		State  string `xml:"zoneState"`
		Region string `xml:"regionName"`
		Type   string `xml:"zoneType"`
		OptIn  string `xml:"optInStatus"`
	}
	type members struct {
		Zones ec2Set[zone] `xml:"availabilityZoneInfo"`
	}
	var m members
	for i, letter := range []string{"a", "b", "c"} {
		m.Zones.Items = append(m.Zones.Items, zone{c.region + letter, zoneID(c.region, i+1), "available", c.region, "availability-zone", "opt-in-not-required"})
	}
	return ec2Answer(c, m)
}

// zoneID shortens a region as AWS does: the first zone of us-east-1 is use1-az1.
func zoneID(region string, n int) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region + "-az" + strconv.Itoa(n)
	}
	direction := parts[1][:1]
	if rest := strings.TrimPrefix(strings.TrimPrefix(parts[1], "north"), "south"); rest != parts[1] && rest != "" {
		direction += rest[:1]
	}
	return parts[0] + direction + parts[2] + "-az" + strconv.Itoa(n)
}

func describeVpcs(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeVpcs", "*"); err != nil {
		return response{}, err
	}
	filters, err := c.filters("vpc-id", "cidr", "isDefault", "is-default", "state", "owner-id", "tag")
	if err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type vpc struct {
		ID      string         `xml:"vpcId"`
		Owner   string         `xml:"ownerId"`
		State   string         `xml:"state"`
		CIDR    string         `xml:"cidrBlock"`
		DHCP    string         `xml:"dhcpOptionsId"`
		Tenancy string         `xml:"instanceTenancy"`
		Default bool           `xml:"isDefault"`
		Tags    ec2Set[ec2Tag] `xml:"tagSet"`
	}
	type members struct {
		Vpcs      ec2Set[vpc] `xml:"vpcSet"`
		NextToken string      `xml:"nextToken,omitempty"`
	}
	rd, ids := c.regionData(), c.formList("VpcId")
	for _, id := range ids {
		if rd.vpc(id) == nil {
			return response{}, ec2Errorf(400, "InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
		}
	}
	var found []vpc
	for _, v := range rd.VPCs {
		if len(ids) > 0 && !slices.Contains(ids, v.ID) {
			continue
		}
		isDefault := strconv.FormatBool(v.Default)
		values := map[string]string{"vpc-id": v.ID, "cidr": v.CIDR, "isDefault": isDefault, "is-default": isDefault, "state": "available", "owner-id": c.caller.account}
		if filters.match(values, v.Tags) {
			found = append(found, vpc{v.ID, c.caller.account, "available", v.CIDR, "dopt-" + strings.TrimPrefix(v.ID, "vpc-"), "default", v.Default, tagSet(v.Tags)})
		}
	}
	var m members
	if m.Vpcs.Items, m.NextToken, err = ec2Page(c, found, 5, 1000, func(v vpc) string { return v.ID }); err != nil {
		return response{}, err
	}
	return ec2Answer(c, m)
}

func describeNetworkInterfaces(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeNetworkInterfaces", "*"); err != nil {
		return response{}, err
	}
	filters, err := c.filters("vpc-id", "subnet-id", "network-interface-id", "status", "interface-type", "owner-id", "private-ip-address", "availability-zone")
	if err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type address struct {
		IP      string `xml:"privateIpAddress"`
		Primary bool   `xml:"primary"`
	}
	type networkInterface struct {
		ID          string          `xml:"networkInterfaceId"`
		Subnet      string          `xml:"subnetId"`
		VPC         string          `xml:"vpcId"`
		Zone        string          `xml:"availabilityZone"`
		Description string          `xml:"description"`
		Owner       string          `xml:"ownerId"`
		Managed     bool            `xml:"requesterManaged"`
		Status      string          `xml:"status"`
		MAC         string          `xml:"macAddress"`
		IP          string          `xml:"privateIpAddress"`
		Check       bool            `xml:"sourceDestCheck"`
		Groups      ec2Set[string]  `xml:"groupSet"`
		Tags        ec2Set[ec2Tag]  `xml:"tagSet"`
		Addresses   ec2Set[address] `xml:"privateIpAddressesSet"`
		Type        string          `xml:"interfaceType"`
	}
	type members struct {
		Interfaces ec2Set[networkInterface] `xml:"networkInterfaceSet"`
		NextToken  string                   `xml:"nextToken,omitempty"`
	}
	var found []networkInterface
	ids := c.formList("NetworkInterfaceId")
	known := map[string]bool{}
	zone := c.region + "a"
	for _, v := range c.regionData().VPCs {
		for _, i := range v.Interfaces {
			known[i.ID] = true
			if len(ids) > 0 && !slices.Contains(ids, i.ID) {
				continue
			}
			values := map[string]string{
				"vpc-id": v.ID, "subnet-id": i.SubnetID, "network-interface-id": i.ID, "status": "in-use", "interface-type": "interface",
				"owner-id": c.caller.account, "private-ip-address": i.IP, "availability-zone": zone,
			}
			if filters.match(values, nil) {
				found = append(found, networkInterface{
					ID: i.ID, Subnet: i.SubnetID, VPC: v.ID, Zone: zone, Owner: c.caller.account, Status: "in-use", MAC: macAddress(i.ID),
					IP: i.IP, Check: true, Addresses: ec2Set[address]{[]address{{i.IP, true}}}, Type: "interface",
				})
			}
		}
	}
	for _, id := range ids {
		if !known[id] {
			return response{}, ec2Errorf(400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
		}
	}
	var m members
	if m.Interfaces.Items, m.NextToken, err = ec2Page(c, found, 5, 1000, func(i networkInterface) string { return i.ID }); err != nil {
		return response{}, err
	}
	return ec2Answer(c, m)
}

// macAddress makes a locally administered address from an interface's id.
func macAddress(id string) string {
	seed := hash64(id)
	parts := []string{"0a"}
	for i := range 5 {
		parts = append(parts, string("0123456789abcdef"[seed>>(8*i)&15])+string("0123456789abcdef"[seed>>(8*i+4)&15]))
	}
	return strings.Join(parts, ":")
}

func (rd *RegionData) vpc(id string) *VPC {
	for _, v := range rd.VPCs {
		if v.ID == id {
			return v
		}
	}
	return nil
}
