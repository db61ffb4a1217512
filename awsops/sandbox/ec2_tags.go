package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

// taggable finds the tags of a flow log or a VPC and the kind of its ARN; nil where there is no such thing.
func (rd *RegionData) taggable(id string) (tags *map[string]string, kind string) {
	if v := rd.vpc(id); v != nil {
		return &v.Tags, "vpc"
	}
	if f := rd.flowLog(id); f != nil {
		return &f.Tags, "vpc-flow-log"
	}
	return nil, ""
}

// ec2TagFault says what AWS refuses in tags that are to be put on something that carries have already.
func ec2TagFault(have map[string]string, tags []ec2Tag) *apiError {
	after := map[string]bool{}
	for key := range have {
		after[key] = true
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		switch {
		case tag.Key == "":
			return ec2Errorf(400, "InvalidParameterValue", "Tag key cannot be null or empty")
		case seen[tag.Key]:
			return ec2Errorf(400, "InvalidParameterValue", "Duplicate tag key '%s' specified.", tag.Key)
		case len([]rune(tag.Key)) > 128:
			return ec2Errorf(400, "InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters")
		case len([]rune(tag.Value)) > 256:
			return ec2Errorf(400, "InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
		case strings.HasPrefix(strings.ToLower(tag.Key), "aws:"):
			return ec2Errorf(400, "InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
		seen[tag.Key] = true
		after[tag.Key] = true
	}
	if len(after) > 50 {
		return ec2Errorf(400, "TagLimitExceeded", "More than 50 tags are not allowed on a resource")
	}
	return nil
}

// tagTargets finds all the resources of a tagging call, or none.
func (c *call) tagTargets(action string) ([]*map[string]string, *apiError) {
	rd, ids := c.regionData(), c.formList("ResourceId")
	if len(ids) == 0 {
		return nil, ec2Errorf(400, "MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	var targets []*map[string]string
	for _, id := range ids {
		tags, kind := rd.taggable(id)
		if tags == nil {
			switch {
			case strings.HasPrefix(id, "vpc-"):
				return nil, ec2Errorf(400, "InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
			case strings.HasPrefix(id, "fl-"):
				return nil, ec2Errorf(400, "InvalidFlowLogId.NotFound", "The flow log ID '%s' does not exist", id)
			}
			return nil, ec2Errorf(400, "InvalidID", "The ID '%s' is not valid", id)
		}
		if err := c.permit(action, c.ec2ARN(kind, id)); err != nil {
			return nil, err
		}
		targets = append(targets, tags)
	}
	return targets, c.dryRun()
}

type ec2Return struct {
	Return bool `xml:"return"`
}

func createTags(c *call) (response, *apiError) {
	tags := c.formTags("Tag")
	if len(tags) == 0 {
		return response{}, ec2Errorf(400, "MissingParameter", "The request must contain the parameter tagSet")
	}
	targets, err := c.tagTargets("ec2:CreateTags")
	if err != nil {
		return response{}, err
	}
	for _, target := range targets {
		if err := ec2TagFault(*target, tags); err != nil {
			return response{}, err
		}
	}
	for _, target := range targets {
		if *target == nil {
			*target = map[string]string{}
		}
		for _, tag := range tags {
			(*target)[tag.Key] = tag.Value
		}
	}
	return ec2Answer(c, ec2Return{Return: true})
}

func deleteTags(c *call) (response, *apiError) {
	targets, err := c.tagTargets("ec2:DeleteTags")
	if err != nil {
		return response{}, err
	}
	tags := c.formTags("Tag")
	for _, target := range targets {
		if len(tags) == 0 {
			*target = nil
		}
		for i, tag := range tags {
			// A tag given with a value goes only when it has that value.
			if value, has := (*target)[tag.Key]; has && (value == tag.Value || !c.form.Has("Tag."+strconv.Itoa(i+1)+".Value")) {
				delete(*target, tag.Key)
			}
		}
	}
	return ec2Answer(c, ec2Return{Return: true})
}

func describeTags(c *call) (response, *apiError) {
	if err := c.permit("ec2:DescribeTags", "*"); err != nil {
		return response{}, err
	}
	filters, err := c.filters("resource-id", "resource-type", "key", "value", "tag")
	if err != nil {
		return response{}, err
	}
	if err := c.dryRun(); err != nil {
		return response{}, err
	}
	type description struct {
		ID    string `xml:"resourceId"`
		Type  string `xml:"resourceType"`
		Key   string `xml:"key"`
		Value string `xml:"value"`
	}
	type members struct {
		Tags      ec2Set[description] `xml:"tagSet"`
		NextToken string              `xml:"nextToken,omitempty"`
	}
	var found []description
	add := func(id, kind string, tags map[string]string) {
		for key, value := range tags {
			if filters.match(map[string]string{"resource-id": id, "resource-type": kind, "key": key, "value": value}, map[string]string{key: value}) {
				found = append(found, description{id, kind, key, value})
			}
		}
	}
	rd := c.regionData()
	for _, v := range rd.VPCs {
		add(v.ID, "vpc", v.Tags)
	}
	for _, f := range rd.FlowLogs {
		add(f.ID, "vpc-flow-log", f.Tags)
	}
	slices.SortFunc(found, func(a, b description) int { return strings.Compare(a.ID+"\x00"+a.Key, b.ID+"\x00"+b.Key) })
	var m members
	if m.Tags.Items, m.NextToken, err = ec2Page(c, found, 5, 1000, func(d description) string { return d.ID + "\x00" + d.Key }); err != nil {
		return response{}, err
	}
	return ec2Answer(c, m)
}
