package hid

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

// wire is a bus with scanners of package drivertest/usb, one report per
// millisecond, and a queue like hidapi's: 30 reports, the oldest dropped.
type wire struct {
	mu       sync.Mutex
	nodes    []node
	opened   map[string]*plugged
	busy     error
	attached string // the last that was given back to the system
}

func (w *wire) plug(port string, s vusb.Scanner) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes = append(w.nodes, node{Interface: usb.Interface{Path: port + ":1.0", VID: s.VID, PID: s.PID, Serial: s.Serial,
		Manufacturer: s.Manufacturer, Product: s.Product, Class: 3, Subclass: s.Subclass, Protocol: s.Protocol, Descriptor: s.Descriptor}})
}

func (w *wire) unplug(port string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes = slices.DeleteFunc(w.nodes, func(n node) bool { return n.Port() == port })
	if p := w.opened[port+":1.0"]; p != nil {
		close(p.gone)
	}
	delete(w.opened, port+":1.0")
}

func (w *wire) list() ([]node, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.nodes), nil
}

func (w *wire) open(n node) (device, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy != nil {
		return nil, w.busy
	}
	p := &plugged{reports: make(chan []byte, held), gone: make(chan struct{})}
	if w.opened == nil {
		w.opened = map[string]*plugged{}
	}
	w.opened[n.Path] = p
	return p, nil
}

// at is the open device in a port.
func (w *wire) at(port string) *plugged {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened[port+":1.0"]
}

// late is a bus on a machine that has no time for us: a report is handed over so much
// later than it came.
type late struct {
	wire
	by time.Duration
}

func (w *late) open(n node) (device, error) {
	d, err := w.wire.open(n)
	return &lateDevice{d, w.by}, err
}

type lateDevice struct {
	device
	by time.Duration
}

func (d *lateDevice) ReadTimeout(b []byte, ms int) (int, error) {
	n, err := d.device.ReadTimeout(b, ms)
	if ms != 0 && n > 0 {
		time.Sleep(d.by)
	}
	return n, err
}

func (w *wire) attach(n node) error { w.attached = n.Path; return nil }
func (w *wire) usable(node) error   { return nil }

// held is how many reports the queue has room for.
const held = 30

type plugged struct {
	reports chan []byte
	late    sync.Mutex // held while the reader is kept from what comes
	gone    chan struct{}
	mu      sync.Mutex
	written [][]byte
	feature [][]byte
	closed  int
}

// send sends reports as the wire does.
func (p *plugged) send(rs ...[]byte) {
	for _, r := range rs {
		select {
		case p.reports <- r:
		default:
			<-p.reports
			p.reports <- r
		}
		time.Sleep(time.Millisecond)
	}
}

func (p *plugged) ReadTimeout(b []byte, ms int) (int, error) {
	if ms == 0 {
		select {
		case r := <-p.reports:
			return copy(b, r), nil
		default:
			return 0, nil
		}
	}
	select {
	case r := <-p.reports:
		p.late.Lock()
		defer p.late.Unlock()
		return copy(b, r), nil
	case <-p.gone:
		return -1, errors.New("hidapi: hid_error is not implemented yet")
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return 0, nil
	}
}

func (p *plugged) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = append(p.written, slices.Clone(b))
	return len(b), nil
}

func (p *plugged) SendFeatureReport(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.feature = append(p.feature, slices.Clone(b))
	return len(b), nil
}

func (p *plugged) Held() int  { return held }
func (p *plugged) Wake() bool { return false }

func (p *plugged) Close() error { p.closed++; return nil }

// till keeps what a Source reports.
type till struct {
	mu     sync.Mutex
	infos  []driver.Info
	scans  []driver.Scan
	lost   []string
	advice []string
	block  chan struct{} // nil, or what Scanned waits for
}

