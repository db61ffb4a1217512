//go:build unix

package command

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// breaking breaks every nth call.
type breaking struct {
	kind string // throttled, 500, dropped
	n    int
	mode scenario
}

func (b breaking) String() string {
	return fmt.Sprintf("%s, every %d. call %s", b.mode, b.n, b.kind)
}

// refuse answers a call as its service would: throttled, or failed inside.
func (b breaking) refuse(w http.ResponseWriter, r *http.Request, c seen) {
	code, status := "InternalFailure", http.StatusInternalServerError
	if b.kind == "throttled" {
		code, status = "Throttling", http.StatusBadRequest
	}
	switch signed := r.Header.Get("Authorization"); {
	case r.Header.Get("X-Amz-Target") != "":
		if b.kind == "throttled" {
			code = "ThrottlingException"
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"broken by the test"}`, code)
	case strings.Contains(signed, "/ec2/"):
		if b.kind == "throttled" {
			code, status = "RequestLimitExceeded", http.StatusServiceUnavailable
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<Response><Errors><Error><Code>%s</Code><Message>broken by the test</Message></Error></Errors><RequestID>r</RequestID></Response>`, code)
	case strings.Contains(signed, "/s3/"):
		if b.kind == "throttled" {
			code, status = "SlowDown", http.StatusServiceUnavailable
		}
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code><Message>broken by the test</Message></Error>`, code)
		}
	default:
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>broken by the test</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code)
	}
}

// TestEveryNthCallBroken wants a run whose every nth call is throttled, failed or dropped to end verified, or to stop with a clear cause
// and a resume that ends verified; either way the world is the one that an undisturbed run leaves.
func TestEveryNthCallBroken(t *testing.T) {
	every := []int{4, 7}
	if slow {
		every = []int{2, 3, 4, 5, 6, 7}
	}
	modes := scenarios(t)[:2]
	undisturbed := map[string][]byte{}
	var cases []breaking
	for _, mode := range modes {
		s := newServed(t, nil, nil)
		s.run(mode.args...)
		s.must("resume", mode.setup, "--yes")
		undisturbed[mode.name] = s.settled()
		for _, n := range every {
			for _, kind := range []string{"throttled", "500", "dropped"} {
				cases = append(cases, breaking{kind, n, mode})
			}
		}
	}
	var mu sync.Mutex
	ends := map[string]int{}
	each(t, cases, func(t *testing.T, b breaking) {
		var calls atomic.Int32
		var whole atomic.Bool // the calls are broken no more
		var s *served
		s = newServed(t, nil, func(w http.ResponseWriter, r *http.Request, c seen) {
			switch {
			case whole.Load() || int(calls.Add(1))%b.n != 0:
				s.handle(w, r)
			case b.kind == "dropped":
				s.handle(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			default:
				b.refuse(w, r, c)
			}
		})
		args := append([]string{}, b.mode.args...)
		for i := range args {
			if args[i] == "--wait" { // it waits
				args[i+1] = "2m"
			}
		}
		code, stdout, said := s.run(append(args, "--output", "json")...)
		end := "verified at once"
		switch {
		case code == 0 && strings.Contains(lastLine(stdout), `"status":"verified"`):
		case code == exitFailed && regexp.MustCompile(`Cause: .{10}`).MatchString(said) && strings.Contains(said, "What to do: "):
			end = "stopped, then verified"
		default:
			t.Fatalf("exit code %d\n%s\n%s", code, said, lastLine(stdout))
		}
		whole.Store(true)
		s.must("resume", b.mode.setup, "--yes")
		if found := differences(t, undisturbed[b.mode.name], s.settled()); len(found) > 0 {
			t.Errorf("after %s:\n%s", end, strings.Join(found, "\n"))
		}
		mu.Lock()
		ends[end]++
		mu.Unlock()
	})
	t.Logf("%d runs: %v", len(cases), ends)
}
