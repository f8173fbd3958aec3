package ssi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// A picture comes in as many IMAGE_DATA packets as it needs, all but the last
// marked as going on. The first begins with a preamble of ten bytes, which is all that
// public libraries know of it. What stands here of its inside is common knowledge
// without a source that could be checked, and no scanner was seen to send it: size of
// the file, width and height in pixels, big endian in 4, 2 and 2 bytes; the kind of
// file, 31 JPEG, 33 BMP, 34 TIFF; bits per pixel. So the file's own beginning decides
// what it is, and one that begins at once, without a preamble, is taken too.
const preamble = 10

// picture is one that is coming in.
type picture struct {
	open bool
	skip bool // too large or not understood: its packets are acknowledged and forgotten
	size int  // as announced
	bare bool // nothing was announced: it ends with its last packet
	kind byte
	data []byte
}

// formats by what files begin with.
var formats = []struct {
	begins string
	format driver.Format
}{
	{"\xff\xd8\xff", driver.JPEG}, {"BM", driver.BMP}, {"II*\x00", driver.TIFF}, {"MM\x00*", driver.TIFF},
}

// picture takes a packet of a picture.
func (s *Session) picture(p Packet, now time.Time) {
	if s.open {
		s.drop("a picture came before a code had ended")
	}
	v, more := &s.view, p.Status&More != 0
	data := p.Data
	if !v.open {
		*v = picture{open: true}
		if data = v.begin(data); v.skip {
			s.sink.Lost(fmt.Sprintf("picture of %d bytes: more than %d, or not understood", v.size, driver.MaxPicture))
		}
	}
	if !v.skip && len(v.data)+len(data) > v.size {
		v.skip = true
		s.sink.Lost("picture longer than it said")
	}
	if !v.skip {
		v.data = append(v.data, data...)
	}
	if more {
		return
	}
	whole := *v
	*v = picture{}
	s.shot(now)
	if whole.skip {
		return
	}
	if format, err := whole.check(); err != nil {
		s.sink.Lost(err.Error())
	} else {
		s.sink.Pictured(driver.Picture{At: now, Format: format, Data: whole.data})
	}
}

// begin reads the preamble and returns what follows it.
func (v *picture) begin(b []byte) []byte {
	if formatOf(b) != "" {
		v.size, v.bare = driver.MaxPicture, true
		return b
	}
	if len(b) < preamble {
		v.skip = true
		return nil
	}
	size := binary.BigEndian.Uint32(b)
	v.kind, v.skip = b[8], size == 0 || size > driver.MaxPicture
	v.size = int(min(size, 1<<30))
	return b[preamble:]
}

func (v *picture) check() (driver.Format, error) {
	// Whether the size counts the preamble too is read either way.
	if n := len(v.data); !v.bare && n != v.size && n != v.size-preamble {
		return "", fmt.Errorf("picture of %d bytes where %d were announced", n, v.size)
	}
	if f := formatOf(v.data); f != "" {
		return f, nil
	}
	return "", fmt.Errorf("picture of a kind that is not known (%#02x): want JPEG, BMP or TIFF", v.kind)
}

// formatOf is the kind of a file by its beginning, "" if it is none that is known.
func formatOf(file []byte) driver.Format {
	for _, f := range formats {
		if bytes.HasPrefix(file, []byte(f.begins)) {
			return f.format
		}
	}
	return ""
}