func (t *till) Opened(i driver.Info) { t.mu.Lock(); t.infos = append(t.infos, i); t.mu.Unlock() }
func (t *till) Lost(why string)      { t.mu.Lock(); t.lost = append(t.lost, why); t.mu.Unlock() }
func (t *till) Advised(code string) {
	t.mu.Lock()
	t.advice = append(t.advice, code)
	t.mu.Unlock()
}
func (t *till) Scanned(s driver.Scan) {
	if t.block != nil {
		<-t.block
	}
	t.mu.Lock()
	t.scans = append(t.scans, s)
	t.mu.Unlock()
}

func one(t *testing.T, w bus, cfg Config) driver.Source {
	t.Helper()
	d, err := newOn(w, []Config{cfg})
	if err != nil {
		t.Fatal(err)
	}
	return d.Sources()[0]
}

func named(ids string) usb.Naming { return usb.Naming{USB: ids} }

// run runs a scanner that is plugged in, past the time in which codes count as
// old, and hands the open device to do.
func run(t *testing.T, s vusb.Scanner, cfg Config, do func(w *wire, p *plugged, till *till)) (*till, error) {
	t.Helper()
	w, got := &wire{}, &till{}
	w.plug("1-1", s)
	cfg.USB = usb.Interface{VID: s.VID, PID: s.PID}.IDs()
	src := one(t, w, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- src.Run(ctx, got) }()
	time.Sleep(stale + time.Second)
	p := w.at("1-1")
	if p == nil {
		return got, <-ended
	}
	do(w, p, got)
	time.Sleep(time.Second)
	cancel()
	err := <-ended
	if p.closed != 1 {
		t.Errorf("closed %d times", p.closed)
	}
	return got, err
}

func TestEveryModeDelivers(t *testing.T) {
	for _, tt := range []struct {
		s    vusb.Scanner
		mode string
	}{
		{vusb.HoneywellPOS("1"), "HID-POS (Honeywell)"}, {vusb.ZebraPOS("1"), "HID-POS (Zebra)"}, {vusb.NewlandPOS("1"), "HID-POS (Newland)"},
		{vusb.OEM("1"), "IBM OEM (hand-held), QR codes only if the scanner's own setup lets them through"}, {vusb.OEMTable("1"), "IBM OEM (table-top), QR codes only if the scanner's own setup lets them through"},
		{vusb.Wedge("1"), "keyboard, taken from the system"}, {vusb.WedgeAlt("1"), "keyboard, taken from the system"},
	} {
		t.Run(tt.s.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				long := strings.Repeat("0123456789", 40)
				got, err := run(t, tt.s, Config{}, func(_ *wire, p *plugged, _ *till) {
					p.send(tt.s.Reports(vusb.Code{Data: []byte("4006381333931"), AIM: "]E0"})...)
					p.send(tt.s.Reports(vusb.Code{Data: []byte(long), AIM: "]Q1"})...)
				})
				if err != nil || len(got.scans) != 2 || len(got.lost) != 0 {
					t.Fatalf("%v; %d scans, lost %q", err, len(got.scans), got.lost)
				}
				if string(got.scans[0].Data) != "4006381333931" || string(got.scans[1].Data) != long {
					t.Errorf("%q %q", got.scans[0].Data, got.scans[1].Data)
				}
				if got.infos[0].Mode != tt.mode || got.infos[0].Path != "1-1:1.0" {
					t.Errorf("%+v", got.infos[0])
				}
			})
		})
	}
}

func TestOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.OEM("1")
		got, _ := run(t, s, Config{}, func(_ *wire, p *plugged, _ *till) {
			p.send(vusb.OEMStatus(0, 1, 0)) // disabled by itself
			p.send(vusb.OEMStatus(0, 3, 0))
			want := "[[0 17 0 0 0 0 0 0 0 0 0 0] [0 17 0 0 0 0 0 0 0 0 0 0]]"
			time.Sleep(time.Second)
			p.mu.Lock()
			defer p.mu.Unlock()
			if g := sprint(p.written); g != want {
				t.Errorf("written %s", g)
			}
		})
		if len(got.scans)+len(got.lost) != 0 {
			t.Errorf("%+v", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		run(t, vusb.HoneywellPOS("1"), Config{}, func(_ *wire, p *plugged, _ *till) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if g := sprint(p.feature); g != "[[254 1]]" {
				t.Errorf("feature reports %s", g)
			}
		})
	})
}

