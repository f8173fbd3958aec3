package enrol

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// device reads what its customers hold before it.
type device struct {
	id    string
	codes []string
	runs  int
}

func (d *device) Info() driver.Info { return driver.Info{ID: d.id, Driver: "hid", Path: "1-1"} }
func (d *device) TOML() string      { return `usb = "` + d.id + `"` }
func (d *device) Stays() bool       { return d.id == "b" }

func (d *device) Run(ctx context.Context, t driver.Till) error {
	d.runs++
	defer func() { d.runs-- }()
	t.Opened(d.Info())
	for _, c := range d.codes {
		time.Sleep(time.Second)
		t.Scanned(driver.Scan{At: time.Now(), Data: []byte(c)})
	}
	<-ctx.Done()
	return nil
}

func TestTheOneThatReadsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := NewCode()
		a, b := &device{id: "a", codes: []string{"4006381333931", "TILLGATE"}}, &device{id: "b", codes: []string{"1", "2", "]Q1" + code + "\r"}}
		f, err := Run(t.Context(), slog.New(slog.DiscardHandler), code, []driver.Source{a, b})
		if err != nil || f.Info.ID != "b" || f.TOML != `usb = "b"` || !f.Stays {
			t.Errorf("%+v %v", f, err)
		}
		if a.runs+b.runs != 0 {
			t.Error("left open")
		}
	})
}

func TestNobodyReadsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a := &device{id: "a", codes: []string{"4006381333931"}}
		if f, err := Run(ctx, slog.New(slog.DiscardHandler), NewCode(), []driver.Source{a}); !errors.Is(err, context.DeadlineExceeded) || a.runs != 0 {
			t.Errorf("%+v %v", f, err)
		}
	})
	if _, err := Run(t.Context(), nil, NewCode(), nil); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
}

func TestNewCode(t *testing.T) {
	if c := NewCode(); !regexp.MustCompile(`^TILLGATE[A-Z2-7]{8}$`).MatchString(c) || c == NewCode() {
		t.Error(c)
	}
}

// FuzzSame: whatever a scanner reads, it is the code only if the code is in it.
func FuzzSame(f *testing.F) {
	const code = "TILLGATEABCDEFG2"
	for _, s := range []string{code, "]Q1" + code + "\r", "tillgateabcdefg2", "TILLGATE", "TILLGATEAQCDEFG2", "\x02" + code + "\x03", "4006381333931"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, scan []byte) {
		if got := same(scan, code); got && len(scan) < len(code) || !got && strings.Contains(string(scan), code) {
			t.Fatalf("%q: %v", scan, got)
		}
	})
}
