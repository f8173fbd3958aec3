//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/decode/frame/phonescreen"
	"github.com/tillgate/tillgate/driver"
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
			if d.ID == "camera:browser" {
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
