package serial_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/serial"
)

// What goes wrong between serial scanners and tills, each through a real
// terminal: codes merged, lost, late, doubled, or another device's.

func TestBytesBecomeScans(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		send []string // each one write
		want []string
	}{
		{"two scans in one read", []string{"2900000000018\r4601234567893\r"}, []string{"2900000000018", "4601234567893"}},
		{"CR, then CRLF", []string{"2900000000018\r4601234567893\r\n2900000000025\r"}, []string{"2900000000018", "4601234567893", "2900000000025"}},
		{"double CR", []string{"2900000000018\r\r4601234567893\r\r"}, []string{"2900000000018", "4601234567893"}},
		{"one bad byte in a code", []string{"29000\xff0000018\r4601234567893\r"}, []string{"29000\xff0000018", "4601234567893"}},
		{"one bad byte alone", []string{"\x002900000000018\r"}, []string{"2900000000018"}},
		{"CP1251", []string{"\xcf\xe5\xf2\xf0\xee\xe2\r"}, []string{"\xcf\xe5\xf2\xf0\xee\xe2"}},
		{"UTF-8", []string{"Петров\r"}, []string{"Петров"}},
		{"QR with AIM identifier", []string{"]Q1https://id.example/8018/460123456789012349\r2900000000018\r"},
			[]string{"]Q1https://id.example/8018/460123456789012349", "2900000000018"}},
		{"GS1 with separators", []string{"]C1\x1d8018460123456789012349\x1d10AB\r"}, []string{"]C1\x1d8018460123456789012349\x1d10AB"}},
		{"bytes that terminals eat", []string{"\x03\x0429\x11\x13\x1a\x1c\x7f\x1500\r"}, []string{"\x0429\x11\x13\x1a\x1c\x7f\x1500"}},
		{"byte by byte", strings.Split("2900000000018\r\n4601234567893\r\n", ""), []string{"2900000000018", "4601234567893"}},
		{"counted frame with any bytes", []string{"\x16\xfe\x17\x00\x00", "\x00\rMSGGET0009sQ1\x1da\r\nb\x00c\t", "\x16\r2900000000018\r"},
			[]string{"a\r\nb\x00c\t\x16", "2900000000018"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plug(t, drivertest.Personality{})
			b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
			for _, s := range c.send {
				send(t, p, s)
			}
			b.want(c.want...)
			b.nothingMore(p)
		})
	}
}

func TestCountedFrameSaysWhatItIs(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{})
	b := run(t, serial.Config{Path: p.Path()}).ready()
	send(t, p, "\x16\xfe\x1c\x00\x00\x00\rMSGGET0014dE0\x1d4601234567893\r")
	s := b.next()
	if string(s.Data) != "4601234567893" || s.AIM != "]E0" || s.CodeID != "d" || s.Vendor != driver.VendorHoneywell {
		t.Errorf("got %q, AIM %q, code id %q of %q", s.Data, s.AIM, s.CodeID, s.Vendor)
	}
}

// A code with a suffix is there at once, whatever the time of silence.
func TestCompleteCodeDoesNotWait(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"\r", "\n", "\r\n", "\r\r", "\x03"} {
		p := plug(t, drivertest.Personality{Suffix: suffix})
		b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
		for i := range 3 {
			began := time.Now()
			if err := p.Scan(card(i)); err != nil {
				t.Fatal(err)
			}
			b.want(card(i))
			if took := time.Since(began); took > 400*time.Millisecond {
				t.Errorf("suffix %q: scan %d took %v", suffix, i, took)
			}
		}
	}
}

// The first TAB may be data; from the second code on it is known as the suffix.
func TestTabIsLearned(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\t"})
	b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
	for i := range 3 {
		began := time.Now()
		if err := p.Scan(card(i)); err != nil {
			t.Fatal(err)
		}
		b.want(card(i))
		if took := time.Since(began); i > 0 && took > 400*time.Millisecond {
			t.Errorf("scan %d took %v", i, took)
		}
	}
	b.until("the suffix is reported", func(r []driver.Status) bool { return r[0].Info.Mode == "9600 8N1, suffix TAB" })
	if r := b.Report()[0]; r.Opens != 1 {
		t.Errorf("learning counts as opening: %+v", r)
	}
}

func TestTwoScansWithoutSuffix150msApart(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{})
	b := run(t, serial.Config{Path: p.Path()}).ready()
	for i := range 4 {
		apart := time.After(150 * time.Millisecond)
		send(t, p, card(i))
		b.want(card(i)) // on a machine that stands still for longer, no driver can see the gap
		<-apart
	}
	b.until("no suffix is reported", func(r []driver.Status) bool { return r[0].Info.Mode == "9600 8N1, no suffix" })
	b.nothingMore(p)
}

