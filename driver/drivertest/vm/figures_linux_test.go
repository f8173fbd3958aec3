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

// yardstick is the processor time of a fixed piece of work: what this processor,
// which is made of software, takes longer for it than a real one.
func yardstick(t *testing.T) time.Duration {
	before := cpu(t, os.Getpid())
	x := uint64(1)
	for range 20_000_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	used := cpu(t, os.Getpid()) - before
	if x == 0 {
		t.Fatal("never")
	}
	return used
}

// What four scanners cost while nobody scans, what a scan costs, and how long a code
// takes to the keyboard that types it into the POS.
func TestDaemonFigures(t *testing.T) {
	vm.Inside(t)
	t.Logf("yardstick: %v", yardstick(t))
	devices := fourDevices()
	d := newDaemon(t, fourScanners)
	for _, dev := range devices {
		replug(t, dev)
	}
	d.until(driver.Ready, fourIDs...)
	pid := d.process().PID
	time.Sleep(5 * time.Second) // a scanner that was used just now is asked more often
	const idle = 20 * time.Second
	before, slept := cpu(t, pid), wakeups(t, pid)
	time.Sleep(idle)
	used, woken := cpu(t, pid)-before, wakeups(t, pid)-slept
	t.Logf("idle with four scanners: %v of processor time in %v, %.3f %% of a core; %.1f times woken a second", used, idle, 100*float64(used)/float64(idle), float64(woken)/idle.Seconds())
	if used > idle/4 {
		t.Error("idle takes more than a quarter of a core: something does not wait")
	}
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
	keys := string(text)[:i] + "[forward]\nto = \"keys\"\n" + string(text)[j:]
	d.kill()
	if err := os.WriteFile(d.file(), []byte(keys), 0o600); err != nil {
		d.Fatal(err)
	}
	d.launch()
	d.until(driver.Ready, fourIDs...)
	fd := eventDevice(d.T, "tillgate")
	buf := make([]byte, 24*64)
	pressed := func() (n int) { // keys that went down
		k, _ := unix.Read(fd, buf)
		for b := buf[:max(k, 0)]; len(b) >= 24; b = b[24:] {
			if binary.NativeEndian.Uint16(b[16:]) == 1 && binary.NativeEndian.Uint32(b[20:]) == 1 {
				n++
			}
		}
		return n
	}
	var first []time.Duration
	for range 20 {
		scan(d.T, dev, vusb.Code{Data: []byte(ean), AIM: "]E0"})
		began := time.Now()
		for seen := 0; seen < len(ean)+1; { // and Enter
			n := pressed()
			if seen == 0 && n > 0 {
				first = append(first, time.Since(began))
			}
			if seen += n; n == 0 {
				time.Sleep(200 * time.Microsecond)
			}
			if time.Since(began) > patience {
				d.Fatalf("%d keys of %d were typed", seen, len(ean)+1)
			}
		}
	}
	slices.Sort(first)
	d.Logf("from the scanner's report to the first key at the window: median %v, slowest %v", first[len(first)/2].Round(10*time.Microsecond), first[len(first)-1].Round(10*time.Microsecond))
}
