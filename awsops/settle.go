package awsops

import (
	"context"
	"math/rand/v2"
	"time"
)

// settleTime bounds the wait for something just made to be visible everywhere: IAM and others are eventually
// consistent (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html).
const settleTime = 30 * time.Second

// Settle runs do until it no longer fails for want of something that was just made (NotFound, NotReady), for about
// 30 seconds. It returns do's last error.
func Settle(ctx context.Context, do func(context.Context) error) error {
	deadline := time.Now().Add(settleTime)
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := do(ctx)
		switch MeaningOf(err) {
		case NotFound, NotReady:
		default:
			return err
		}
		if time.Now().Add(pause).After(deadline) || !sleep(ctx, pause) {
			return err
		}
	}
}

// conflictAttempts bounds the retries of a write that met another one on its way.
const conflictAttempts = 6

// retryConflict runs a write again when AWS refused it because another write was under way (S3 OperationAborted, IAM
// ConcurrentModification), which the SDK's retryer does not do.
func retryConflict(ctx context.Context, do func() error) error {
	pause := 250 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || !passingConflict(err) || attempt == conflictAttempts {
			return err
		}
		if !sleep(ctx, pause+rand.N(pause/2)) {
			return err
		}
		pause *= 2
	}
}

// sleep waits for d and says whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
