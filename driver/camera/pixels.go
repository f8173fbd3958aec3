package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sync"
)

// pixelFormat is a way in which cameras send pictures.
type pixelFormat struct {
	name string // four characters, as V4L2 has it
	grey func(g *greyer, data []byte) (Frame, error)
}

// pixelFormats are those that are taken, the cheapest first: the grey plane of
// most is there already, MJPG must be unpacked.
var pixelFormats = []pixelFormat{
	{"GREY", (*greyer).plane}, {"NV12", (*greyer).plane}, {"YU12", (*greyer).plane},
	{"YUYV", func(g *greyer, b []byte) (Frame, error) { return g.pairs(b, 0) }},
	{"UYVY", func(g *greyer, b []byte) (Frame, error) { return g.pairs(b, 1) }},
	{"MJPG", (*greyer).jpeg},
}

func (f pixelFormat) fourCC() uint32 {
	return uint32(f.name[0]) | uint32(f.name[1])<<8 | uint32(f.name[2])<<16 | uint32(f.name[3])<<24
}

// greyer makes grey frames of what a camera sends. The next frame is made in the
// memory of the one before.
type greyer struct {
	w, h   int
	stride int // bytes of a row; 0 where the camera does not say
	buf    []byte
}

var errShort = errors.New("the frame is cut short")

// plane takes the grey plane, which comes first.
func (g *greyer) plane(b []byte) (Frame, error) {
	stride := max(g.stride, g.w)
	if len(b) < (g.h-1)*stride+g.w {
		return Frame{}, errShort
	}
	return Frame{W: g.w, H: g.h, Stride: stride, Y: b}, nil
}

// pairs takes every other byte, from the byte at on.
func (g *greyer) pairs(b []byte, at int) (Frame, error) {
	stride := max(g.stride, 2*g.w)
	if len(b) < (g.h-1)*stride+2*g.w {
		return Frame{}, errShort
	}
	if cap(g.buf) < g.w*g.h {
		g.buf = make([]byte, g.w*g.h)
	}
	out := g.buf[:g.w*g.h]
	for y := range g.h {
		row, to := b[y*stride+at:y*stride+2*g.w], out[y*g.w:][:g.w]
		for x := range to {
			to[x] = row[2*x]
		}
	}
	return Frame{W: g.w, H: g.h, Stride: g.w, Y: out}, nil
}

// jpeg unpacks a JPEG. Those of cameras lack the Huffman tables as a rule, since
// they are always the same.
func (g *greyer) jpeg(b []byte) (Frame, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return Frame{}, fmt.Errorf("frame of the camera: %w", err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width*c.Height > MaxPixels {
		return Frame{}, fmt.Errorf("frame of the camera is %d x %d", c.Width, c.Height)
	}
	m, err := jpeg.Decode(bytes.NewReader(withTables(b)))
	if err != nil {
		return Frame{}, fmt.Errorf("frame of the camera: %w", err)
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return Frame{W: m.Rect.Dx(), H: m.Rect.Dy(), Stride: m.YStride, Y: m.Y}, nil
	case *image.Gray:
		return Frame{W: m.Rect.Dx(), H: m.Rect.Dy(), Stride: m.Stride, Y: m.Pix}, nil
	}
	return Frame{}, errors.New("frame of the camera has colours of no camera")
}

// withTables puts the standard Huffman tables (ITU-T T.81, annex K.3) before the
// scan of a JPEG that has none.
func withTables(b []byte) []byte {
	at := 2
	for at+4 <= len(b) && b[at] == 0xff && b[at+1] != 0xda { // up to SOS
		if b[at+1] == 0xc4 { // DHT
			return b
		}
		at += 2 + int(b[at+2])<<8 + int(b[at+3])
	}
	if at+4 > len(b) || b[at] != 0xff {
		return b
	}
	return bytes.Join([][]byte{b[:at], huffman(), b[at:]}, nil)
}

// huffman are the segments with the standard tables, as image/jpeg writes them.
var huffman = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420), nil); err != nil {
		return nil
	}
	var tables []byte
	for p := b.Bytes()[2:]; len(p) > 4 && p[1] != 0xda; {
		n := 2 + int(p[2])<<8 + int(p[3])
		if p[1] == 0xc4 {
			tables = append(tables, p[:n]...)
		}
		p = p[n:]
	}
	return tables
})
