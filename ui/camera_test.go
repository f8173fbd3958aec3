package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/decode/frame"
)

// fakeCameras counts what it is given.
type fakeCameras struct {
	mu     sync.Mutex
	open   int
	frames []string // their sizes
}

func (f *fakeCameras) Open() Camera {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	return &fakeCamera{f: f}
}

func (f *fakeCameras) Picture(_ context.Context, file io.Reader) (View, error) {
	b, err := io.ReadAll(file)
	switch {
	case err != nil:
		return View{}, err
	case !bytes.HasPrefix(b, []byte("GIF89a")):
		return View{}, frame.ErrPicture
	case bytes.Contains(b, []byte("torn")):
		return View{}, errors.New("unexpected end")
	case bytes.Contains(b, []byte("town")):
		return View{}, fmt.Errorf("%w: 20000 x 20000", frame.ErrSize)
	}
	return View{State: ViewRead, Codes: []ViewCode{{Format: "QR Code", Ending: "18"}}, Reads: 1}, nil
}

func (f *fakeCameras) opened() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

type fakeCamera struct {
	f    *fakeCameras
	once sync.Once
}

func (c *fakeCamera) Frame(p frame.Frame) (View, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.frames = append(c.f.frames, fmt.Sprintf("%dx%d", p.W, p.H))
	if p.W == 17 {
		return View{}, errors.New("no frames of 17")
	}
	return View{State: ViewSearching, Advice: []frame.Advice{frame.Dark}}, nil
}

func (c *fakeCamera) Close() {
	c.once.Do(func() {
		c.f.mu.Lock()
		defer c.f.mu.Unlock()
		c.f.open--
	})
}

func pixels(w, h int) []byte {
	return append([]byte{1, 1, byte(w >> 8), byte(w), byte(h >> 8), byte(h)}, make([]byte, w*h)...)
}

func (c *wsClient) sendFrame(b []byte) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.BinaryMessage, b); err != nil {
		c.t.Fatal(err)
	}
}

// view is the answer to a frame.
func (c *wsClient) view() (v viewMessage) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, b, err := c.conn.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	if json.Unmarshal(b, &v); v.Type != "view" {
		c.t.Fatalf("got %s, want a view", b)
	}
	return v
}

func TestEachFrameIsAnswered(t *testing.T) {
	f := &fakeCameras{}
	s := start(t, Options{Desk: newFakeDesk(), Cameras: f})
	c, _ := connect(t, s, `{"type":"hello","want":["scans"]}`)
	c.send(`{"type":"camera","on":true}`)
	for i := range 3 {
		c.sendFrame(pixels(640, 480))
		if v := c.view(); v.Frame != i+1 || v.State != ViewSearching || len(v.Advice) != 1 {
			t.Fatalf("frame %d: %+v", i+1, v)
		}
	}
	c.send(`{"type":"camera","on":true}`) // anew
	c.sendFrame(pixels(1280, 1024))
	if v := c.view(); v.Frame != 1 || f.opened() != 1 {
		t.Errorf("%+v, %d cameras", v, f.opened())
	}
	c.send(`{"type":"camera","on":false}`)
	c.sendFrame(pixels(64, 48))
	if m := c.want("error"); m.Code != codeBadFrame {
		t.Errorf("a frame of a camera that is off: %+v", m)
	}
	if f.opened() != 0 || strings.Join(f.frames, " ") != "640x480 640x480 640x480 1280x1024" {
		t.Errorf("%d cameras are on; frames %v", f.opened(), f.frames)
	}
}

func TestCameraGoesWithItsPage(t *testing.T) {
	f := &fakeCameras{}
	s := start(t, Options{Desk: newFakeDesk(), Cameras: f})
	c, _ := connect(t, s, `{"type":"hello","want":["scans"]}`)
	c.send(`{"type":"camera","on":true}`)
	c.sendFrame(pixels(64, 48))
	c.view()
	c.conn.Close()
	for end := time.Now().Add(5 * time.Second); f.opened() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the camera of a page that has gone is on")
		}
	}
}

