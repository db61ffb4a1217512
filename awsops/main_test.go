package awsops_test

import (
	"os"
	"strings"
	"testing"
)

// The tests set the AWS that they need: what the machine has set, and a proxy, which would be asked for the loopback too, is none of theirs.
func TestMain(m *testing.M) {
	for _, set := range os.Environ() {
		if name, _, _ := strings.Cut(set, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("NO_PROXY", "127.0.0.1,localhost,::1")
	os.Exit(m.Run())
}
