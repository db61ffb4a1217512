package awsops

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// ErrStopped is why a call gave up waiting for the network or for a fresh login: whoever made it was asked to stop.
var ErrStopped = errors.New("asked to stop while waiting")

// Watch is how the calls under a context wait: for a network that is gone, or for credentials that have expired.
type Watch struct {
	Stop context.Context  // ended: what waits gives up, and calls in flight still finish; nil: only the calls' own context ends them
	Held func(why string) // told when a call begins to wait and when the reason changes, and with "" when it goes on; from many goroutines
}

type watchKey struct{}

// WithWatch gives a context whose calls are watched while they wait.
func WithWatch(ctx context.Context, w Watch) context.Context {
	return context.WithValue(ctx, watchKey{}, w)
}

// watcher is a Watch with its gaps filled.
type watcher struct {
	stop    <-chan struct{} // nil: never
	watched func(why string)
	held    func(why string) // watched, or the Cloud's where nobody watches
}

func (c *Cloud) watcherOf(ctx context.Context) watcher {
	w, _ := ctx.Value(watchKey{}).(Watch)
	out := watcher{watched: w.Held, held: w.Held}
	if w.Stop != nil {
		out.stop = w.Stop.Done()
	}
	if w.Held == nil {
		out.watched, out.held = func(string) {}, c.held
	}
	return out
}

// held tells whoever opened the Cloud when the first call begins to wait and when the last goes on.
func (c *Cloud) held(why string) {
	if c.config.Held == nil {
		return
	}
	c.mu.Lock()
	if why == "" {
		c.waiting--
	} else {
		c.waiting++
	}
	tell := why == "" && c.waiting == 0 || why != "" && c.waiting == 1
	c.mu.Unlock()
	if tell {
		c.config.Held(why)
	}
}

// sleep waits, and says why it was ended early.
func (w watcher) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-w.stop:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// insideKey marks calls that are made for another one, which waits in their stead.
type insideKey struct{}

func inside(ctx context.Context) context.Context { return context.WithValue(ctx, insideKey{}, true) }

// holds is the middleware that lets calls of a source outlast a network that goes away and credentials that expire; session is the role's
// session they are made with, where there is one. It stands before the call log, which shows every call that is made again.
func (c *Cloud) holds(s *source, session *aws.CredentialsCache) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("flowgrantHold",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
				err = c.outlast(ctx, s, session, func(ctx context.Context) error {
					out, metadata, err = next.HandleInitialize(ctx, in)
					return err
				})
				return out, metadata, err
			}), middleware.After)
	}
}

// mostRenewals bounds how often one call is made again with fresh credentials: what is still refused then has another cause.
const mostRenewals = 3

// outlast makes a call, and again after the network came back or somebody logged in again. Both are waited for only where AWS has answered
// before: a wrong endpoint and a wrong key are told at once. A call that was refused for its credentials has not taken effect.
func (c *Cloud) outlast(ctx context.Context, s *source, session *aws.CredentialsCache, call func(context.Context) error) error {
	if ctx.Value(insideKey{}) != nil {
		err := call(ctx)
		if err == nil {
			s.worked.Store(true)
		}
		return err
	}
	for renewals := 0; ; renewals++ {
		seen := s.renewed()
		err := c.reach(ctx, func() error { return call(inside(ctx)) })
		if err == nil {
			s.worked.Store(true)
		}
		if err == nil || renewals == mostRenewals || !lapsed(err) || !s.worked.Load() {
			return err
		}
		if session != nil {
			session.Invalidate()
		}
		if failed := c.renew(ctx, s, seen); failed != nil {
			return fmt.Errorf("%w: %w", failed, err)
		}
	}
}
