package steps

const (
	fileVersion      = 1
	longAggregation  = 600
	shortAggregation = 60
)

// NewSetup gives a set-up of a mode with every default filled in; what has no default is empty.
func NewSetup(mode Mode) Setup {
	s := Setup{
		Version:       fileVersion,
		Source:        vpcFlowLogs.Kind,
		Mode:          mode,
		Reader:        ReaderAnswers{Kind: xshield.Kind},
		Bucket:        BucketAnswers{Create: true, TLSOnly: true},
		DeliveryScope: ScopeAccounts,
		FlowLogs:      FlowLogAnswers{Traffic: "ALL", AggregationSeconds: longAggregation, VPCs: VPCChoice{All: true}, Destination: ToS3},
	}
	switch mode {
	case Centralized:
		s.Reader.Role = xshield.Role
		s.Account.Role = xshield.FlowLogRole
	case PerAccount:
		s.Account.Role = xshield.CrossAccountRole
		s.Grant = GrantDirect
	}
	return s
}

// NewGroupSetup gives a set-up of the account whose flow logs go to CloudWatch Logs, with every default filled in.
func NewGroupSetup() Setup {
	s := NewSetup(PerAccount)
	s.useGroups()
	return s
}

// useGroups takes the defaults out that only a bucket and its reader have, and puts those of a log group in.
func (s *Setup) useGroups() {
	s.Reader, s.Bucket, s.Account.Role, s.Grant = ReaderAnswers{}, BucketAnswers{}, "", ""
	s.FlowLogs.Destination, s.FlowLogs.LogGroup.Role = ToGroups, groupRole
}
