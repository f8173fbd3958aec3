package vm_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// wiredTill is the till of the scanners over the wire. The last of them is not there
// at first: it is plugged in while the machine sleeps.
const wiredTill = fourScanners + `
[[scanner.hid]]
usb = "0c2e:1007"
serial_number = "B"
[[scanner.hid]]
usb = "05e0:2100"
`

// TestWireGuest is the guest's side: it says what the real program reads and how its
// scanners are, puts the machine to sleep when a code says so, and ends.
func TestWireGuest(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, wiredTill)
	fmt.Println("WAITING")
	was, naps := map[string]string{}, 0
	var count *counts
	var keysLost uint64
	idle := time.NewTimer(patience)
	for look := time.NewTicker(100 * time.Millisecond); ; {
		lost := 0
		for id, st := range d.driven() {
			switch {
			case id != "evdev:usb-0c2e-0b01":
				lost += int(st.Lost)
			case st.Lost != keysLost:
				keysLost = st.Lost
				fmt.Println("LOST keys")
			}
			if now := fmt.Sprint(st.State, " ", st.Opens); was[id] != now {
				was[id] = now
				fmt.Printf("STATE %s %s\n", id, now)
			}
		}
		select {
		case code := <-d.codes:
			idle.Reset(patience)
			fmt.Printf("SCAN %s\n", code)
			if strings.Contains(code, "HALF") {
				t.Errorf("a code that was cut off came out: %q", code)
			}
			switch code {
			case "SLEEP":
				naps++
				nap(t)
			case "COUNT":
				now := counts{d.process().Files, d.process().Goroutines, lost}
				t.Logf("%+v", now)
				// One connection of the test, more or less, is the difference between two looks.
				if count != nil && (now.files > count.files+2 || now.goroutines > count.goroutines+4 || now.lost != count.lost) {
					t.Errorf("before the sleep %+v", *count)
				}
				count = &now
			case "END":
				if n := strings.Count(d.log.String(), "the machine was asleep"); n != naps {
					t.Errorf("the program noticed %d of %d sleeps", n, naps)
				}
				return
			}
		case <-look.C:
		case <-idle.C:
			t.Fatalf("nothing was read for %v: %+v", patience, d.driven())
		}
	}
}

// counts is what must not grow.
type counts struct{ files, goroutines, lost int }

// nap puts the machine to sleep (ACPI S3) until somebody wakes it: the clock that
// goes on then is ahead of the one that does not.
func nap(t *testing.T) {
	t.Helper()
	ahead := func() time.Duration {
		var mono, boot unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono); err != nil {
			t.Fatal(err)
		}
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot); err != nil {
			t.Fatal(err)
		}
		return time.Duration(boot.Nano() - mono.Nano())
	}
	before := ahead()
	err := os.WriteFile("/sys/power/state", []byte("mem"), 0)
	for end := time.Now().Add(patience); errors.Is(err, unix.EBUSY) && time.Now().Before(end); {
		time.Sleep(time.Second) // a device had something to say as it was put to sleep
		err = os.WriteFile("/sys/power/state", []byte("mem"), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	asleep := ahead() - before
	if asleep < time.Second {
		t.Errorf("the clocks know of %v of sleep", asleep)
	}
	t.Logf("asleep for %v", asleep.Round(10*time.Millisecond))
	fmt.Println("AWAKE")
}
