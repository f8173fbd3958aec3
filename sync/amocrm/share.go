package amocrm

import (
	"context"
	"errors"
	"sync"
	"time"
)

// burst is how many requests may go at once after a pause: a customer and a
// sale with points are four.
const burst = 4

// share is this till's part of the requests that the chain may make. What a
// cashier waits for goes first: the rest leaves half of a burst to it.
type share struct {
	mu     sync.Mutex
	rate   float64 // requests a second
	left   float64 // requests that may go now
	filled time.Time
}

func newShare(rate float64) *share { return &share{rate: rate, left: burst, filled: time.Now()} }

var errShare = errors.New("this till's share of requests is used up, and there is no time to wait")

// wait waits until a request may go. An error says that it may not within ctx.
func (s *share) wait(ctx context.Context, urgent bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		d := s.take(urgent)
		if d == 0 {
			return nil
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
			return errShare
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// take takes a request, or says how long to wait before asking again.
func (s *share) take(urgent bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.left = min(burst, s.left+now.Sub(s.filled).Seconds()*s.rate)
	s.filled = now
	need := 1.0
	if !urgent {
		need += burst / 2
	}
	if s.left >= need {
		s.left--
		return 0
	}
	return max(time.Millisecond, time.Duration((need-s.left)/s.rate*float64(time.Second)))
}

// empty makes every request wait its turn from now on: the CRM said too many.
func (s *share) empty() {
	s.mu.Lock()
	s.left, s.filled = 0, time.Now()
	s.mu.Unlock()
}
