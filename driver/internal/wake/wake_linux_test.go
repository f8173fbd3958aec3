package wake

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"
)

func ready(t *testing.T, f File, milliseconds int) bool {
	t.Helper()
	n, err := unix.Poll([]unix.PollFd{f.Poll()}, milliseconds)
	if err != nil && err != unix.EINTR {
		t.Fatal(err)
	}
	return n == 1
}

func TestWake(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if ready(t, f, 0) {
		t.Error("woken by nobody")
	}
	f.Wake()
	f.Wake()
	if !ready(t, f, -1) {
		t.Error("not woken")
	}
	if f.Drain(); ready(t, f, 0) {
		t.Error("still woken")
	}
}

func TestWhen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f, done, err := When(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if !ready(t, f, -1) {
		t.Error("not woken")
	}
	done()
}
