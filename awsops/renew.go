package awsops

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	lookEvery   = 3 * time.Second // for fresh credentials
	lookTimeout = 30 * time.Second
)

// renewable are credentials whose provider can be replaced under the clients that use it.
type renewable struct {
	current atomic.Pointer[aws.CredentialsProvider]
}

func newRenewable(provider aws.CredentialsProvider) *renewable {
	r := &renewable{}
	r.current.Store(&provider)
	return r
}

// Retrieve gives the credentials of the present provider.
func (r *renewable) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return (*r.current.Load()).Retrieve(ctx)
}

// IsCredentialsProvider says whether the present provider is of the type of target.
func (r *renewable) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(*r.current.Load(), target)
}

// renewal is one wait for fresh credentials of a source. All calls that met the same expiry share it.
type renewal struct {
	cancel  context.CancelFunc
	waiting int              // calls
	asked   chan struct{}    // closed when fresh credentials are not there already
	why     string           // known when asked is closed
	done    chan struct{}    // closed when it is over
	err     error            // known when done is closed; nil: there are fresh credentials
	looks   chan chan<- bool // somebody wants a look at once
}

// renewed counts how often the credentials were renewed.
func (s *source) renewed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh
}

// renew waits until the credentials that a call was refused for are replaced by fresh ones of the same account. seen is how often they had
// been renewed when the call was made.
func (c *Cloud) renew(ctx context.Context, s *source, seen int) error {
	s.mu.Lock()
	if s.fresh != seen {
		s.mu.Unlock()
		return nil
	}
	r := s.renewal
	if r == nil {
		r = &renewal{asked: make(chan struct{}), done: make(chan struct{}), looks: make(chan chan<- bool)}
		var until context.Context
		until, r.cancel = context.WithCancel(inside(context.WithoutCancel(ctx)))
		s.renewal = r
		go c.awaitLogin(until, s, r)
	}
	r.waiting++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.waiting--; r.waiting == 0 {
			r.cancel()
		}
	}()
	w, asked := c.watcherOf(ctx), r.asked
	for {
		select {
		case <-r.done:
			if errors.Is(r.err, context.Canceled) && ctx.Err() == nil { // the others had left
				return c.renew(ctx, s, seen)
			}
			return r.err
		case <-w.stop:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		case <-asked:
			asked = nil
			w.watched(r.why)
			defer w.watched("")
		}
	}
}

func (c *Cloud) awaitLogin(ctx context.Context, s *source, r *renewal) {
	err := c.login(ctx, s, r)
	s.mu.Lock()
	var lapse *lapseError
	if err == nil {
		s.fresh++
		s.gaveUp = nil
	} else if errors.As(err, &lapse) {
		s.gaveUp = err
	}
	r.err, s.renewal = err, nil
	s.mu.Unlock()
	close(r.done)
}

// login looks until there are fresh credentials. Those that came meanwhile serve without a word.
func (c *Cloud) login(ctx context.Context, s *source, r *renewal) error {
	who, _ := s.who.peek()
	refused, found := c.look(ctx, s, who, false)
	if found {
		return nil
	}
	s.mu.Lock()
	gaveUp := s.gaveUp
	s.mu.Unlock()
	if gaveUp != nil {
		return gaveUp
	}
	from := origin{do: "the embedded AWS logs in again by itself after some seconds"}
	if c.config.Embedded == nil {
		from = s.origin(ctx)
	}
	whose := "the starting credentials"
	if p := cmp.Or(from.profile, s.profile); p != "" {
		whose = "the credentials of profile " + p
	}
	if from.fixed {
		return &lapseError{why: whose + " have expired, and those of environment variables cannot be renewed while the program runs", fix: from.do}
	}
	begun := time.Now()
	l := Lapse{Profile: cmp.Or(from.profile, s.profile), Account: who.Account, ARN: who.ARN, Command: from.command, Do: from.do, Refused: refused, Look: func() {
		looked := make(chan bool)
		select {
		case r.looks <- looked:
			<-looked
		case <-r.done:
		}
	}}
	var end <-chan time.Time
	if c.config.LoginWait > 0 {
		l.Until = begun.Add(c.config.LoginWait)
		end = time.After(c.config.LoginWait)
	}
	r.why = whose + " have expired; waiting for a fresh login"
	close(r.asked)
	tell := func() context.CancelFunc {
		ctx, over := context.WithCancel(ctx)
		if c.config.Lapsed != nil {
			go c.config.Lapsed(ctx, l)
		}
		return over
	}
	over := tell()
	defer func() { over() }()
	for {
		var looked chan<- bool
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return &lapseError{why: fmt.Sprintf("%s have expired, and no fresh login came within %s", whose, c.config.LoginWait), fix: cmp.Or(quotedCommand(from.command), from.do)}
		case looked = <-r.looks:
		case <-time.After(lookEvery):
		}
		refused, found := c.look(ctx, s, who, looked != nil)
		if looked != nil {
			close(looked)
		}
		if found {
			return nil
		}
		if refused != "" && refused != l.Refused {
			over()
			l.Refused = refused
			over = tell()
		}
	}
}

func quotedCommand(command string) string {
	if command == "" {
		return ""
	}
	return "run `" + command + "`"
}

// look reads the configuration anew and takes over credentials that AWS accepts and that are of the same account; refused says why others
// cannot serve. Only a look that a person wants asks for an MFA code.
func (c *Cloud) look(ctx context.Context, s *source, who Identity, person bool) (refused string, found bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	loaded, err := c.load(ctx, s.asked)
	if err != nil {
		return "", false // files that are being written
	}
	loaded.roles.quiet.Store(!person)
	out, err := sts.NewFromConfig(loaded.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	switch {
	case err != nil && (lapsed(err) || lost(err) || ctx.Err() != nil):
		return "", false
	case err != nil:
		var mfa *mfaError
		if errors.As(err, &mfa) {
			return "", false
		}
		_, code, message := classify(err)
		return fmt.Sprintf("what is there now is not accepted: %s (%s)", message, code), false
	case who.Account != "" && aws.ToString(out.Account) != who.Account: // where nobody knew yet, whoever asks next checks it
		return fmt.Sprintf("what is there now is of account %s (%s), and account %s is wanted", aws.ToString(out.Account), aws.ToString(out.Arn), who.Account), false
	}
	loaded.roles.quiet.Store(false)
	s.keys.current.Store(loaded.keys.current.Load())
	return "", true
}
