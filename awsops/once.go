package awsops

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// once keeps a value that is costly to get: whoever asks while it is being got waits for the same answer. A failure is
// told to all who waited and tried again by the next who asks.
type once[T any] struct {
	asking singleflight.Group
	mu     sync.Mutex
	known  bool
	value  T
}

// peek is the value where it is known already.
func (o *once[T]) peek() (T, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.value, o.known
}

// get returns the value, got by fetch under the context of one of those who ask.
func (o *once[T]) get(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value     T
		err       error
		abandoned bool // the one who asked gave up
	}
	for {
		if value, known := o.peek(); known {
			return value, nil
		}
		answer := o.asking.DoChan("", func() (any, error) {
			if value, known := o.peek(); known {
				return outcome{value: value}, nil
			}
			value, err := fetch(ctx)
			if err == nil {
				o.mu.Lock()
				o.value, o.known = value, true
				o.mu.Unlock()
			}
			return outcome{value, err, ctx.Err() != nil}, nil
		})
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case result := <-answer:
			got := result.Val.(outcome)
			if got.err != nil && got.abandoned && ctx.Err() == nil {
				continue
			}
			return got.value, got.err
		}
	}
}
