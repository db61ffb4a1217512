package sandbox

import (
	"slices"
)

func (rd *RegionData) flowLog(id string) *FlowLog {
	for _, f := range rd.FlowLogs {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// traced is what a flow log's resource is made of: its VPC and the interfaces that log.
func (rd *RegionData) traced(resource string) (vpc *VPC, interfaces []Interface, found bool) {
	for _, v := range rd.VPCs {
		if v.ID == resource {
			return v, v.Interfaces, true
		}
		for _, i := range v.Interfaces {
			if i.ID == resource || i.SubnetID == resource {
				vpc, interfaces, found = v, append(interfaces, i), true
			}
		}
	}
	return vpc, interfaces, found
}

type ec2Unsuccessful struct {
	ResourceID string `xml:"resourceId"`
	Error      struct {
		Code    string `xml:"code"`
		Message string `xml:"message"`
	} `xml:"error"`
}

func unsuccessful(resource string, e *apiError) ec2Unsuccessful {
	u := ec2Unsuccessful{ResourceID: resource}
	u.Error.Code, u.Error.Message = e.code, e.message
	return u
}

type ec2DestinationOptions struct {
	FileFormat string `xml:"fileFormat"`
	Hive       bool   `xml:"hiveCompatiblePartitions"`
	Hourly     bool   `xml:"perHourPartition"`
}

type ec2FlowLog struct {
	Created            string                 `xml:"creationTime"`
	StatusMessage      string                 `xml:"deliverLogsErrorMessage,omitempty"`
	RoleARN            string                 `xml:"deliverLogsPermissionArn,omitempty"`
	Status             string                 `xml:"deliverLogsStatus,omitempty"`
	ID                 string                 `xml:"flowLogId"`
	FlowLogStatus      string                 `xml:"flowLogStatus"`
	ResourceID         string                 `xml:"resourceId"`
	Traffic            string                 `xml:"trafficType"`
	DestinationType    string                 `xml:"logDestinationType"`
	Destination        string                 `xml:"logDestination"`
	LogGroup           string                 `xml:"logGroupName,omitempty"`
	Format             string                 `xml:"logFormat"`
	Interval           int                    `xml:"maxAggregationInterval"`
	DestinationOptions *ec2DestinationOptions `xml:"destinationOptions"`
	Tags               ec2Set[ec2Tag]         `xml:"tagSet"`
}

func describeFlowLogs(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeFlowLogs", "*"); err != nil {
		return response{}, err
	}
	filters, err := c.filters("deliver-log-status", "log-destination-type", "flow-log-id", "log-group-name", "resource-id", "traffic-type", "tag")
	if err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	ids := c.formList("FlowLogId")
	if len(ids) > 1000 {
		return response{}, ec2Errorf(400, "InvalidParameterValue", "At most 1000 flow log IDs are accepted, %d were given", len(ids))
	}
	var found []ec2FlowLog
	for _, f := range c.regionData().FlowLogs {
		if len(ids) > 0 && !slices.Contains(ids, f.ID) {
			continue
		}
		values := map[string]string{
			"deliver-log-status": f.Status, "log-destination-type": f.DestinationType, "flow-log-id": f.ID, "log-group-name": f.LogGroup,
			"resource-id": f.ResourceID, "traffic-type": f.Traffic,
		}
		if !filters.match(values, f.Tags) {
			continue
		}
		fileFormat := "plain-text"
		if f.Parquet {
			fileFormat = "parquet"
		}
		options := &ec2DestinationOptions{fileFormat, f.Hive, f.Hourly}
		if f.DestinationType != "s3" {
			options = nil
		}
		found = append(found, ec2FlowLog{
			RoleARN: f.RoleARN, LogGroup: f.LogGroup, Created: f.Created.UTC().Format("2006-01-02T15:04:05.000Z"), Status: f.Status, StatusMessage: f.StatusMessage, ID: f.ID,
			FlowLogStatus: "ACTIVE", ResourceID: f.ResourceID, Traffic: f.Traffic, DestinationType: f.DestinationType, Destination: f.Destination,
			Format: f.Format, Interval: f.Interval, DestinationOptions: options, Tags: tagSet(f.Tags),
		})
	}
	type members struct {
		FlowLogs  ec2Set[ec2FlowLog] `xml:"flowLogSet"`
		NextToken string             `xml:"nextToken,omitempty"`
	}
	var m members
	if m.FlowLogs.Items, m.NextToken, err = ec2Page(c, found, 1, 1000, func(f ec2FlowLog) string { return f.ID }); err != nil {
		return response{}, err
	}
	return ec2Answer(c, m)
}

func deleteFlowLogs(c *call) (response, *apiError) {
	ids := c.formList("FlowLogId")
	if len(ids) == 0 {
		return response{}, ec2Errorf(400, "MissingParameter", "The request must contain the parameter FlowLogIds")
	}
	if len(ids) > 1000 {
		return response{}, ec2Errorf(400, "InvalidParameterValue", "At most 1000 flow log IDs are accepted, %d were given", len(ids))
	}
	for _, id := range ids {
		if err := c.permit("ec2:DeleteFlowLogs", c.ec2ARN("vpc-flow-log", id)); err != nil {
			return response{}, err
		}
	}
	if err := c.permit("logs:DeleteLogDelivery", "*"); err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type members struct {
		Unsuccessful ec2Set[ec2Unsuccessful] `xml:"unsuccessful"`
	}
	var m members
	rd := c.regionData()
	for _, id := range ids {
		f := rd.flowLog(id)
		if f == nil {
			m.Unsuccessful.Items = append(m.Unsuccessful.Items,
				unsuccessful(id, ec2Errorf(400, "InvalidFlowLogId.NotFound", "These flow log ids in the input list are not found: [TotalCount: 1] %s", id)))
			continue
		}
		rd.FlowLogs = slices.DeleteFunc(rd.FlowLogs, func(other *FlowLog) bool { return other == f })
		rd.Former = append(rd.Former, f)
	}
	return ec2Answer(c, m)
}
