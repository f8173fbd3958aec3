package frame_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

// FuzzDecodeFrame mutates frames that hold a code: no panic, not even a caught
// one, no overrun, and only valid answers.
func FuzzDecodeFrame(f *testing.F) {
	for i, format := range phonescreen.Formats {
		m, err := phonescreen.Encode(format, phonescreen.Text(format, rnd(uint64(i))), rnd(7))
		if err != nil {
			f.Fatal(err)
		}
		u, tall := 3, 1
		if phonescreen.Linear(format) {
			u, tall = 2, 30
		} else if format == "pdf417" {
			u, tall = 2, 3
		}
		w, h := m.W*u+30, m.H*u*tall+30
		y := bytes.Repeat([]byte{220}, w*h)
		for k := range y {
			if x, yy := k%w-15, k/w-15; x >= 0 && yy >= 0 && m.Dark(x/u, yy/(u*tall)) {
				y[k] = 20
			}
		}
		f.Add(uint16(w), y)
	}
	f.Fuzz(func(t *testing.T, width uint16, y []byte) {
		w := int(width)
		if w == 0 || len(y) < w || len(y) > 300_000 {
			return
		}
		h := len(y) / w
		budget := 60 * time.Millisecond
		before := cpuTime()
		got, stats, err := frame.Decode(context.Background(), frame.Frame{W: w, H: h, Stride: w, Y: y},
			frame.Options{Formats: ^frame.Format(0), Budget: budget})
		if err != nil && w <= frame.MaxSide && h <= frame.MaxSide {
			t.Fatal(err)
		}
		if stats.Panics > 0 {
			t.Fatalf("%d panics were caught", stats.Panics)
		}
		if took := cpuTime() - before; took > budget+2*time.Second {
			t.Fatalf("took %v", took)
		}
		for _, s := range got {
			if s.Text == "" || len(s.Raw) == 0 || s.Votes < 1 || s.AIM == "" {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// FuzzDecodeFile mutates picture files.
func FuzzDecodeFile(f *testing.F) {
	g := &image.Gray{Pix: make([]byte, 40*40), Stride: 40, Rect: image.Rect(0, 0, 40, 40)}
	for i := range g.Pix {
		g.Pix[i] = byte(i * i)
	}
	var j, p bytes.Buffer
	if err := jpeg.Encode(&j, g, nil); err != nil {
		f.Fatal(err)
	}
	if err := png.Encode(&p, g); err != nil {
		f.Fatal(err)
	}
	f.Add(j.Bytes())
	f.Add(p.Bytes())
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x18\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := frame.ReadPicture(bytes.NewReader(b))
		if err == nil && (fr.W*fr.H > frame.MaxPixels || len(fr.Y) < (fr.H-1)*fr.Stride+fr.W) {
			t.Fatalf("%d x %d with %d bytes", fr.W, fr.H, len(fr.Y))
		}
	})
}
