package decode

import (
	"time"

	"github.com/tillgate/tillgate/decode/aim"
)

// Repeats tells the same card held in view of a scanner from a card that is
// shown again.
//
// A card or phone is a repeat if the scan before on the same device was the same code
// and not longer ago than the window. Each repeat opens the window anew, but
// only up to the cap after the first: who shows a card for longer means it.
// Any other code in between closes the window. Products and unknown codes are
// never repeats: two of the same article are two.
//
// Time is that of the scans. If it runs backwards between two of them (the
// clock of the till was set) the later is no repeat: one prompt too many does no
// harm, one too few would.
//
// It keeps one scan for each of the last 64 devices. It is for one goroutine.
type Repeats struct {
	window, cap time.Duration
	last        map[string]showing // by device
}

// showing is a card in view of a device.
type showing struct {
	symbology   aim.Symbology
	raw         string
	first, last time.Time
}

// maxDevices bounds the memory, whatever the devices call themselves.
const maxDevices = 64

// NewRepeats makes one. A window of 0 switches it off; a cap of 0 is none.
func NewRepeats(window, cap time.Duration) *Repeats {
	return &Repeats{window: window, cap: cap, last: make(map[string]showing)}
}

// Mark sets Again if the code is a repeat. Every code of every device must pass
// through here, in the order of the scans.
func (r *Repeats) Mark(c Code) Code {
	c.Again = false
	device := c.Scan.Device
	switch {
	case r.window <= 0 || c.Kind == Reply:
		return c
	case c.Kind != Card && c.Kind != Phone:
		delete(r.last, device)
		return c
	}
	s, ok := r.last[device]
	if ok && s.symbology == c.Symbology && s.raw == string(c.Raw) && r.within(s, c.Scan.At) {
		c.Again = true
		s.last = c.Scan.At
	} else {
		s = showing{symbology: c.Symbology, raw: string(c.Raw), first: c.Scan.At, last: c.Scan.At}
	}
	if _, known := r.last[device]; !known && len(r.last) >= maxDevices {
		r.forget()
	}
	r.last[device] = s
	return c
}

func (r *Repeats) within(s showing, at time.Time) bool {
	since := at.Sub(s.last)
	return since >= 0 && since <= r.window && (r.cap <= 0 || at.Sub(s.first) <= r.cap)
}

// forget drops the device that has been silent for longest.
func (r *Repeats) forget() {
	var oldest string
	var at time.Time
	for device, s := range r.last {
		if at.IsZero() || s.last.Before(at) {
			oldest, at = device, s.last
		}
	}
	delete(r.last, oldest)
}
