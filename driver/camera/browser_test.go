package camera_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/drivertest/contract"
)

// blackboard is a reader of frames whose first row is the code, in letters up to
// the first zero; nothing is read from an empty one. A frame of one letter "!"
// makes it panic.
type blackboard struct {
	saw    func(camera.View)
	frames chan string
}

func newBlackboard(saw func(camera.View)) camera.Reader {
	return &blackboard{saw, make(chan string, 100)}
}

func (r *blackboard) Offer(f camera.Frame) error {
	text := ""
	for _, b := range f.Y[:f.W] {
		if b != 0 {
			text += string(rune(b))
		}
	}
	r.frames <- text
	return nil
}

func (r *blackboard) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case text := <-r.frames:
			v := camera.View{At: time.Now()}
			switch text {
			case "!":
				panic("a picture that nobody foresaw")
			case "":
				v.Advice = []string{"too-dark"}
			default:
				v.Symbols = []camera.Symbol{{Text: text, Raw: []byte(text), AIM: "]Q1", Format: "QR Code"}}
			}
			r.saw(v)
		}
	}
}

func write(text string) camera.Frame {
	f := camera.Frame{W: 64, H: 16, Stride: 64, Y: make([]byte, 64*16)}
	copy(f.Y, text)
	return f
}

func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T) contract.Subject {
		b := camera.NewBrowser(newBlackboard)
		t.Cleanup(b.Plug().Pull)
		return contract.Subject{
			Driver: b,
			Scan: func(ctx context.Context, code string) error {
				return b.Deliver(ctx, camera.Symbol{Text: code, Raw: []byte(code), AIM: "]E0"})
			},
		}
	})
}

// bench is a browser's camera under a supervisor.
type bench struct {
	t *testing.T
	*camera.Browser
	*driver.Supervisor
}

func start(t *testing.T) bench {
	b := bench{t, camera.NewBrowser(newBlackboard), driver.NewSupervisor(slog.New(slog.DiscardHandler))}
	b.Add(b.Browser)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Supervisor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range b.Scans() {
		}
		<-ended
	})
	return b
}

func (b bench) Run(ctx context.Context) error { return b.Supervisor.Run(ctx) }

func (b bench) until(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s; %+v", what, b.Report())
		}
	}
}

func (b bench) state(s driver.State) func() bool {
	return func() bool { return b.Report()[0].State == s }
}

// shows offers frames until the plug shows what is wanted.
func (b bench) shows(p *camera.Plug, text string, ok func(camera.Look) bool) {
	b.t.Helper()
	b.until("the page is shown it", func() bool {
		l, err := p.Offer(write(text))
		if err != nil {
			b.t.Fatal(err)
		}
		return ok(l)
	})
}

func (b bench) scanned(want string) {
	b.t.Helper()
	select {
	case s := <-b.Scans():
		if string(s.Data) != want || s.AIM != "]Q1" || s.Device != camera.BrowserID {
			b.t.Errorf("got %q %s of %s, want %q", s.Data, s.AIM, s.Device, want)
		}
	case <-time.After(10 * time.Second):
		b.t.Fatalf("no scan of %q", want)
	}
}

func TestPageComesAndGoes(t *testing.T) {
	b := start(t)
	p := b.Plug()
	b.until("ready", b.state(driver.Ready))
	b.shows(p, "card-1", func(l camera.Look) bool { return l.State == camera.Read && l.Reads == 1 })
	b.scanned("card-1")
	p.Pull()
	p.Pull()
	b.until("off", b.state(driver.Off))

	p = b.Plug()
	b.until("ready again", b.state(driver.Ready))
	b.shows(p, "card-1", func(l camera.Look) bool { return l.State == camera.Read })
	b.scanned("card-1")
	b.shows(p, "", func(l camera.Look) bool { return len(l.Advice) == 1 && l.Advice[0] == "too-dark" })

	next := b.Plug()
	if l, err := p.Offer(write("card-2")); err != nil || l.State != camera.Taken {
		t.Errorf("the page before is shown %+v, %v", l, err)
	}
	p.Pull() // says nothing about the next one
	b.shows(next, "card-3", func(l camera.Look) bool { return l.State == camera.Read })
	b.scanned("card-3")
}

// A picture is delivered whether the camera is on or not, and leaves it as it was.
func TestPictures(t *testing.T) {
	b := start(t)
	deliver := func(text string) {
		t.Helper()
		if err := b.Deliver(t.Context(), camera.Symbol{Text: text, Raw: []byte(text), AIM: "]Q1"}); err != nil {
			t.Fatal(err)
		}
		b.scanned(text)
	}
	deliver("one")
	b.until("off", b.state(driver.Off))
	deliver("two")
	p := b.Plug()
	b.until("ready", b.state(driver.Ready))
	deliver("three")
	b.shows(p, "four", func(l camera.Look) bool { return l.State == camera.Read })
	b.scanned("four")
}

// A panic in the reader is an error of this device alone, which goes on.
func TestReaderPanics(t *testing.T) {
	b := start(t)
	p := b.Plug()
	b.until("ready", b.state(driver.Ready))
	b.shows(p, "!", func(camera.Look) bool { return b.Report()[0].State == driver.Failed })
	b.until("ready again", b.state(driver.Ready))
	b.shows(p, "card", func(l camera.Look) bool { return l.State == camera.Read })
	b.scanned("card")
}

func TestFramesThatAreNone(t *testing.T) {
	p := camera.NewBrowser(newBlackboard).Plug()
	for _, f := range []camera.Frame{{}, {W: 4, H: 4, Stride: 4, Y: make([]byte, 15)}, {W: 4, H: 4, Stride: 3, Y: make([]byte, 16)}, {W: 1281, H: 1024, Stride: 1281, Y: make([]byte, 1281*1024)}, {W: -1, H: -1, Stride: 4}} {
		if _, err := p.Offer(f); err == nil {
			t.Errorf("%d x %d, stride %d, %d bytes was taken", f.W, f.H, f.Stride, len(f.Y))
		}
	}
}
