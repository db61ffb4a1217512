package steps

import (
	"io"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// CaseResult is one access decision of a file of cases.
type CaseResult = policy.CaseResult

// CheckCases evaluates the access decisions of a file, without AWS. An error names the case and what is wrong with it.
func CheckCases(r io.Reader) ([]CaseResult, error) { return policy.CheckCases(r) }
