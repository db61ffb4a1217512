package awsops

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"
)

// pageSize is the largest page of DescribeVpcs, DescribeNetworkInterfaces and DescribeFlowLogs.
const pageSize = 1000

// VPCs lists the VPCs of a region with the number of their network interfaces, by id. Interfaces is -1 where the caller
// may not describe them.
func (a *Account) VPCs(ctx context.Context, region string) ([]VPC, error) {
	var (
		vpcs       []VPC
		interfaces map[string][]string
	)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		vpcs, err = a.vpcs(gctx, region)
		return err
	})
	g.Go(func() (err error) {
		interfaces, err = a.interfaces(gctx, region)
		if MeaningOf(err) == Denied {
			return nil
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i := range vpcs {
		vpcs[i].Interfaces = -1
		if interfaces != nil {
			vpcs[i].InterfaceIDs = interfaces[vpcs[i].ID]
			vpcs[i].Interfaces = len(vpcs[i].InterfaceIDs)
		}
	}
	return vpcs, nil
}

func (a *Account) vpcs(ctx context.Context, region string) ([]VPC, error) {
	var vpcs []VPC
	pages := ec2.NewDescribeVpcsPaginator(a.ec2In(region), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "ec2:DescribeVpcs", "", region)
		}
		for _, v := range page.Vpcs {
			vpcs = append(vpcs, VPC{
				ID: aws.ToString(v.VpcId), CIDR: aws.ToString(v.CidrBlock), Region: region, Owner: aws.ToString(v.OwnerId), Name: ec2Tags(v.Tags)["Name"],
			})
		}
	}
	slices.SortFunc(vpcs, func(x, y VPC) int { return strings.Compare(x.ID, y.ID) })
	return vpcs, nil
}

// interfaces lists network interfaces by VPC; nil where that fails.
func (a *Account) interfaces(ctx context.Context, region string) (map[string][]string, error) {
	ids := map[string][]string{}
	pages := ec2.NewDescribeNetworkInterfacesPaginator(a.ec2In(region), &ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "ec2:DescribeNetworkInterfaces", "", region)
		}
		for _, n := range page.NetworkInterfaces {
			vpc := aws.ToString(n.VpcId)
			ids[vpc] = append(ids[vpc], aws.ToString(n.NetworkInterfaceId))
		}
	}
	return ids, nil
}

// Regions lists the regions that the account may use, sorted.
func (a *Account) Regions(ctx context.Context) ([]string, error) {
	out, err := a.ec2In("").DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
	if err != nil {
		return nil, a.explain(err, "ec2:DescribeRegions", "", a.config.Region)
	}
	var names []string
	for _, r := range out.Regions {
		if aws.ToString(r.OptInStatus) != "not-opted-in" {
			names = append(names, aws.ToString(r.RegionName))
		}
	}
	slices.Sort(names)
	return names, nil
}

func ec2Tags(tags []types.Tag) map[string]string {
	byKey := make(map[string]string, len(tags))
	for _, t := range tags {
		byKey[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return byKey
}
