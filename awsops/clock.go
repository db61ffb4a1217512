package awsops

import (
	"net/http"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// clock knows how far this machine's clock is from AWS's, by the Date of AWS's answers. It is safe for concurrent use.
type clock struct {
	mu     sync.Mutex
	behind time.Duration // of this machine's clock; below zero: it is ahead
}

// note takes the Date of an answer, which has whole seconds and was given between sent and received. A distance that explains it stays.
func (k *clock) note(sent, received, date time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	earliest, latest := sent.Round(0).Add(k.behind), received.Round(0).Add(k.behind)
	switch {
	case date.Add(time.Second).Before(earliest):
		k.behind += date.Add(time.Second).Sub(earliest)
	case date.After(latest):
		k.behind += date.Sub(latest)
	}
}

func (k *clock) off() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.behind
}

// answered takes the Date of an attempt's answer, where it has one. An error that this machine's clock explains is marked to be tried again:
// the SDK then signs by AWS's time. By itself it knows only some codes of such errors, and neither EC2's RequestExpired, which also stands for
// expired credentials, nor S3's answers to HEAD, which have no code. Source: EC2 API error codes, RequestExpired.
func (k *clock) answered(sent time.Time, in middleware.DeserializeInput, out middleware.DeserializeOutput, err error) error {
	request, isHTTP := in.Request.(*smithyhttp.Request)
	raw, ok := out.RawResponse.(*smithyhttp.Response)
	if !isHTTP || !ok || raw == nil || raw.Response == nil {
		return err
	}
	date, bad := http.ParseTime(raw.Header.Get("Date"))
	if bad != nil {
		return err
	}
	k.note(sent, time.Now(), date)
	signed, bad := time.Parse("20060102T150405Z", request.Header.Get("X-Amz-Date"))
	if err == nil || bad != nil || date.Sub(signed).Abs() <= clockTolerance {
		return err
	}
	return &skewError{err}
}

// clockTolerance is how far a signature's date may be off before it may be what a call was refused for: AWS allows five minutes.
const clockTolerance = 4 * time.Minute

// skewError is a refusal of a call that was signed with a date that is too far off.
type skewError struct{ err error }

func (e *skewError) Error() string        { return e.err.Error() }
func (e *skewError) Unwrap() error        { return e.err }
func (e *skewError) RetryableError() bool { return true }

// Now is AWS's time, as far as its answers told it.
func (c *Cloud) Now() time.Time { return time.Now().Add(c.clock.off()) }

// ClockBehind is how far this machine's clock is behind AWS's; below zero: it is ahead. The Date of AWS's answers tells it to the second.
func (c *Cloud) ClockBehind() time.Duration { return c.clock.off() }