// What an OEM scanner says is wrong with it is shown, to the person at the till too,
// until it says otherwise.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.OEM("1")
		got, _ := run(t, s, Config{}, func(_ *wire, p *plugged, got *till) {
			p.send(vusb.OEMStatus(0x20, 3, 0))
			time.Sleep(time.Second)
			p.send(vusb.OEMStatus(0, 3, 0))
			p.send(s.Send("4006381333931")...)
		})
		var modes []string
		for _, i := range got.infos {
			_, fault, _ := strings.Cut(i.Mode, "; ")
			modes = append(modes, fault)
		}
		if want := []string{"", "it reports: hardware error", ""}; !slices.Equal(modes, want) {
			t.Errorf("modes %q, want %q", modes, want)
		}
		if want := []string{driver.AdviceFault, ""}; !slices.Equal(got.advice, want) {
			t.Errorf("advice %q, want %q", got.advice, want)
		}
		if len(got.scans) != 1 || len(got.lost) != 1 || got.lost[0] != "scanner reports: hardware error" {
			t.Errorf("scans %v, lost %q", got.scans, got.lost)
		}
	})
}

func TestOldCodesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.HoneywellPOS("1")
		w, got := &wire{}, &till{}
		w.plug("1-1", s)
		src := one(t, w, Config{Naming: named("0c2e:1007")})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- src.Run(ctx, got) }()
		time.Sleep(time.Millisecond)
		p := w.at("1-1")
		p.send(s.Send("old")...)
		long := s.Send(strings.Repeat("x", 600))
		p.send(long[:5]...)
		time.Sleep(2 * stale)
		p.send(long[5:]...) // began before, ends after
		p.send(s.Send("new")...)
		time.Sleep(time.Second)
		cancel()
		<-ended
		if len(got.scans) != 1 || string(got.scans[0].Data) != "new" || len(got.lost) != 2 {
			t.Errorf("scans %v, lost %q", got.scans, got.lost)
		}
	})
}

func TestSlowTillLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.ZebraPOS("1")
		got, _ := run(t, s, Config{}, func(_ *wire, p *plugged, till *till) {
			till.block = make(chan struct{})
			for range 40 {
				p.send(s.Send(strings.Repeat("y", 300))...)
			}
			close(till.block)
		})
		if len(got.scans) != 40 || len(got.lost) != 0 {
			t.Errorf("%d scans, lost %q", len(got.scans), got.lost)
		}
		for _, s := range got.scans {
			if len(s.Data) != 300 {
				t.Fatalf("shortened to %d", len(s.Data))
			}
		}
	})
}

// A reader kept from its device for longer than the library's queue lasts must
// not deliver what is left of a code.
func TestOverrunNeverShortens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.HoneywellPOS("1")
		got, _ := run(t, s, Config{}, func(_ *wire, p *plugged, _ *till) {
			reports := s.Send(strings.Repeat("z", 2953))
			p.late.Lock()
			for _, r := range reports[:40] { // no time passes: the reader gets the first, and the last 30
				if len(p.reports) == held {
					<-p.reports
				}
				p.reports <- r
			}
			p.late.Unlock()
			p.send(reports[40:]...)
			time.Sleep(time.Second)
			p.send(s.Send("4006381333931")...)
		})
		if len(got.scans) != 1 || string(got.scans[0].Data) != "4006381333931" || len(got.lost) != 1 {
			t.Errorf("%d scans, lost %q", len(got.scans), got.lost)
		}
	})
}

