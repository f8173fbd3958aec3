package vm_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// bars is a reader that reads a code in every frame with dark and bright places.
type bars struct {
	saw    func(camera.View)
	frames chan string // the code of a frame: its size
}

func newBars(saw func(camera.View)) camera.Reader {
	return bars{saw, make(chan string, 100)}
}

func (b bars) Offer(f camera.Frame) error {
	lo, hi := byte(255), byte(0)
	for y := range f.H {
		for _, v := range f.Y[y*f.Stride:][:f.W] {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi-lo < 100 {
		return fmt.Errorf("a frame of greys from %d to %d", lo, hi)
	}
	select {
	case b.frames <- fmt.Sprintf("%dx%d", f.W, f.H):
	default:
	}
	return nil
}

func (b bars) Run(ctx context.Context) error {
	for {
		select {
		case size := <-b.frames:
			b.saw(camera.View{At: time.Now(), Symbols: []camera.Symbol{{Text: size, Raw: []byte(size), AIM: "]Q1"}}})
		case <-ctx.Done():
			return nil
		}
	}
}

// The kernel's own test camera (vivid), as a webcam: its frames come, one program
// at a time has it, and after it was away it is taken up again.
func TestGuestWebcam(t *testing.T) {
	vm.Inside(t)
	const path, id = "/dev/video0", "camera:/dev/video0"
	make := func(name string) *camera.Driver {
		c := camera.Config{Path: path}
		c.ID = name
		d, err := camera.New([]camera.Config{c}, newBars)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	found, err := make("").Find(t.Context())
	if err != nil || len(found) == 0 || found[0].ID != id || found[0].Problem != "" || !strings.HasPrefix(found[0].Name, "vivid") {
		t.Fatalf("found %+v, %v", found, err)
	}
	y := start(t, make(""))
	st := y.state(id, driver.Ready)
	t.Logf("%s: %s", st.Info.Name, st.Info.Mode)
	y.expect(id, "640x480")

	t.Run("another program", func(t *testing.T) {
		other := start(t, make("other"))
		if st := other.state("camera:other", driver.Busy); !strings.Contains(st.Reason, "in use") {
			t.Error(st.Reason)
		}
	})
	if err := os.WriteFile("/sys/bus/platform/drivers/vivid/unbind", []byte("vivid.0"), 0o200); err != nil {
		t.Fatal(err)
	}
	y.state(id, driver.Absent)
	if err := os.WriteFile("/sys/bus/platform/drivers/vivid/bind", []byte("vivid.0"), 0o200); err != nil {
		t.Fatal(err)
	}
	y.state(id, driver.Ready)
	y.expect(id, "640x480")
}
