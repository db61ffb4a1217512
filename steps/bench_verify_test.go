//go:build unix

package steps_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkVerify measures a whole verify of the real program, at 80 ms a call, of a set-up whose logs have arrived.
func BenchmarkVerify(b *testing.B) {
	const rtt = 80 * time.Millisecond
	program := filepath.Join(b.TempDir(), "flowgrant")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, size := range []struct{ accounts, regions, vpcs int }{{50, 2, 1}} {
		b.Run(fmt.Sprintf("%d-accounts-%d-regions-%d-vpcs", size.accounts, size.regions, size.vpcs), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "setup.yaml")
			if err := os.WriteFile(file, []byte(benchFile(size.accounts, size.regions)), 0o600); err != nil {
				b.Fatal(err)
			}
			environment := append(os.Environ(), startSandbox(b, fmt.Sprintf("%d,%d,%d,%s", size.accounts, size.regions, size.vpcs, rtt))...)
			state := b.TempDir()
			run := func(args ...string) {
				b.Helper()
				cmd := exec.Command(program, append(args, "-f", file, "--state-dir", state, "--output", "json")...)
				cmd.Env = environment
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %v\n%.2000s", args, err, out)
				}
			}
			run("apply", "--yes")
			log := filepath.Join(state, "calls.jsonl")
			var wall, calls, chain float64
			for b.Loop() {
				started := time.Now()
				run("verify", "--debug", log)
				wall += time.Since(started).Seconds()
				made := readCalls(b, log)
				calls += float64(len(made))
				chain += float64(longestChain(made))
			}
			n := float64(b.N)
			b.ReportMetric(wall/n, "s-wall")
			b.ReportMetric(calls/n, "calls")
			b.ReportMetric(chain/n, "chain")
			if wall/n > 3 {
				b.Errorf("verify took %.2f s", wall/n)
			}
		})
	}
}

func readCalls(b *testing.B, file string) []timedCall {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	calls := parseCalls(b, data)
	slices.SortFunc(calls, func(x, y timedCall) int { return x.Time.Compare(y.Time) })
	return calls
}
