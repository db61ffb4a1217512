//go:build unix

package steps_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowgrant/flowgrant/awsops/sandbox"
)

// serveEnv makes the test binary a sandbox in a process of its own: ACCOUNTS,REGIONS,VPCS,RTT.
const serveEnv = "FLOWGRANT_TEST_SERVE"

func TestMain(m *testing.M) {
	if size := os.Getenv(serveEnv); size != "" {
		if err := serveSandbox(size); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveSandbox(size string) error {
	var accounts, regions, vpcs int
	var rtt string
	if _, err := fmt.Sscanf(strings.ReplaceAll(size, ",", " "), "%d %d %d %s", &accounts, &regions, &vpcs, &rtt); err != nil {
		return err
	}
	delay, err := time.ParseDuration(rtt)
	if err != nil {
		return err
	}
	options := sandbox.Options{RTT: delay}
	if accounts > 0 {
		options.Seed = &sandbox.Scale{Accounts: accounts, Regions: []string{"us-east-1", "eu-west-1"}[:regions], VPCs: vpcs}
	}
	world, err := sandbox.Open(options)
	if err != nil {
		return err
	}
	server, err := sandbox.Serve(context.Background(), world, "127.0.0.1:0")
	if err != nil {
		return err
	}
	environment, err := world.Environment(os.TempDir()+fmt.Sprintf("/flowgrant-bench-%d", os.Getpid()), server.URL)
	if err != nil {
		return err
	}
	for _, line := range environment {
		fmt.Println(line)
	}
	fmt.Println()
	return server.Wait()
}

// startSandbox starts the sandbox in another process and gives the environment that leads to it.
func startSandbox(b *testing.B, size string) []string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+size)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(os.TempDir() + fmt.Sprintf("/flowgrant-bench-%d", cmd.Process.Pid))
	})
	var environment []string
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != ""; {
		environment = append(environment, lines.Text())
	}
	if len(environment) == 0 {
		b.Fatal("the sandbox did not start")
	}
	return environment
}

// timedCall is a line of the call log.
type timedCall struct {
	Service   string
	Operation string
	Time      time.Time
	MS        float64
}

func (c timedCall) end() time.Time {
	return c.Time.Add(time.Duration(c.MS * float64(time.Millisecond)))
}

// upToDelivery reads a call log up to the first listing of delivered objects.
func upToDelivery(b *testing.B, file string) (calls []timedCall, wall time.Duration) {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	calls = parseCalls(b, data)
	slices.SortFunc(calls, func(x, y timedCall) int { return x.Time.Compare(y.Time) })
	if i := slices.IndexFunc(calls, func(c timedCall) bool { return c.Operation == "ListObjectsV2" }); i >= 0 {
		wall = calls[i].Time.Sub(calls[0].Time)
		calls = calls[:i]
	}
	return calls, wall
}

func parseCalls(b *testing.B, data []byte) (calls []timedCall) {
	b.Helper()
	for line := range strings.Lines(string(data)) {
		var c timedCall
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			b.Fatal(err)
		}
		calls = append(calls, c)
	}
	return calls
}

// longestChain is the longest sequence of calls each of which starts after the one before ended.
func longestChain(calls []timedCall) int {
	longest := 0
	depth := make([]int, len(calls))
	for i, c := range calls {
		depth[i] = 1
		for j := range i {
			if depth[j]+1 > depth[i] && !calls[j].end().After(c.Time) {
				depth[i] = depth[j] + 1
			}
		}
		longest = max(longest, depth[i])
	}
	return longest
}

// BenchmarkApply measures a whole centralized apply of the real program up to the first look for delivered logs, at 80 ms a call.
func BenchmarkApply(b *testing.B) {
	const rtt = 80 * time.Millisecond
	program := filepath.Join(b.TempDir(), "flowgrant")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, size := range []struct {
		name          string
		accounts      int
		regions, vpcs int
	}{{"2-accounts", 0, 1, 0}, {"50-accounts-2-regions-10-vpcs", 50, 2, 10}, {"50-accounts-2-regions-40-vpcs", 50, 2, 40}} {
		b.Run(size.name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "setup.yaml")
			if err := os.WriteFile(file, []byte(benchFile(size.accounts, size.regions)), 0o600); err != nil {
				b.Fatal(err)
			}
			var calls, chain, wall, peak float64
			for range b.N {
				environment := startSandbox(b, fmt.Sprintf("%d,%d,%d,%s", size.accounts, size.regions, size.vpcs, rtt))
				state := b.TempDir()
				log := filepath.Join(state, "calls.jsonl")
				cmd := exec.Command(program, "apply", "-f", file, "--yes", "--wait", "0", "--state-dir", state, "--debug", log, "--output", "json")
				cmd.Env = append(os.Environ(), environment...)
				out, err := cmd.CombinedOutput()
				if code := cmd.ProcessState.ExitCode(); code != 0 && code != 4 {
					b.Fatalf("apply: %v\n%s", err, out)
				}
				made, took := upToDelivery(b, log)
				calls += float64(len(made))
				chain += float64(longestChain(made))
				wall += took.Seconds()
				if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
					peak = max(peak, float64(usage.Maxrss)/1024)
				}
			}
			n := float64(b.N)
			b.ReportMetric(calls/n, "calls")
			b.ReportMetric(chain/n, "chain")
			b.ReportMetric(wall/n, "s-wall")
			b.ReportMetric(wall/(chain*rtt.Seconds()), "wall/(chain×RTT)")
			b.ReportMetric(peak, "MiB-peak")
		})
	}
}

func benchFile(accounts, regions int) string {
	list := "[us-east-1]"
	if regions == 2 {
		list = "[us-east-1, eu-west-1]"
	}
	file := strings.Replace(centralFile, "regions: [us-east-1]", "regions: "+list, 1)
	if accounts == 0 {
		return file
	}
	file = file[:strings.Index(file, "resource_accounts:")] + "resource_accounts:\n"
	for i := range accounts {
		file += fmt.Sprintf("  - {id: \"%d\", name: Account %d, credentials: {assume_role: OrganizationAccountAccessRole}}\n", 300000000001+i, i+1)
	}
	return file
}
