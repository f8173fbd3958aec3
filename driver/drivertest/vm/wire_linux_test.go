package vm_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/hotplug"
	"github.com/tillgate/tillgate/driver/serial"
)

// TestWireGuest is the guest's side: it says what it reads, sleeps when it is told
// to, and ends. A code that was cut off is no line that the other side waits for,
// and fails the test here.
func TestWireGuest(t *testing.T) {
	vm.Inside(t)
	ports, err := serial.New([]serial.Config{{USB: "0c2e:0caa", SerialNumber: "S1"}})
	if err != nil {
		t.Fatal(err)
	}
	y := start(t, ports, evdevDriver(t, evdev.Config{Naming: naming(wired[3]), Setup: patient}),
		hidDriver(t, hid.Config{Naming: naming(wired[0])}, hid.Config{Naming: naming(wired[1])}, hid.Config{Naming: naming(wired[2])}))
	ctx, cancel := context.WithCancel(context.Background())
	told := make(chan error, 1)
	go func() { told <- hotplug.Run(ctx, slog.New(slog.NewTextHandler(os.Stdout, nil)), y.s) }()
	defer func() { cancel(); <-told }()
	fmt.Println("WAITING")
	was := map[string]string{}
	for idle := time.NewTimer(2 * time.Minute); ; {
		for _, st := range y.s.Report() {
			if now := fmt.Sprint(st.State, " ", st.Opens); was[st.Info.ID] != now {
				was[st.Info.ID] = now
				fmt.Printf("STATE %s %s\n", st.Info.ID, now)
			}
		}
		select {
		case s := <-y.s.Scans():
			idle.Reset(2 * time.Minute)
			if strings.Contains(string(s.Data), "HALF") {
				t.Errorf("a code that was cut off came out: %q", s.Data)
			}
			fmt.Printf("SCAN %s %s\n", s.Device, s.Data)
			switch string(s.Data) {
			case "SLEEP":
				nap(t)
			case "END":
				return
			}
		case <-y.s.Changed():
		case <-idle.C:
			t.Fatalf("nothing happened for two minutes: %+v", y.s.Report())
		}
	}
}

// nap puts the machine to sleep for five seconds. Devices are suspended and resumed,
// and the clocks stand still meanwhile, as in a real sleep; only the last step, in
// which the processor would stop, is a pause of the kernel (Linux, Documentation/
// power/basic-pm-debugging.rst, level "core"): QEMU does not come back from that one.
func nap(t *testing.T) {
	t.Helper()
	began := time.Now().Round(0)
	for _, w := range [][2]string{{"pm_test", "core"}, {"state", "mem"}} {
		if err := os.WriteFile("/sys/power/"+w[0], []byte(w[1]), 0); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("AWAKE after %v\n", time.Since(began).Round(time.Millisecond))
}