func TestFramesAreRefused(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), Cameras: &fakeCameras{}})
	for name, b := range map[string][]byte{
		"empty": {}, "head alone": {1, 1, 0, 64, 0, 48}, "another version": append([]byte{2}, pixels(64, 48)[1:]...),
		"another format": append([]byte{1, 2}, pixels(64, 48)[2:]...), "too short": pixels(64, 48)[:100], "too long": append(pixels(64, 48), 0),
		"no pixels": pixels(0, 48), "the reader's reason": pixels(17, 48),
	} {
		c, _ := connect(t, s, `{"type":"hello","want":["scans"]}`)
		c.send(`{"type":"camera","on":true}`)
		c.sendFrame(b)
		if m := c.want("error"); m.Code != codeBadFrame {
			t.Errorf("%s: %+v", name, m)
		}
		c.sendFrame(pixels(64, 48))
		if v := c.view(); v.Frame != 1 {
			t.Errorf("%s: the next frame: %+v", name, v)
		}
		c.conn.Close()
	}
}

// No message is longer than what it may be: a frame only while the camera is on.
func TestFramesAreCapped(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), Cameras: &fakeCameras{}})
	gone := func(name string, c *wsClient) {
		t.Helper()
		// Closed on while what was sent is not read, a connection may be reset
		// before the reason arrives.
		if _, err := c.read(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ := connect(t, s, `{"type":"hello","want":["scans"]}`)
	c.conn.WriteMessage(websocket.BinaryMessage, pixels(640, 480))
	gone("a frame before the camera is on", c)
	c, _ = connect(t, s, `{"type":"hello","want":["scans"]}`)
	c.send(`{"type":"camera","on":true}`)
	c.conn.WriteMessage(websocket.BinaryMessage, pixels(1280, 1025))
	gone("a frame that is too large", c)
	c, _ = connect(t, s, `{"type":"hello","want":["scans"]}`)
	c.send(`{"type":"camera","on":true}`)
	c.conn.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte(" "), 300<<10))
	if _, err := c.read(); err == nil {
		t.Error("a text as long as a frame was read")
	}
}

func TestWhoseCamera(t *testing.T) {
	const pos = "https://pos.example.org"
	s := start(t, Options{Desk: newFakeDesk(), Cameras: &fakeCameras{}, Origins: []string{pos}})
	c := dial(t, s, http.Header{"Origin": {pos}})
	c.send(`{"type":"hello"}`)
	if m := c.want("error"); m.Code != codeUnpaired {
		t.Errorf("a page that has not paired: %+v", m)
	}
	if status, _, b := call(t, s, "POST", "/v1/picture", "GIF89a", "Origin", pos); status != 401 {
		t.Errorf("its picture: %d %s", status, b)
	}
	if status, _, b := call(t, s, "POST", "/v1/picture", "GIF89a", "Origin", "https://evil.example"); status != 403 {
		t.Errorf("a foreign page's picture: %d %s", status, b)
	}
	none := start(t, Options{Desk: newFakeDesk()})
	c, w := connect(t, none, `{"type":"hello","want":["scans"]}`)
	if c.send(`{"type":"camera","on":true}`); c.want("error").Code != codeNoCamera {
		t.Errorf("welcome %+v", w)
	}
	if status, _, _ := call(t, none, "POST", "/v1/picture", "GIF89a"); status != 404 {
		t.Errorf("a picture where none is wanted: %d", status)
	}
}

// FuzzFrame: whatever a binary message is, it is a frame whose size is its own, or
// an error that says why not.
func FuzzFrame(f *testing.F) {
	f.Add(pixels(16, 16))
	f.Add([]byte{1, 1, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{1, 1, 0, 16, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseFrame(b)
		if err != nil {
			if e, ok := err.(*protocolError); !ok || e.detail == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		if len(p.Y) != p.W*p.H || p.Stride != p.W || p.W < 16 || p.H < 16 {
			t.Fatalf("%d x %d with %d bytes", p.W, p.H, len(p.Y))
		}
	})
}
