package camera

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

func TestConfig(t *testing.T) {
	logitech := usb.Naming{USB: "046d:0825"}
	for _, c := range []struct {
		name  string
		cfgs  []Config
		ids   string
		key   string // of the mistake
		words string
	}{
		{"by usb", []Config{{Naming: logitech}}, "camera:usb-046d-0825", "", ""},
		{"by path", []Config{{Path: "/dev/video0"}}, "camera:/dev/video0", "", ""},
		{"with a name", []Config{{Path: "/dev/video0", Naming: usb.Naming{ID: "counter"}}}, "camera:counter", "", ""},
		{"two", []Config{{Naming: logitech}, {Path: "/dev/video2"}}, "camera:usb-046d-0825 camera:/dev/video2", "", ""},
		{"neither", []Config{{}}, "", "usb", "missing"},
		{"both", []Config{{Naming: logitech, Path: "/dev/video0"}}, "", "path", "want one of them"},
		{"no ids", []Config{{Naming: usb.Naming{USB: "046d"}}}, "", "usb", "four hexadecimal digits"},
		{"the same twice", []Config{{Naming: logitech}, {Naming: logitech}}, "", "id", "camera 1 too"},
		{"the page's", []Config{{Path: "/dev/video0", Naming: usb.Naming{ID: "browser"}}}, "", "id", "page's camera"},
	} {
		d, err := New(c.cfgs, nil)
		var m *usb.ConfigError
		switch {
		case c.key == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.key != "":
			if !errors.As(err, &m) || m.Driver != Name || m.Key != c.key || !strings.Contains(m.Problem, c.words) {
				t.Errorf("%s: %v", c.name, err)
			}
		default:
			var ids []string
			for _, s := range d.Sources() {
				ids = append(ids, s.Info().ID)
			}
			if got := strings.Join(ids, " "); got != c.ids {
				t.Errorf("%s: %s", c.name, got)
			}
		}
	}
}

// oneCode is a reader that reads the same in each frame.
type oneCode struct {
	saw func(View)
	in  chan struct{}
}

func (r oneCode) Offer(Frame) error { r.in <- struct{}{}; return nil }

func (r oneCode) Run(ctx context.Context) error {
	for {
		select {
		case <-r.in:
			r.saw(View{At: time.Now(), Symbols: []Symbol{{Text: "2900000000018", Raw: []byte("2900000000018"), AIM: "]E0"}}})
		case <-ctx.Done():
			return nil
		}
	}
}

// notes is a till that writes down what it is told.
type notes chan driver.Scan

func (n notes) Opened(driver.Info)    {}
func (n notes) Lost(string)           {}
func (n notes) Scanned(s driver.Scan) { n <- s }

// A code in the frames of a camera is delivered, and what ends the camera ends the
// run, with nothing left behind.
func TestDeliver(t *testing.T) {
	cam := newWebcam(settings{id: "camera:x"}, func(saw func(View)) Reader { return oneCode{saw, make(chan struct{}, 9)} })
	till := make(notes, 1)
	var got driver.Scan
	unplugged := errors.New("unplugged")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := cam.deliver(ctx, till, func(_ context.Context, offer func(Frame) error) error {
		offer(Frame{W: 1, H: 1, Stride: 1, Y: []byte{0}})
		got = <-till
		return unplugged
	})
	if !errors.Is(err, unplugged) || string(got.Data) != "2900000000018" || got.AIM != "]E0" {
		t.Errorf("%v; %v", err, got)
	}
	ended := false
	err = cam.deliver(ctx, till, func(ctx context.Context, _ func(Frame) error) error {
		cancel()
		<-ctx.Done()
		ended = true
		return nil
	})
	if err != nil || !ended {
		t.Errorf("the end of the context: %v, ended %v", err, ended)
	}
}

// twoThenNone is a reader that sees two codes, then a dark screen.
type twoThenNone struct{ saw func(View) }

func (r twoThenNone) Offer(Frame) error { return nil }

func (r twoThenNone) Run(ctx context.Context) error {
	at := time.Now()
	for i := range 12 {
		v := View{At: at.Add(time.Duration(i) * time.Second), Advice: []string{"too-dark", "glare"}}
		if i < 4 {
			v.Symbols = []Symbol{{Text: "1", Raw: []byte("1")}, {Text: "2", Raw: []byte("2")}}
		}
		r.saw(v)
	}
	<-ctx.Done()
	return nil
}

type advised struct {
	notes
	codes chan string
}

func (a advised) Advised(code string) { a.codes <- code }

// Why a webcam does not read what it sees is told, once for each reason.
func TestWebcamAdvises(t *testing.T) {
	cam := newWebcam(settings{id: "camera:x"}, func(saw func(View)) Reader { return twoThenNone{saw} })
	till := advised{make(notes, 1), make(chan string, 99)}
	err := cam.deliver(t.Context(), till, func(ctx context.Context, _ func(Frame) error) error {
		if a, b, c := <-till.codes, <-till.codes, <-till.codes; a != "several" || b != "" || c != "too-dark" {
			t.Errorf("advised %q, %q, %q", a, b, c)
		}
		return errors.New("unplugged")
	})
	if err == nil || len(till.codes) > 0 {
		t.Errorf("%v, %d more", err, len(till.codes))
	}
}