func TestTwoScansWithSuffix150msApart(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r\n"})
	b := run(t, serial.Config{Path: p.Path()}).ready()
	var sent [2]time.Time
	for i := range sent {
		if i > 0 {
			time.Sleep(150 * time.Millisecond)
		}
		sent[i] = time.Now()
		if err := p.Scan(card(i)); err != nil {
			t.Fatal(err)
		}
		s := b.next()
		if string(s.Data) != card(i) || s.At.Before(sent[i]) || s.At.Sub(sent[i]) > 100*time.Millisecond {
			t.Errorf("scan %d is %q, %v after it was sent", i, s.Data, s.At.Sub(sent[i]))
		}
	}
	b.nothingMore(p)
}

func TestBurstOf500(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"\r", "\r\n", "\t", "\x03", "\x00"} {
		t.Run(fmt.Sprintf("%q", suffix), func(t *testing.T) {
			t.Parallel()
			p := plug(t, drivertest.Personality{Suffix: suffix, Chunk: 37})
			b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
			sent := make(chan error, 1)
			go func() {
				var all strings.Builder
				for i := range 500 {
					all.WriteString(card(i) + suffix)
				}
				sent <- p.Send([]byte(all.String()))
			}()
			for i := range 500 {
				if s := b.next(); string(s.Data) != card(i) || s.Seq != uint64(i+1) {
					t.Fatalf("scan %d is %q with sequence %d", i, s.Data, s.Seq)
				}
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			b.nothingMore(p)
		})
	}
}

