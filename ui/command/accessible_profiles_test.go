//go:build !windows

package command

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowgrant/flowgrant/ui/words"
)

// TestAccessibleWrongProfile names a profile that does not exist: those that do are listed, what is typed wrongly is told, and there is a way
// back to none.
func TestAccessibleWrongProfile(t *testing.T) {
	home := t.TempDir()
	config := filepath.Join(home, "config")
	if err := os.WriteFile(config, []byte("[profile log-archive]\n[profile payments]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, t.TempDir(), "--accessible")
	cmd.Env = append(slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "AWS_") }), "HOME="+home, "AWS_CONFIG_FILE="+config,
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, "none"), "AWS_EC2_METADATA_DISABLED=true", "AWS_PROFILE=payents")
	s := onTerminal(t, cmd)
	for _, said := range [][2]string{{words.SayTryAgain, words.SayOtherWho}, {"3. " + words.SayNoProfile, ""}, {words.SayProfileNeeded, "payents"},
		{"There is no profile payents", words.SayNoProfile}} {
		s.await(said[0])
		if _, err := s.keys.WriteString(said[1] + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	s.await("no credentials were found")
	if _, err := s.keys.WriteString("\x04"); err != nil {
		t.Fatal(err)
	}
	_ = s.code()
	shown := strings.Join(strings.Fields(s.text()), " ")
	for _, want := range []string{"there are: log-archive, payments", "2 profiles in your AWS configuration, or none", "1. log-archive 2. payments 3. No profile: " + words.SayNoProfileMeans,
		words.SayProfileNeeded, "There is no profile payents. Pick one of the list."} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown:\n%s", want, s.text())
		}
	}
}
