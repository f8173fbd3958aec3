package serial

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/tillgate/tillgate/driver"
)

// Honeywell's decode header (menu command DECHDR1) says how long a code is, so
// that a code may hold any bytes. Honeywell Xenon/Granit user's guides, "Serial
// programming commands"; the layout as the maker's Bluetooth scanners send it:
//
//	16 FE | length of the payload, 4 bytes, little endian | 0D
//	payload: "MSGGET" | length of the data, 4 digits | code id | AIM code | AIM modifier | 1D | data
//
// The data ends in the suffix the scanner is set to (CR at the factory), which
// its length counts.
const (
	headerLen  = 21
	payloadLen = 14 // of the payload that is not data
)

// header is a counted frame that is coming in.
type header struct {
	raw  []byte // everything since 16
	need int    // length of the whole frame, 0 while it is not known
}

func (h *header) active() bool { return len(h.raw) > 0 }

// plausible reports whether raw can be the beginning of a counted frame.
func (h *header) plausible() bool {
	const fix = "\x16\xfe????\x0dMSGGET####*??\x1d"
	i := len(h.raw) - 1
	if i >= headerLen {
		return true
	}
	b := h.raw[i]
	switch fix[i] {
	case '?', '*':
	case '#':
		if b < '0' || b > '9' {
			return false
		}
	default:
		if b != fix[i] {
			return false
		}
	}
	if i != 16 {
		return true
	}
	data := 0
	for _, d := range h.raw[13:17] {
		data = 10*data + int(d-'0')
	}
	h.need = headerLen + data
	return binary.LittleEndian.Uint32(h.raw[2:6]) == uint32(payloadLen+data)
}

// count takes a byte of a counted frame. Bytes that turn out to be something
// else are framed like any others.
func (f *framer) count(b byte) {
	if len(f.head.raw) == 0 {
		f.learned.settle()
	}
	f.head.raw = append(f.head.raw, b)
	if !f.head.plausible() {
		f.replay()
		return
	}
	if n := len(f.head.raw); n < headerLen || n < f.head.need {
		return
	}
	raw := f.head.raw
	f.emit(frame{
		data:   f.uncounted(raw[headerLen:]),
		aim:    aimOf(raw[18], raw[19]),
		codeID: string(raw[17:18]),
		vendor: driver.VendorHoneywell,
	})
	f.head, f.opened = header{}, 0
	f.learned.name = nameCounted
}

// replay frames the bytes that looked like a header as ordinary ones.
func (f *framer) replay() {
	raw := f.head.raw
	f.head = header{}
	f.plain(raw[0])
	for _, b := range raw[1:] {
		f.step(b)
	}
}

// cutShort deals with a silence inside a counted frame: a frame that is surely
// one is given up, what is too short to tell is framed as ordinary bytes.
func (f *framer) cutShort() {
	if f.head.need == 0 {
		f.replay()
		if f.head.active() { // the replayed bytes end in the start of another one
			f.cutShort()
		}
		return
	}
	f.lose(fmt.Sprintf("counted frame cut short: %d of %d bytes", len(f.head.raw), f.head.need))
	f.head = header{}
}

// uncounted cuts the scanner's suffix off the data of a counted frame: the one
// of the configuration, or one line end.
func (f *framer) uncounted(data []byte) []byte {
	if f.rule.suffix != nil {
		return bytes.TrimSuffix(data, f.rule.suffix)
	}
	if f.rule.none {
		return data
	}
	if cut, ok := bytes.CutSuffix(data, []byte("\r\n")); ok {
		return cut
	}
	return bytes.TrimSuffix(data, []byte("\r"))
}

// aimOf makes an AIM identifier of the two characters of the header.
func aimOf(code, modifier byte) string {
	letter := code|0x20 >= 'a' && code|0x20 <= 'z'
	digit := modifier >= '0' && modifier <= '9' || modifier|0x20 >= 'a' && modifier|0x20 <= 'z'
	if !letter || !digit {
		return ""
	}
	return "]" + string([]byte{code, modifier})
}
