package policy

import (
	"errors"
	"strings"
	"testing"
)

func TestSize(t *testing.T) {
	text := "{\n  \"Sid\": \"a b\\\" c\",\t\"ü\": [ ]\n}"
	if n := Size(ManagedPolicy, text); n != len(`{"Sid":"a b\" c","u":[]}`) {
		t.Errorf("IAM counts %d", n)
	}
	if n := Size(BucketPolicy, text); n != len(text) {
		t.Errorf("S3 counts %d", n)
	}
	for kind, limit := range map[Kind]int{BucketPolicy: 20480, TrustPolicy: 2048, InlinePolicies: 10240, ManagedPolicy: 6144, KeyPolicy: 32768} {
		if Limit(kind) != limit {
			t.Errorf("limit of %s: %d", kind, Limit(kind))
		}
		if err := CheckSize(kind, strings.Repeat("x", limit)); err != nil {
			t.Errorf("%s of exactly the limit: %v", kind, err)
		}
		var le *LimitError
		err := CheckSize(kind, strings.Repeat("x", limit+7))
		if !errors.As(err, &le) || le.Kind != kind || le.Size != limit+7 || le.Limit != limit || !strings.Contains(err.Error(), " 7 more than") {
			t.Errorf("%s past the limit: %v", kind, err)
		}
	}
	half := strings.Repeat("x", 6000)
	if CheckSize(ManagedPolicy, half, half) != nil {
		t.Error("managed policies count together")
	}
	if err := CheckSize(InlinePolicies, half, half); err == nil || !strings.Contains(err.Error(), "have together 12000 characters, 1760 more") {
		t.Errorf("inline policies do not count together: %v", err)
	}
}
