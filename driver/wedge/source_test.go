package wedge

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

type kept struct{ scans, lost []string }

func (k *kept) Scanned(s driver.Scan) { k.scans = append(k.scans, string(s.Data)) }
func (k *kept) Lost(why string)       { k.lost = append(k.lost, why) }

// Codes end by their suffix, or by silence; who waits looks for the scanner, seldom.
func TestRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{keys: keyboard.Options{Silence: keyboard.DefaultSilence}}
		keys, gone := make(chan key), errors.New("gone")
		var looks atomic.Int64
		var pulled atomic.Bool
		present := func() error {
			looks.Add(1)
			if pulled.Load() {
				return gone
			}
			return nil
		}
		var k kept
		ended := make(chan error)
		go func() {
			ended <- s.read(t.Context(), keys, keyboard.New(s.keys, &k, time.Now()), present)
		}()
		press := func(codes ...uint16) {
			for _, c := range codes {
				keys <- key{make: c}
				keys <- key{make: c, up: true}
			}
		}
		time.Sleep(time.Second)
		press(2, 3, 4)
		time.Sleep(time.Second) // no suffix
		press(2, 2, 28)
		synctest.Wait()
		if len(k.scans) != 2 || k.scans[0] != "123" || k.scans[1] != "11" || len(k.lost) != 0 {
			t.Errorf("%+v", k)
		}
		looks.Store(0)
		time.Sleep(time.Hour)
		if n, want := looks.Load(), int64(time.Hour/look); n < want-1 || n > want+1 {
			t.Errorf("looked %d times in an hour, want %d", n, want)
		}
		pulled.Store(true)
		if err := <-ended; err != gone {
			t.Error(err)
		}
	})
}

func TestReadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{keys: keyboard.Options{Silence: keyboard.DefaultSilence}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- s.read(ctx, nil, keyboard.New(s.keys, &kept{}, time.Now()), func() error { return nil })
		}()
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// FuzzPath: a device's path comes from its maker, by way of Windows.
func FuzzPath(f *testing.F) {
	f.Add(scannerPath)
	f.Add(`\\?\hid#vid_0c2e&pid_0b01#8&0`)
	f.Add(`\\?\ACPI#PNP0303#4&1`)
	f.Fuzz(func(t *testing.T, path string) {
		vid, pid, ok := ids(path)
		if ok && len(path) < len("VID_0000PID_0000") {
			t.Fatalf("%04x:%04x out of %q", vid, pid, path)
		}
		d := Driver{sources: []*source{{id: "wedge:one"}}}
		for _, i := range d.find([]string{path}) {
			if i.ID == "" || i.Mode != Limit {
				t.Fatalf("%+v", i)
			}
		}
	})
}

// FuzzKeys: scan codes as Raw Input hands them over, in three bytes each: the code,
// its flags, and how long after the one before it.
func FuzzKeys(f *testing.F) {
	f.Add([]byte{2, 0, 4, 2, 1, 4, 0x1c, 0, 4, 0x1c, 1, 4})
	f.Add([]byte{0x38, 0, 1, 0x52, 0, 1, 0x48, 0, 1, 0x51, 0, 1, 0x38, 1, 1, 0x1c, 2, 1}) // Alt+083, keypad Enter
	f.Fuzz(func(t *testing.T, in []byte) {
		var k kept
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		d := keyboard.New(keyboard.Options{}, &k, at.Add(-time.Minute))
		d.Tick(at)
		for b := in; len(b) >= 3; b = b[3:] {
			at = at.Add(time.Duration(b[2]) * time.Millisecond)
			x := keyOf(uint16(b[0]), uint16(b[1]))
			if c := x.code(); c != 0 {
				d.Key(c, !x.up, at)
			}
			if !d.Busy() {
				d.Tick(at)
			}
		}
		for _, s := range k.scans {
			if s == "" || len(s) > 4*len(in) {
				t.Fatalf("code of %d bytes out of %d", len(s), len(in))
			}
		}
	})
}
