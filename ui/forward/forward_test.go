package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/text"
	"github.com/tillgate/tillgate/driver"
)

// pos is a POS program: an output that keeps what it is given.
type pos struct {
	mu     sync.Mutex
	got    []string
	err    error
	closed int
}

func (p *pos) put(_ context.Context, s string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.got = append(p.got, s)
	return nil
}

func (p *pos) close() error { p.closed++; return nil }

func (p *pos) fail(err error) { p.mu.Lock(); p.err = err; p.mu.Unlock() }

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// forwarder is one whose output is p.
func forwarder(t *testing.T, cfg Config, open func() (output, error)) *Forwarder {
	t.Helper()
	f, err := New(cfg, quiet())
	if err != nil {
		t.Fatal(err)
	}
	f.open = open
	return f
}

func code(s string) decode.Code {
	return decode.Code{Kind: decode.Product, Raw: []byte(s), Text: s, Charset: text.UTF8, AIM: "]d2"}
}

func TestOrderAndSuffix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pos{}
		f := forwarder(t, Config{To: "pty", Suffix: "crlf", Prefix: "#", AIM: true}, func() (output, error) { return p, nil })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- f.Run(ctx) }()
		var want []string
		for i := range 200 {
			s := fmt.Sprint("40063813339", i)
			f.Send(code(s))
			want = append(want, "#]d2"+s+"\r\n")
		}
		synctest.Wait()
		if strings.Join(p.got, "|") != strings.Join(want, "|") || f.Status() != (Status{Sent: 200}) {
			t.Errorf("%d codes, %+v", len(p.got), f.Status())
		}
		cancel()
		if err := <-ended; err != nil || p.closed != 1 {
			t.Errorf("%v, closed %d times", err, p.closed)
		}
	})
}

func TestNothingOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pos{}
		opens := 0
		f := forwarder(t, Config{To: "keys"}, func() (output, error) {
			if opens++; opens < 3 {
				return nil, errors.New("no /dev/uinput")
			}
			return p, nil
		})
		f.Send(code("before")) // in the queue when the daemon starts
		time.Sleep(stale + time.Second)
		go f.Run(t.Context())
		time.Sleep(time.Second)
		if s := f.Status(); s.Err != "no /dev/uinput" || s.Lost != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(2 * again)
		f.Send(code("now"))
		synctest.Wait()
		p.fail(fmt.Errorf("%w: no key for it", errNotThisCode))
		f.Send(code("later"))
		synctest.Wait()
		p.fail(errors.New("keyboard is gone"))
		f.Send(code("broken"))
		synctest.Wait()
		if s := f.Status(); s.Err != "keyboard is gone" || s.Lost != 3 || s.Sent != 1 || p.closed != 1 {
			t.Errorf("%+v closed %d", s, p.closed)
		}
		p.fail(nil)
		time.Sleep(again)
		f.Send(code("again"))
		synctest.Wait()
		if got := strings.Join(p.got, "|"); got != "now\r|again\r" || f.Status().Err != "" {
			t.Errorf("%q %+v", got, f.Status())
		}
	})
}

// absentPOS is a port that the POS has open or not.
type absentPOS struct {
	pos
	away atomic.Bool
}

func (p *absentPOS) taken() error {
	if p.away.Load() {
		return fmt.Errorf("%w: closed", errNotTaken)
	}
	return nil
}

func (p *absentPOS) put(ctx context.Context, s string) error {
	return errors.Join(p.taken(), p.pos.put(ctx, s))
}

// What keeps codes from the POS is said until it is over, without another code.
func TestSaidUntilOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &absentPOS{}
		p.away.Store(true)
		f := forwarder(t, Config{To: "pty"}, func() (output, error) { return p, nil })
		var changes atomic.Int32
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		go func() {
			for {
				select {
				case <-f.Changed():
					changes.Add(1)
				case <-t.Context().Done():
					return
				}
			}
		}()
		go f.Run(t.Context())
		pass(time.Minute)
		if f.Status().Err != "" || changes.Load() != 0 {
			t.Errorf("said before a code was lost: %+v", f.Status())
		}
		for range 3 {
			f.Send(code("lost"))
			pass(time.Second)
		}
		if s := f.Status(); s.Err != "the POS program takes no codes: closed" || s.Lost != 3 || changes.Load() != 1 {
			t.Errorf("%+v, %d changes", s, changes.Load())
		}
		pass(time.Minute)
		p.away.Store(false)
		pass(again)
		if s := f.Status(); s.Err != "" || changes.Load() != 2 || p.closed != 0 {
			t.Errorf("%+v, %d changes, closed %d times", s, changes.Load(), p.closed)
		}
	})
	if f := (*Forwarder)(nil); f.Changed() != nil {
		t.Error("a forwarder to nowhere changes")
	}
}

