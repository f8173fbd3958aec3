package keyboard

import "time"

// Report takes a boot report: modifiers, a byte that is reserved, six keys (HID
// 1.11, appendix B.1), and the time it came in.
//
// The keys of one report went down in the order of the array. A key that the
// report before had too is still held. One that stands in it twice was pressed
// twice: scanners send Alt+080 so.
//
// The time between two reports is no silence: it may be the reader who was late.
// Silence is what Tick says.
func (d *Decoder) Report(r []byte, at time.Time) {
	if len(r) < 8 {
		d.drop("report too short for a keyboard")
		return
	}
	var now [6]uint8
	copy(now[:], r[2:8])
	for _, u := range now {
		if u >= 1 && u <= 3 { // roll-over and other errors (HID Usage Tables, page 7)
			d.drop("scanner pressed more keys at once than its report holds")
			d.last, d.prev = at, [6]uint8{}
			return
		}
	}
	d.modifiers(r[0], at)
	before := map[uint8]int{}
	for _, u := range d.prev {
		before[u]++
	}
	for _, u := range now {
		if u == 0 {
			continue
		}
		if before[u] > 0 {
			before[u]--
			continue
		}
		d.press(u, at)
	}
	d.prev = now
}

// modifiers takes the new state of the modifier keys.
func (d *Decoder) modifiers(m uint8, at time.Time) {
	if m != d.mods {
		d.last = at
	}
	released := d.mods &^ m
	d.mods = m
	if released&LeftAlt != 0 {
		d.altReleased()
	}
}
