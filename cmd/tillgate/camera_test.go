//go:build linux

package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// pass is what a camera sees of a wallet pass with that text, 640 x 480.
func pass(t *testing.T, format, text string) phonescreen.Picture {
	t.Helper()
	p, err := phonescreen.DrawText("lowres", format, text, 1, 7)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// film writes what a camera sees into a file.
func film(t *testing.T, frames int, pictures ...[]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "film.y4m")
	if err := os.WriteFile(name, uitest.Film(640, 480, frames, pictures...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// From a wallet pass in front of the browser's camera to the question on the page
// and the points in the ledger. The card in view is one scan; the camera is given
// back when the panel closes.
func TestSaleWithTheBrowsersCamera(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	b := uitest.OpenWithCamera(t, film(t, 15, pass(t, "qr", card1).Y), x.page, width, height)
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	x.total(100_000)
	b.Click(`[data-do="camera"]`)
	spend(b, 100)
	b.Until(`document.querySelector('[data-camera="on"][data-view="read"]')`)
	b.Shot("read")
	c := x.connect()
	device := func(s checkout.State) checkout.Device {
		for _, d := range s.Devices {
			if d.ID == camera.BrowserID {
				return d
			}
		}
		return checkout.Device{}
	}
	c.await(t, "one scan of a card in view", func(s checkout.State) bool {
		d := device(s)
		return d.State == driver.Ready && d.Scans == 1
	})
	b.Click(`[data-do="camera-off"]`)
	b.Until(`!document.querySelector('.camera')`)
	s := c.await(t, "the camera is off", func(s checkout.State) bool { return device(s).State == driver.Off })
	for _, c := range s.Conditions {
		if c.Code == checkout.ScannerLost {
			t.Error("a camera that was switched off is shown as lost")
		}
	}
	b.Click(`[data-choice="paid"]`)
	b.Until(`!document.querySelector('[data-prompt]')`)
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 100 {
		t.Errorf("the ledger has %d redemptions of %d points, want one of 100", n, points)
	}
	x.audit()
	x.stop()
}

// With two cards in view nothing is decided, and the page says so; a screen that
// is too dark has its advice.
func TestTwoCardsAndDarkness(t *testing.T) {
	x := newTill(t)
	if raceEnabled {
		// Cards are told apart when both are read in the time that a frame has. The
		// race detector takes ten times as long: this is of the program as it is shipped.
		x.bin = filepath.Join(x.dir, "tillgate")
		if out, err := exec.Command("go", "build", "-o", x.bin, ".").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	x.start()
	x.filled()
	one, other := pass(t, "qr", card1), pass(t, "ean13", "2900000000025")
	both := make([]byte, 640*480)
	copy(both, one.Y[640*100:640*340]) // one above the other
	copy(both[640*240:], other.Y[640*100:640*340])
	dark := bytes.Repeat([]byte{24}, 640*480)
	b := uitest.OpenWithCamera(t, film(t, 60, both, dark), x.page, width, height)
	b.Click(`[data-do="camera"]`)
	b.Until(`document.querySelector('[data-view="several"]')`)
	b.Shot("several")
	b.Until(`document.querySelector('[data-advice="too-dark"]')`)
	b.Shot("dark")
	b.Until(`document.querySelector('[data-view="several"]')`)
	c := x.connect()
	s := c.now()
	if s.Prompt != nil {
		t.Errorf("two cards in view led to the prompt %s", s.Prompt.Kind)
	}
	for _, d := range s.Devices {
		if d.ID == camera.BrowserID && (d.Scans != 0 || d.Lost == 0) {
			t.Errorf("%d scans, %d thrown away; want none, and some", d.Scans, d.Lost)
		}
	}
}

// A screenshot that came in a chat is dropped on the page.
func TestPictureOnThePage(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	p, err := phonescreen.DrawText("screenshot", "qr", card1, 1, 7)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, &image.Gray{Pix: p.Y, Stride: p.W, Rect: image.Rect(0, 0, p.W, p.H)}); err != nil {
		t.Fatal(err)
	}
	b := uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	drop := func(data []byte) {
		uitest.Eval[bool](b, `(() => { const d = new DataTransfer(); d.items.add(new File([Uint8Array.from(atob('`+base64.StdEncoding.EncodeToString(data)+`'), (c) => c.charCodeAt(0))], 'x.png')); document.body.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: d})); return true; })()`)
	}
	drop(bytes.Repeat([]byte("no picture"), 10))
	b.Until(`document.querySelector('[data-picture="format"]')`)
	// the head of a picture of 60000 x 60000: refused before anything is unpacked
	bomb := bytes.Clone(file.Bytes())
	for i, b := range []byte{0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60} {
		bomb[16+i] = b
	}
	sum := crc32.ChecksumIEEE(bomb[12:29])
	bomb[29], bomb[30], bomb[31], bomb[32] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
	drop(bomb)
	b.Until(`document.querySelector('[data-picture="size"]')`)
	drop(file.Bytes()[:file.Len()/2])
	b.Until(`document.querySelector('[data-picture="damaged"]')`)
	x.total(100_000)
	// what can be done about a picture is said too, in the page's language
	var dark bytes.Buffer
	if err := png.Encode(&dark, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		t.Fatal(err)
	}
	drop(dark.Bytes())
	b.Until(`document.querySelector('[data-picture="searching"] [data-advice="too-dark"]')`)
	drop(file.Bytes())
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Until(`document.querySelector('[data-picture="read"]')`)
	b.Shot("read")
}

// An imager on a serial line ships a picture (SSI, IMAGE_DATA), and the card in it
// becomes the question on the page.
func TestPictureOfAnImager(t *testing.T) {
	x, s := tillWith(t, makers[0], "")
	x.start()
	x.filled()
	c := x.connect()
	x.total(100_000)
	c.await(t, "the imager is open", func(s checkout.State) bool { return len(s.Devices) == 1 && s.Devices[0].State == driver.Ready })
	p := pass(t, "qr", card1)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, &image.Gray{Pix: p.Y, Stride: p.W, Rect: image.Rect(0, 0, p.W, p.H)}, nil); err != nil {
		t.Fatal(err)
	}
	imager := s.(*drivertest.SSI)
	// a picture in which nothing is read says what to do about it
	b := uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	var dark bytes.Buffer
	if err := jpeg.Encode(&dark, image.NewGray(image.Rect(0, 0, p.W, p.H)), nil); err != nil {
		t.Fatal(err)
	}
	if err := imager.Picture(0x31, p.W, p.H, dark.Bytes()); err != nil {
		t.Fatal(err)
	}
	b.Until(`document.querySelector('.notices [data-advice="too-dark"]')`)
	b.Shot("too-dark")
	if err := imager.Picture(0x31, 320, 240, file.Bytes()[:2000]); err != nil { // torn: thrown away
		t.Fatal(err)
	}
	if err := imager.Picture(0x31, p.W, p.H, file.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got := c.awaitPrompt(t, checkout.AskSpend); got.Scan == nil || got.Scan.Device != c.now().Devices[0].ID || got.Scan.Seq != 3 {
		t.Errorf("the prompt is bound to %+v", got.Scan)
	}
	b.Until(`document.querySelector('[data-kind="spend"]') && !document.querySelector('[data-advice]')`)
}

// What the page's camera costs the daemon: 640 x 480 at 15 frames a second over the
// websocket, as a share of one core; and what a page that sent JPEG would add.
func TestCameraFigures(t *testing.T) {
	if !*figures {
		t.Skip("measures for a minute: -figures")
	}
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	if err := c.send(map[string]any{"type": "camera", "on": true}); err != nil {
		t.Fatal(err)
	}
	held, hard := pass(t, "qr", card1), pass(t, "qr", card1)
	if p, err := phonescreen.DrawText("lowres", "pdf417", card1, 4, 3); err == nil {
		hard = p
	}
	var counter [][]byte
	for i := range phonescreen.Negatives {
		counter = append(counter, phonescreen.Negative(i, 5).Y)
	}
	const rate, seconds, settle = 15, 12, 8 // settle: a picture that stays has been in view for so long
	for _, scene := range []struct {
		name string
		film [][]byte // each for two seconds
	}{{"an empty counter", counter[6:7]}, {"stripes and squares, printed all over", counter[5:6]}, {"other things, two seconds each", counter}, {"a card held in view", [][]byte{held.Y}}, {"a card hard to read", [][]byte{hard.Y}}} {
		lead := 0
		if len(scene.film) == 1 {
			lead = rate * settle
		}
		before, start := x.cpu(), time.Now()
		tick := time.NewTicker(time.Second / rate)
		for i := range lead + rate*seconds {
			<-tick.C
			if i == lead {
				before, start = x.cpu(), time.Now()
			}
			y := scene.film[i/(2*rate)%len(scene.film)]
			c.write.Lock()
			err := c.conn.WriteMessage(websocket.BinaryMessage, append([]byte{1, 1, 640 >> 8, 640 & 255, 480 >> 8, 480 & 255}, y...))
			c.write.Unlock()
			if err != nil {
				t.Fatal(err)
			}
		}
		tick.Stop()
		used, took := x.cpu()-before, time.Since(start)
		t.Logf("%-38s %4.1f %% of a core, %.1f ms a frame at %.1f frames a second", scene.name, 100*float64(used)/float64(took), used.Seconds()*1000/(rate*seconds), rate*seconds/took.Seconds())
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, &image.Gray{Pix: held.Y, Stride: 640, Rect: image.Rect(0, 0, 640, 480)}, nil); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for range 100 {
		if _, err := frame.ReadPicture(bytes.NewReader(file.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("unpacking a grey JPEG of it: %v", time.Since(start)/100)
}

// cpu is the time that the daemon has used so far.
func (x *till) cpu() time.Duration {
	x.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		x.t.Fatal(err)
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // from the third field on; proc(5)
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err := errors.Join(err1, err2); err != nil {
		x.t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}
