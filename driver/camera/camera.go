// Package camera is a camera as a scanner: the one that the cashier's page has
// opened in its browser, and a webcam on Linux.
//
// An imager has its eye and its reader in one housing and sends codes. A camera
// has the eye alone: the reader is decode/frame. So that imports go one way all
// the same, the driver names what it needs of a reader (Reader) and is given
// one; what it delivers are scans like any other's, with symbology and raw
// bytes, and everything behind it (decode, sync, ui) treats them so.
//
// The browser's camera is a device whose cable is the page's websocket. That
// ends in package ui, two stages further on, which hands each frame to the
// plug of this device (Browser.Plug); cmd puts the two together. The scan then
// goes the way of all scans, through the supervisor: the page that sent the
// frame is told what the reader saw of it, never who the customer is other than
// by the prompt, like any other page.
//
// What guards against the wrong customer. A code is delivered when it is the
// only one in view: while two different ones are, and for a second and some
// looks after, none is, and the page says so. A code that stays in view is one scan.
package camera

import (
	"context"
	"time"
)

// Name is the name of the driver, and the beginning of its devices' identities.
const Name = "camera"

// Frame is a grey picture. Row y begins at Y[y*Stride]; 0 is black.
type Frame struct {
	W, H, Stride int
	Y            []byte
}

// MaxPixels is the largest frame that is taken off a camera.
const MaxPixels = 1280 * 1024

// Symbol is a code in a frame.
type Symbol struct {
	Text   string
	Raw    []byte // payload, byte for byte; never empty
	AIM    string // symbology identifier, as "]Q1"
	Format string // the symbology for people: "QR Code"
}

// View is what a reader saw in one frame.
type View struct {
	At      time.Time // when the frame was taken up
	Symbols []Symbol  // all that are in view, new or not
	Advice  []string  // codes for what keeps it from reading, the surest first
	Cut     bool      // the time was over before the frame was searched whole
}

// Reader finds the codes in the frames of one camera.
type Reader interface {
	// Offer hands a frame over and returns at once. The frame may be written to
	// again then. A frame that nobody has looked at yet gives way to it.
	Offer(Frame) error
	// Run looks at frames until ctx ends.
	Run(ctx context.Context) error
}

// NewReader makes the reader of one camera. It calls saw from Run, once for each
// frame that it has looked at.
type NewReader func(saw func(View)) Reader
