package vm_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

// cpu is the processor time that a process has used, all threads (Linux,
// Documentation/scheduler/sched-stats.rst: the first number of schedstat).
func cpu(t *testing.T, pid int) (sum time.Duration) {
	t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, th := range threads {
		b, err := os.ReadFile(th)
		if err != nil {
			continue // it has ended
		}
		n, err := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}

// wakeups is how often the threads of a process went to sleep and had to be woken:
// what idle costs, whatever the processor is made of.
func wakeups(t *testing.T, pid int) (sum int) {
	t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, th := range threads {
		b, _ := os.ReadFile(th)
		_, after, _ := strings.Cut(string(b), "\nvoluntary_ctxt_switches:")
		n, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(after, "\n", 2)[0]))
		if err == nil { // it may have ended
			sum += n
		}
	}
	return sum
}

// What four scanners cost while nobody scans, what a scan costs, and how long a code
// takes to the keyboard that types it into the POS.
func TestDaemonFigures(t *testing.T) {
	vm.Inside(t)
	devices := fourDevices()
	d := newDaemon(t, fourScanners)
	pid := d.process().PID
	const idle = 15 * time.Second
	rest := func(with string) {
		t.Helper()
		time.Sleep(5 * time.Second) // a scanner that was used just now is asked more often
		before, slept := cpu(t, pid), wakeups(t, pid)
		time.Sleep(idle)
		used, woken := cpu(t, pid)-before, wakeups(t, pid)-slept
		t.Logf("idle with %s: %v of processor time in %v, %.3f %% of a core; %.1f times woken a second", with, used, idle, 100*float64(used)/float64(idle), float64(woken)/idle.Seconds())
		if used > idle/4 {
			t.Error("idle takes more than a quarter of a core: something does not wait")
		}
	}
	rest("no scanner")
	for _, dev := range devices {
		replug(t, dev)
	}
	d.until(driver.Ready, fourIDs...)
	rest("four scanners")
	for i, dev := range devices {
		const n = 50
		before := cpu(t, pid)
		for k := range n {
			d.read(dev, fmt.Sprintf("29%011d", k))
		}
		t.Logf("%s: %v of processor time a scan, %d scans", fourIDs[i], (cpu(t, pid)-before)/n, n)
	}
	d.typing(devices[0])
}

// typing measures the way through uinput: from the scanner's last report to the
// first key that the kernel hands to whoever has the window.
func (d *daemon) typing(dev *vusb.Device) {
	d.Helper()
	text, err := os.ReadFile(d.file())
	if err != nil {
		d.Fatal(err)
	}
	i := strings.Index(string(text), "[forward]")
	j := i + strings.Index(string(text)[i:], "\n\n")
	typing := string(text)[:i] + "[forward]\nto = \"keys\"\n" + string(text)[j:]
	d.kill()
	if err := os.WriteFile(d.file(), []byte(typing), 0o600); err != nil {
		d.Fatal(err)
	}
	d.launch()
	d.until(driver.Ready, fourIDs...)
	fd := eventDevice(d.T, "tillgate")
	y := &typed{}
	us, err := keyboard.LayoutNamed("us")
	if err != nil {
		d.Fatal(err)
	}
	window := keyboard.New(keyboard.Options{Layout: us, Suffix: keyboard.Enter, Silence: time.Minute}, y, time.Now().Add(-time.Minute))
	buf, keys := make([]byte, 24*64), map[uint16]bool{}
	// typed lets the scanner read a code and says what came out of the keyboard, and
	// how long after the scanner's report its first key did.
	typed := func(code, aim string) (text string, first time.Duration) {
		scan(d.T, dev, vusb.Code{Data: []byte(code), AIM: aim})
		for began := time.Now(); len(y.scans) == 0; {
			n, _ := unix.Read(fd, buf)
			for b := buf[:max(n, 0)]; len(b) >= 24; b = b[24:] {
				if binary.NativeEndian.Uint16(b[16:]) != 1 {
					continue
				}
				if first == 0 {
					first = time.Since(began)
				}
				k := binary.NativeEndian.Uint16(b[18:])
				keys[k] = true
				window.Key(k, binary.NativeEndian.Uint32(b[20:]) == 1, time.Now())
			}
			if n <= 0 {
				time.Sleep(200 * time.Microsecond)
			}
			if time.Since(began) > patience {
				d.Fatalf("%q was not typed", code)
			}
		}
		text, y.scans = y.scans[0], y.scans[1:]
		return text, first
	}
	var first []time.Duration
	for k := range 100 {
		code := fmt.Sprintf("29%011d", k)
		text, took := typed(code, "]E0")
		if first = append(first, took); text != code {
			d.Errorf("typed %q, want %q", text, code)
		}
	}
	slices.Sort(first)
	d.Logf("from the scanner's report to the first key at the window: p50 %v, p99 %v", first[50].Round(10*time.Microsecond), first[98].Round(10*time.Microsecond))

	// A barcode that a stranger wrote: Ctrl-C, Esc, Enter, Ctrl-Z, Alt chords in ASCII.
	if text, _ := typed("\x03\x1b12\r\n\t\x1a34\x7f", "]C0"); text != "1234" {
		d.Errorf("typed %q of a code with control characters", text)
	}
	for name, code := range map[string]uint16{"Esc": 1, "Backspace": 14, "Tab": 15, "Ctrl": 29, "Alt": 56, "right Ctrl": 97, "AltGr": 100, "Delete": 111, "Meta": 125} {
		if keys[code] {
			d.Errorf("the key %s was pressed", name)
		}
	}
}