func TestFourPortsAt50ScansPerSecond(t *testing.T) {
	const perPort, gap = 100, 20 * time.Millisecond
	suffixes := []string{"\r", "\r\n", "\n", "\x03"}
	var ports []*drivertest.Pty
	var cfgs []serial.Config
	for i, suffix := range suffixes {
		p := plug(t, drivertest.Personality{Suffix: suffix, Chunk: 5 + i})
		ports = append(ports, p)
		cfgs = append(cfgs, serial.Config{ID: fmt.Sprint(i), Path: p.Path(), SilenceMS: 500})
	}
	b := run(t, cfgs...).ready()
	var senders sync.WaitGroup
	for i, p := range ports {
		senders.Go(func() {
			tick := time.NewTicker(gap)
			defer tick.Stop()
			for n := range perPort {
				<-tick.C
				if err := p.Scan(fmt.Sprintf("%d-%s", i, card(n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	next := map[string]int{}
	var late int
	for range perPort * len(ports) {
		s := b.next()
		port := strings.TrimPrefix(s.Device, "serial:")
		if want := port + "-" + card(next[port]); string(s.Data) != want || s.Seq != uint64(next[port]+1) {
			t.Fatalf("%s delivered %q with sequence %d, want %q", s.Device, s.Data, s.Seq, want)
		}
		next[port]++
		if time.Since(s.At) > 100*time.Millisecond {
			late++
		}
	}
	senders.Wait()
	if late > perPort {
		t.Errorf("%d of %d scans came more than 100 ms after they were read", late, perPort*len(ports))
	}
	b.nothingMore(ports[0])
}

// While the stages behind are busy for long, a code lies in the port in two
// parts. That it was not read for longer than the silence must not cut it.
func TestBusyStagesDoNotCutCodes(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{})
	b := run(t, serial.Config{Path: p.Path(), SilenceMS: 40}).ready()
	const many = 100 // more than are held outside the port
	for i := range many {
		send(t, p, card(i)+"\r")
	}
	send(t, p, "29000")
	time.Sleep(100 * time.Millisecond)
	send(t, p, "00000018\r")
	for i := range many {
		b.want(card(i))
	}
	b.want("2900000000018")
	b.nothingMore(p)
}

func TestGarbageThenAGoodScan(t *testing.T) {
	t.Parallel()
	for name, garbage := range map[string]string{
		"one byte":   strings.Repeat("\xff", 64<<10),
		"many bytes": strings.Repeat("\x80\x91\xa2\xb3\x1d\x7f\x55\xaa", 8<<10),
		"nul":        strings.Repeat("U\x00", 32<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plug(t, drivertest.Personality{})
			b := run(t, serial.Config{Path: p.Path(), Prefix: "none", SilenceMS: 500}).ready()
			send(t, p, "2900000000018\r")
			b.want("2900000000018")
			send(t, p, garbage)
			b.until("counted as lost", func(r []driver.Status) bool { return r[0].Lost == 1 })
			time.Sleep(1500 * time.Millisecond) // the rest is read, and the line is silent
			send(t, p, "2900000000025\r")
			b.want("2900000000025")
			if r := b.Report()[0]; r.Lost != 1 || r.Opens != 1 || r.State != driver.Ready || !strings.Contains(r.LostWhy, "noise") {
				t.Errorf("report: %+v", r)
			}
		})
	}
}

func TestReplugInTwoSeconds(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	b := run(t, serial.Config{Path: p.Path()}).ready()
	for away := range 3 {
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
		b.until("absent", func(r []driver.Status) bool { return r[0].State == driver.Absent })
		time.Sleep(time.Duration(away) * 1500 * time.Millisecond)
		began := time.Now()
		if err := p.Replug(); err != nil {
			t.Fatal(err)
		}
		b.ready()
		if err := p.Scan(card(away)); err != nil {
			t.Fatal(err)
		}
		b.want(card(away))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("first scan %v after the replug", took)
		}
	}
	b.until("all counted", func(r []driver.Status) bool { return r[0].Opens == 4 && r[0].Scans == 3 })
}

// A code that the plug was pulled on is not completed by the next one.
func TestHalfACodeDoesNotOutliveThePlug(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
	send(t, p, "29000")
	time.Sleep(50 * time.Millisecond)
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	b.until("absent, and half a code lost", func(r []driver.Status) bool {
		return r[0].State == driver.Absent && r[0].Lost == 1 && r[0].LostWhy == "unplugged in the middle of a code"
	})
	if err := p.Replug(); err != nil {
		t.Fatal(err)
	}
	b.ready()
	for i := range 2 {
		if err := p.Scan(card(i)); err != nil {
			t.Fatal(err)
		}
		b.want(card(i))
	}
}

func TestPortThatAppearsLater(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	b := run(t, serial.Config{Path: p.Path()})
	b.until("absent", func(r []driver.Status) bool {
		return r[0].State == driver.Absent && strings.Contains(r[0].Reason, p.Path()+": not plugged in")
	})
	if err := p.Replug(); err != nil {
		t.Fatal(err)
	}
	b.ready()
	if err := p.Scan(card(1)); err != nil {
		t.Fatal(err)
	}
	b.want(card(1))
}

// A scan from before the port was opened belongs to a customer who has gone.
func TestOldScansAreDiscarded(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	for i := range 20 {
		if err := p.Scan(card(i)); err != nil {
			t.Fatal(err)
		}
	}
	b := run(t, serial.Config{Path: p.Path()}).ready()
	b.nothingMore(p)
}

// The same port under two names: one source has it, the other waits.
func TestPortIsOwnedOnce(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	b := run(t, serial.Config{ID: "link", Path: p.Path()}, serial.Config{ID: "port", Path: p.Port()})
	one := func(state driver.State) func([]driver.Status) bool {
		return func(r []driver.Status) bool { return (r[0].State == state) != (r[1].State == state) }
	}
	b.until("one is ready", one(driver.Ready))
	b.until("one is busy", one(driver.Busy))
	for i := range 20 {
		if err := p.Scan(card(i)); err != nil {
			t.Fatal(err)
		}
		b.want(card(i))
	}
}

func TestWhatIsNoPort(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/null", file} {
		b := run(t, serial.Config{Path: path})
		b.until("failed", func(r []driver.Status) bool {
			return r[0].State == driver.Failed && strings.Contains(r[0].Reason, path+" is no serial port")
		})
	}
}

func TestLinesOfAPtyAreNoError(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	off := false
	b := run(t, serial.Config{Path: p.Path(), DTR: &off, Baud: 115200, DataBits: 7, Parity: "even", StopBits: 2}).ready()
	if mode := b.Report()[0].Info.Mode; mode != "115200 7E2, suffix not known yet" {
		t.Errorf("mode %q", mode)
	}
}

func TestFindOpensNothing(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	d, err := serial.New([]serial.Config{{Path: p.Path()}, {USB: "0c2e:0caa", SerialNumber: "none has this"}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Find(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 2 || found[0].Problem != "" || found[0].Path != p.Path() ||
		found[1].ID != "serial:usb-0c2e-0caa-none has this" || !strings.Contains(found[1].Problem, "not plugged in") {
		t.Errorf("found %+v", found)
	}
	for _, info := range found[2:] {
		if !strings.Contains(info.Problem, "not in the configuration") {
			t.Errorf("a stranger's port: %+v", info)
		}
	}
	// What was queued before is still there: the port was not touched.
	if err := p.Scan(card(1)); err != nil {
		t.Fatal(err)
	}
	if s := driver.NewSupervisor(slog.New(slog.DiscardHandler), d).Report(); len(s) != 2 {
		t.Errorf("report: %+v", s)
	}
}

func card(i int) string { return fmt.Sprintf("29%011d", i) }
