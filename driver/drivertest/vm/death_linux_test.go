package vm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

const keysAndPOS = `
[[scanner.hid]]
usb = "0c2e:1007"
[[scanner.evdev]]
usb = "0c2e:0b01"
silence_ms = 1000
`

// A program that is killed: the keyboard types again at once, and the next start
// takes both scanners up.
func TestDaemonKilled(t *testing.T) {
	vm.Inside(t)
	dp, _ := plug(t, vusb.HoneywellPOS(""))
	dk, pk := plug(t, vusb.Wedge(""))
	window := watch(t, pk.Port())
	d := newDaemon(t, keysAndPOS)
	const pos, keys = "hid:usb-0c2e-1007", "evdev:usb-0c2e-0b01"
	d.until(driver.Ready, pos, keys)
	window.seen(t)
	d.read(dk, "111")
	if n := window.seen(t); n != 0 {
		t.Errorf("another program read %d bytes of events", n)
	}
	d.kill()
	scan(t, dk, vusb.Code{Data: []byte("222")})
	wait(t, "the keyboard was not given back", func() bool { return window.seen(t) > 0 })

	d.start()
	d.until(driver.Ready, pos, keys)
	d.read(dk, "333")
	d.read(dp, "444")
}

// A scanner that was told not to type types again after the program was killed: the
// kernel does not know of it, and a second process tells it. The next start takes it up.
func TestDaemonKilledRedirected(t *testing.T) {
	vm.Inside(t)
	keys, pos := vusb.Wedge(""), vusb.HoneywellPOS("")
	keys.PID = pos.PID
	dev, p := plug(t, keys, pos)
	window := watch(t, p.Port())
	d := newDaemon(t, "[[scanner.hid]]\nusb = \"0c2e:1007\"\n")
	const id = "hid:usb-0c2e-1007"
	for _, stop := range []func(){d.kill, d.restart} {
		d.until(driver.Ready, id)
		wait(t, "the scanner keeps its keys", func() bool { return dev.Pending() == 0 })
		window.seen(t)
		d.read(dev, "OURS")
		if n := window.seen(t); n != 0 {
			t.Errorf("it typed %d bytes of events", n)
		}
		stop()
		if d.cmd.ProcessState == nil {
			continue // it was started again
		}
		wait(t, "the scanner was not told to type", func() bool {
			rs := dev.Reports()
			return len(rs) > 0 && string(rs[len(rs)-1].Data) == "\xfe\x00"
		})
		scan(t, dev, vusb.Code{Data: []byte("TYPED")})
		wait(t, "the scanner does not type", func() bool { return window.seen(t) > 0 })
		d.start()
	}
	d.until(driver.Ready, id)
	d.read(dev, "AGAIN")
	if n := d.children(); n != 1 {
		t.Errorf("%d processes guard the scanner, want 1", n)
	}
}

// children is how many processes the daemon has started that run.
func (d *daemon) children() (n int) {
	d.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", d.cmd.Process.Pid))
	for _, th := range threads {
		b, _ := os.ReadFile(th)
		n += len(strings.Fields(string(b)))
	}
	return n
}

// While the program does not run, a keyboard scanner types more than the kernel
// keeps. What it lost is thrown away and counted; no code comes out shortened.
func TestDaemonOverflow(t *testing.T) {
	vm.Inside(t)
	s := vusb.Wedge("")
	dev, _ := plug(t, s)
	d := newDaemon(t, keysAndPOS)
	const id = "evdev:usb-0c2e-0b01"
	d.until(driver.Ready, id)
	sent := map[string]bool{}
	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for k := range 4 { // 50 keys each, of which the kernel keeps some ten
		code := fmt.Sprintf("CODE-%d-%s", k, strings.Repeat("x", 40))
		sent[code] = true
		scan(t, dev, vusb.Code{Data: []byte(code)})
	}
	wait(t, "the scanner keeps its keys", func() bool { return dev.Pending() == 0 })
	if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wait(t, "nothing was counted as lost", func() bool {
		driven := d.driven()
		return driven[id].Lost > 0
	})
	time.Sleep(2 * time.Second) // what is in the middle of a code ends by silence
	for more := true; more; {
		select {
		case got := <-d.codes:
			if !sent[got] {
				t.Errorf("a code came out shortened or mixed: %q", got)
			}
		default:
			more = false
		}
	}
	driven := d.driven()
	t.Logf("lost %d: %s", driven[id].Lost, driven[id].LostWhy)
	d.read(dev, ean)
}
