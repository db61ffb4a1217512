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
		FlowLogs:      FlowLogAnswers{Traffic: "ALL", AggregationSeconds: longAggregation, VPCs: VPCChoice{All: true}},
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
