package hotplug

import (
	"context"
	"os"
	"testing"
	"time"
)

// The kernel's own event: it makes one when somebody writes to a device's "uevent".
func TestListen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	events, err := listen(ctx)
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	if err := os.WriteFile("/sys/class/tty/tty/uevent", []byte("change"), 0); err != nil {
		t.Logf("no event was made (%v): the test in the virtual machine shows that they come", err)
	} else {
		select {
		case <-events:
		case <-time.After(10 * time.Second):
			t.Log("the event did not come, as in a container: the test in the virtual machine shows that they come elsewhere")
		}
	}
	cancel()
	for range events { // ends
	}
}

func TestSlept(t *testing.T) {
	a := slept()
	if b := slept(); a < 0 || b-a > time.Second || a-b > time.Second {
		t.Errorf("%v, then %v", a, b)
	}
}

// A timer that nobody cancels stays silent, and ends with its context.
func TestJumps(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	events, err := jumps(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range events {
	}
}
