package awsops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/singleflight"
)

const (
	outageWait   = 5 * time.Minute // how long a network that is gone is waited for
	probeTimeout = 15 * time.Second
	slowestProbe = 10 * time.Second // longest pause between two tries
)

// network remembers whether AWS answers. It is safe for concurrent use.
type network struct {
	probing singleflight.Group
	mu      sync.Mutex
	known   bool      // it has answered in this process
	since   time.Time // it has not answered since; zero: it does
}

func (n *network) answered() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known, n.since = true, time.Time{}
}

func (n *network) hasAnswered() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known
}

// gone gives the time since which it does not answer, which is at least that of a call.
func (n *network) gone(call time.Time) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.since.IsZero() {
		n.since = call
	}
	return n.since
}

// lost says whether no answer of AWS came: the network, or a name that does not resolve.
func lost(err error) bool {
	if err == nil {
		return false
	}
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) && !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "EC2 IMDS") {
		return true // also where credentials were to be fetched
	}
	meaning, code, _ := classify(err)
	return meaning == Unreachable || code == "" && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET))
}

// outageError says that a network did not come back.
type outageError struct {
	since time.Time
	err   error
}

func (e *outageError) Error() string {
	return fmt.Sprintf("the network has not been reachable since %s: %v", e.since.Local().Format(time.TimeOnly), e.err)
}

func (e *outageError) Unwrap() error { return e.err }

// reach makes a call until AWS answers. While AWS answers others, it gets the usual tries; while nothing answers, it waits and is made
// again once something does, for five minutes.
func (c *Cloud) reach(ctx context.Context, call func() error) error {
	w, told := c.watcherOf(ctx), false
	defer func() {
		if told {
			w.held("")
		}
	}()
	var first time.Time
	for try, pause := 1, 250*time.Millisecond; ; try, pause = try+1, 2*pause {
		begun := time.Now()
		err := call()
		if !lost(err) {
			if err == nil || requestIDOf(err) != "" {
				c.network.answered()
			}
			return err
		}
		if ctx.Err() != nil || !c.network.hasAnswered() {
			return err
		}
		if first.IsZero() {
			first = begun
		}
		if stopped := w.sleep(ctx, pause); stopped != nil {
			return fmt.Errorf("%w: %w", stopped, err)
		}
		for wait := time.Second; try > 1 && !c.probe(ctx); wait = min(2*wait, slowestProbe) {
			since := c.network.gone(first)
			if time.Since(since) >= outageWait {
				return &outageError{since, err}
			}
			if !told {
				told = true
				w.held(fmt.Sprintf("the network is not reachable since %s; trying again until %s",
					since.Local().Format(time.TimeOnly), since.Add(outageWait).Local().Format(time.TimeOnly)))
			}
			if stopped := w.sleep(ctx, wait); stopped != nil {
				return fmt.Errorf("%w: %w", stopped, err)
			}
		}
		if try == maxAttempts {
			return err
		}
	}
}

// probe asks whether AWS answers anything at all; whoever asks at the same moment gets the same answer.
func (c *Cloud) probe(ctx context.Context) bool {
	asking := c.network.probing.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(inside(context.WithoutCancel(ctx)), probeTimeout)
		defer cancel()
		_, err := sts.NewFromConfig(c.start.config, func(o *sts.Options) { o.Retryer = aws.NopRetryer{} }).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if lost(err) {
			return false, nil
		}
		c.network.answered()
		return true, nil
	})
	select {
	case <-ctx.Done():
		return true // the call is over in any case
	case result := <-asking:
		there, _ := result.Val.(bool)
		return there
	}
}