// BadBarcode: no control character of a code becomes a key or a command.
func TestControlCharacters(t *testing.T) {
	var all strings.Builder
	for c := rune(0); c < 0x20; c++ {
		all.WriteRune(c)
	}
	hostile := "12" + all.String() + "\x7f34\u009b\u202e5"
	for _, tt := range []struct {
		to, gs, in, want string
		cleaned          bool
	}{
		{"keys", "", "4006381333931", "4006381333931", false},
		{"keys", "", hostile, "12345", true},
		{"keys", "", "01046\x1d93abc", "0104693abc", true},
		{"keys", "{GS}", "01046\x1d93abc", "01046{GS}93abc", false},
		{"keys", "", "Карта é", "Карта é", false},
		{"pty", "", "01046\x1d93abc\r\n", "01046\x1d93abc", true},
		{"pty", "drop", "01046\x1d93abc", "0104693abc", true},
		{"pty", "^]", "01046\x1d93abc", "01046^]93abc", false},
		{"pty", "", "12\x1b[2J\x03\x1134", "12[2J34", true},
		{"pty", "", "\xcf\xf0\xe8", "\xcf\xf0\xe8", false}, // bytes stay what they are
	} {
		c := cleaner{keys: tt.to == "keys", gs: tt.gs}
		if got, cleaned := c.code(code(tt.in)); got != tt.want || cleaned != tt.cleaned {
			t.Errorf("%s %q: %q becomes %q, cleaned %v", tt.to, tt.gs, tt.in, got, cleaned)
		}
	}
	if s, _ := (cleaner{keys: true}).code(decode.Code{Raw: []byte{0xff, 0}, Charset: text.Binary}); s != "" {
		t.Errorf("binary data typed as %q", s)
	}
}

// The same, of codes as they come from the decoder, which shows control characters as
// pictures.
func TestControlCharactersOfADecodedCode(t *testing.T) {
	d, err := decode.New(decode.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ aim, in, want string }{
		{"]C0", "\x03\x1b12\r\n\t\x1a34\x7f", "1234"}, {"]C0", "12\x1d34", "12{GS}34"}, {"]C1", "104006381333931\x1d2112", "104006381333931{GS}2112"},
	} {
		got, _ := (cleaner{keys: true, gs: "{GS}"}).code(d.Decode(driver.Scan{Data: []byte(tt.in), AIM: tt.aim}))
		if got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("12\x1b34\x1d5\u202e", "{GS}")
	f.Add("\r\n\t", "keep")
	for _, s := range []string{
		"\x12cmd\r", "\x1b[2J\x03", "\x0f\x1a", // chords that open windows ("BadBarcode", Tencent 2015)
		"\u2412cmd\u240d", "\u0085\u2028\u2029", "\x9b1m", "a\x00b\x7f", "]C1104006381333931\x1d2112", "\u200b\ufeff\u2066",
	} {
		f.Add(s, "^]")
	}
	f.Fuzz(func(t *testing.T, in, gs string) {
		typed, _ := cleaner{keys: true}.code(code(in))
		sent, _ := cleaner{gs: "drop"}.code(code(in))
		for _, s := range []string{typed, sent} {
			if i := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }); i >= 0 {
				t.Fatalf("%q lets %q through", in, s[i])
			}
		}
	})
}

func TestConfigMistakes(t *testing.T) {
	ms := 99
	_, err := New(Config{To: "usb", Suffix: "etx", DelayMS: &ms, Prefix: "\x02"}, quiet())
	want := `forward: delay_ms: 99; want 0 to 50 milliseconds
forward: suffix: "etx"; want "enter", "cr", "lf", "crlf", "tab" or "none"
forward: prefix: "\x02" has control characters, which are never sent
forward: to: "usb"; want "keys", "pty" or "serial"`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	_, err = New(Config{To: "keys", GS: "keep", Layout: "xx"}, quiet())
	if err == nil || !strings.Contains(err.Error(), `gs: "keep" is no key`) || !strings.Contains(err.Error(), `"xx" is not known`) {
		t.Errorf("%v", err)
	}
	if _, err = New(Config{To: "serial"}, quiet()); err == nil {
		t.Error("serial without a port")
	}
	if f, err := New(Config{}, quiet()); f != nil || err != nil {
		t.Errorf("%v %v", f, err)
	}
}
