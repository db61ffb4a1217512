package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ec2Handlers answers the EC2 query protocol, version 2016-11-15.
var ec2Handlers = map[string]handler{
	"CreateFlowLogs":            inEC2Region(createFlowLogs),
	"CreateTags":                inEC2Region(createTags),
	"DeleteFlowLogs":            inEC2Region(deleteFlowLogs),
	"DeleteTags":                inEC2Region(deleteTags),
	"DescribeAvailabilityZones": inEC2Region(describeAvailabilityZones),
	"DescribeFlowLogs":          inEC2Region(describeFlowLogs),
	"DescribeNetworkInterfaces": inEC2Region(describeNetworkInterfaces),
	"DescribeRegions":           inEC2Region(describeRegions),
	"DescribeTags":              inEC2Region(describeTags),
	"DescribeVpcs":              inEC2Region(describeVpcs),
}

const ec2Namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

// ec2Set is a list as EC2 writes it: an element that is there even when it holds no item.
type ec2Set[T any] struct {
	Items []T `xml:"item"`
}

type ec2Tag struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// inEC2Region refuses calls into regions that the account has not enabled, as EC2 does: with a credential error.
func inEC2Region(h handler) handler {
	return func(c *call) (response, *apiError) {
		if !c.w.inRegion(c.caller.account, c.region) {
			return response{}, ec2Errorf(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
		}
		return h(c)
	}
}

// ec2Answer writes v, whose fields are the members of the answer, under the operation's response element.
func ec2Answer(c *call, v any) (response, *apiError) {
	var b bytes.Buffer
	start := xml.StartElement{Name: xml.Name{Local: c.operation + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: ec2Namespace}}}
	if err := xml.NewEncoder(&b).EncodeElement(v, start); err != nil {
		return response{}, &apiError{status: 500, code: "InternalError", message: err.Error()}
	}
	head, members, _ := strings.Cut(b.String(), ">")
	body := xml.Header + head + "><requestId>" + c.requestID + "</requestId>" + members
	return response{header: http.Header{"Content-Type": {"text/xml;charset=UTF-8"}}, body: []byte(body)}, nil
}

func ec2Errorf(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func (c *call) ec2ARN(kind, id string) string {
	return fmt.Sprintf("arn:aws:ec2:%s:%s:%s/%s", c.region, c.caller.account, kind, id)
}

// dryRun answers a call that only asks whether it would be allowed; EC2 says so with an error.
func (c *call) dryRun() *apiError {
	if c.form.Get("DryRun") != "true" {
		return nil
	}
	return ec2Errorf(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

// regionData is what the caller's account has in the call's region, made when it is first needed.
func (c *call) regionData() *RegionData {
	account := c.w.Accounts[c.caller.account]
	if account == nil {
		return &RegionData{}
	}
	if account.Regions == nil {
		account.Regions = map[string]*RegionData{}
	}
	if account.Regions[c.region] == nil {
		account.Regions[c.region] = &RegionData{}
	}
	return account.Regions[c.region]
}

// formList reads Name.1, Name.2 … in order.
func (c *call) formList(name string) []string {
	var list []string
	for i := 1; ; i++ {
		key := name + "." + strconv.Itoa(i)
		if !c.form.Has(key) {
			return list
		}
		list = append(list, c.form.Get(key))
	}
}

// formTags reads Name.1.Key, Name.1.Value … in order.
func (c *call) formTags(name string) []ec2Tag {
	var tags []ec2Tag
	for i := 1; ; i++ {
		prefix := name + "." + strconv.Itoa(i)
		if !c.form.Has(prefix + ".Key") {
			return tags
		}
		tags = append(tags, ec2Tag{c.form.Get(prefix + ".Key"), c.form.Get(prefix + ".Value")})
	}
}

// ec2Filters holds the accepted values by filter name; a thing must match one value of every filter.
type ec2Filters map[string][]string

// filters reads Filter.1.Name, Filter.1.Value.1 … and refuses names outside known; "tag" stands for tag:KEY and tag-key.
func (c *call) filters(known ...string) (ec2Filters, *apiError) {
	filters := ec2Filters{}
	for i := 1; ; i++ {
		prefix := "Filter." + strconv.Itoa(i)
		if !c.form.Has(prefix + ".Name") {
			return filters, nil
		}
		name := c.form.Get(prefix + ".Name")
		isTag := strings.HasPrefix(name, "tag:") || name == "tag-key"
		if !slices.Contains(known, name) && (!isTag || !slices.Contains(known, "tag")) {
			return nil, ec2Errorf(400, "InvalidParameterValue", "The filter '%s' is invalid", name)
		}
		filters[name] = append(filters[name], c.formList(prefix+".Value")...)
	}
}

// match tells whether a thing with these values and tags passes every filter.
func (f ec2Filters) match(values map[string]string, tags map[string]string) bool {
	for name, accepted := range f {
		var candidates []string
		if key, isTag := strings.CutPrefix(name, "tag:"); isTag {
			if value, has := tags[key]; has {
				candidates = append(candidates, value)
			}
		} else if name == "tag-key" {
			for key := range tags {
				candidates = append(candidates, key)
			}
		} else {
			candidates = append(candidates, values[name])
		}
		if !slices.ContainsFunc(candidates, func(value string) bool {
			return slices.ContainsFunc(accepted, func(pattern string) bool { return wildcard(pattern, value) })
		}) {
			return false
		}
	}
	return true
}

// wildcard matches value against a filter pattern in which * stands for any run and ? for one character.
func wildcard(pattern, value string) bool {
	p, v, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			p = star + 1
			mark++
			v = mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// ec2Page cuts a list at the request's MaxResults and NextToken; id names an element for the token.
func ec2Page[T any](c *call, all []T, least, most int, id func(T) string) ([]T, string, *apiError) {
	limit := most
	if value := c.form.Get("MaxResults"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return nil, "", ec2Errorf(400, "InvalidParameterValue", "Value ( %s ) for parameter maxResults is invalid. Expecting a value between %d and %d.", value, least, most)
		}
		limit = n
	}
	if token := c.form.Get("NextToken"); token != "" {
		after, err := base64.RawURLEncoding.DecodeString(token)
		start := slices.IndexFunc(all, func(t T) bool { return id(t) == string(after) })
		if err != nil || start < 0 {
			return nil, "", ec2Errorf(400, "InvalidParameterValue", "Value ( %s ) for parameter nextToken is invalid.", token)
		}
		all = all[start+1:]
	}
	if len(all) <= limit {
		return all, "", nil
	}
	return all[:limit], base64.RawURLEncoding.EncodeToString([]byte(id(all[limit-1]))), nil
}

// tagSet lists tags in key order.
func tagSet(tags map[string]string) ec2Set[ec2Tag] {
	var set ec2Set[ec2Tag]
	for key, value := range tags {
		set.Items = append(set.Items, ec2Tag{key, value})
	}
	slices.SortFunc(set.Items, func(a, b ec2Tag) int { return strings.Compare(a.Key, b.Key) })
	return set
}
