package sandbox

// cloudformationHandlers answers CloudFormation, version 2010-05-15.
var cloudformationHandlers = map[string]handler{"DescribeStackResources": describeStackResources}

// describeStackResources tells the resources of the stack that owns a physical resource, or of a named stack.
// A name that no stack owns is a ValidationError (botocore cloudformation:DescribeStackResources).
func describeStackResources(c *call) (response, *apiError) {
	name, physical := c.form.Get("StackName"), c.form.Get("PhysicalResourceId")
	if bad := c.permit("cloudformation:DescribeStackResources", "arn:aws:cloudformation:"+c.region+":"+c.caller.account+":stack/*"); bad != nil {
		return response{}, bad
	}
	switch {
	case name == "" && physical == "":
		return response{}, validation("Either StackName or PhysicalResourceId must be specified.")
	case name != "" && physical != "":
		return response{}, validation("You cannot specify both StackName and PhysicalResourceId.")
	}
	var stack *Stack
	for _, n := range sortedKeys(c.account().Stacks) {
		s := c.account().Stacks[n]
		if s.Resources[physical] != "" || name == s.Name || name != "" && name == s.ID {
			stack = s
		}
	}
	if stack == nil && name != "" {
		return response{}, validation("Stack with id " + name + " does not exist")
	} else if stack == nil {
		return response{}, validation("Stack for " + physical + " does not exist")
	}
	logical := c.form.Get("LogicalResourceId")
	return queryAnswer(c, func(x *xmlWriter) {
		x.in("StackResources", func() {
			for _, id := range sortedKeys(stack.Resources) {
				if logical != "" && logical != logicalID(id) {
					continue
				}
				x.in("member", func() {
					x.text("StackName", stack.Name)
					x.text("StackId", stack.ID)
					x.text("LogicalResourceId", logicalID(id))
					x.text("PhysicalResourceId", id)
					x.text("ResourceType", stack.Resources[id])
					x.time("Timestamp", c.w.Created)
					x.text("ResourceStatus", "CREATE_COMPLETE")
				})
			}
		})
	})
}

// logicalID makes the name of a resource in its template: letters and digits only.
func logicalID(physical string) string {
	var id []rune
	for _, r := range physical {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			id = append(id, r)
		}
	}
	return string(id)
}