// The kernel drops the newest reports: the gap is behind what is read, and may have
// the beginning of a code in it.
func TestOverrunAtACodesBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.HoneywellPOS("1")
		got, _ := run(t, s, Config{}, func(_ *wire, p *plugged, _ *till) {
			p.late.Lock()
			for k := range held {
				p.reports <- s.Send(fmt.Sprint(k))[0]
			}
			p.late.Unlock()
			p.send(s.Send(strings.Repeat("z", 600))[3:]...)
			time.Sleep(time.Second)
			p.send(s.Send("4006381333931")...)
		})
		if len(got.scans) != 1 || string(got.scans[0].Data) != "4006381333931" || len(got.lost) != 1 {
			t.Errorf("%d scans, lost %q", len(got.scans), got.lost)
		}
	})
}

func TestUnplugInMidCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vusb.HoneywellPOS("1")
		got, err := run(t, s, Config{}, func(w *wire, p *plugged, _ *till) {
			p.send(s.Send(strings.Repeat("z", 600))[:4]...)
			w.unplug("1-1")
		})
		if !errors.Is(err, driver.ErrAbsent) || len(got.scans) != 0 {
			t.Errorf("%v, %d scans", err, len(got.scans))
		}
	})
}

func TestBeeps(t *testing.T) {
	for _, tt := range []struct {
		s                vusb.Scanner
		known, notOnFile string
	}{
		{vusb.HoneywellPOS("1"), "[4 64]", "[4 32]"},
		{vusb.OEM("1"), "[0 48 0 4 0 0 0 0 0 0 0 0]", "[0 48 0 6 0 0 0 0 0 0 0 0]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			w.plug("1-1", tt.s)
			src := one(t, w, Config{Naming: named(usb.Interface{VID: tt.s.VID, PID: tt.s.PID}.IDs())})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- src.Run(ctx, &till{}) }()
			time.Sleep(time.Second)
			for _, sig := range []driver.Signal{driver.SignalKnown, driver.SignalUnknown} {
				src.(driver.Signaller).Signal(ctx, sig)
				time.Sleep(time.Second)
			}
			p := w.at("1-1")
			cancel()
			<-ended
			n := len(p.written)
			if n < 2 || sprint(p.written[n-2:]) != "["+tt.known+" "+tt.notOnFile+"]" {
				t.Errorf("%s: %s", tt.s.Name, sprint(p.written))
			}
		})
	}
}

// A machine that hands reports over late does not make a pause of it, in which a code
// would break off.
func TestMachineWithoutTime(t *testing.T) {
	for _, s := range []vusb.Scanner{vusb.HoneywellPOS("1"), vusb.OEMTable("1"), vusb.WedgeAlt("1")} {
		synctest.Test(t, func(t *testing.T) {
			w, got := &late{by: 700 * time.Millisecond}, &till{}
			w.plug("1-1", s)
			src := one(t, w, Config{Naming: named(usb.Interface{VID: s.VID, PID: s.PID}.IDs())})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- src.Run(ctx, got) }()
			time.Sleep(stale + 2*time.Second)
			code := strings.Repeat("7", 300)
			if s.Protocol == 1 {
				code = "4006381333931"
			}
			rs := s.Reports(vusb.Code{Data: []byte(code), AIM: "]Q1", CodeID: 's'})
			for len(rs) > 0 {
				n := min(2, len(rs))
				w.at("1-1").send(rs[:n]...)
				rs = rs[n:]
				time.Sleep(720 * time.Millisecond) // there is always one that waits, and it is late
			}
			time.Sleep(3 * time.Second)
			cancel()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if len(got.scans) != 1 || string(got.scans[0].Data) != code || len(got.lost) != 0 {
				t.Errorf("%s: %d scans, lost %q", s.Name, len(got.scans), got.lost)
			}
		})
	}
}
