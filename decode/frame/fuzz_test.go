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
// one, no overrun, and only valid answers. What is mutated is not the pixels but
// a short list of edits of a frame: so the fuzzer's own work is small beside the
// decoder's, and an edit is a stroke, not a dot.
func FuzzDecodeFrame(f *testing.F) {
	var bases []frame.Frame
	for i, format := range phonescreen.Formats {
		m, err := phonescreen.Encode(format, phonescreen.Text(format, rnd(uint64(i))), rnd(7))
		if err != nil {
			f.Fatal(err)
		}
		u, tall := 3, 1
		if phonescreen.Linear(format) {
			u, tall = 1, 30
		} else if format == "pdf417" {
			u, tall = 1, 3
		}
		w, h := m.W*u+20, m.H*u*tall+20
		y := bytes.Repeat([]byte{220}, w*h)
		for k := range y {
			if x, yy := k%w-10, k/w-10; x >= 0 && yy >= 0 && m.Dark(x/u, yy/(u*tall)) {
				y[k] = 20
			}
		}
		bases = append(bases, frame.Frame{W: w, H: h, Stride: w, Y: y})
		f.Add(byte(i), []byte{})
		f.Add(byte(i), []byte{0, 40, 60, 30, 8, 255, 1, 0, 0, 255, 255, 31})
		f.Add(byte(i), []byte{2, 20, 20, 90, 90, 7, 3, 0, 0, 255, 255, 255, 4, 0, 0, 0, 0, 3})
	}
	f.Fuzz(func(t *testing.T, base byte, list []byte) {
		fr := edited(bases[int(base)%len(bases)], list)
		for _, depth := range []frame.Depth{frame.First, frame.Full} {
			const budget = 10 * time.Millisecond
			before := cpuTime()
			got, stats, err := frame.Decode(context.Background(), fr, frame.Options{Formats: ^frame.Format(0), Budget: budget, Depth: depth})
			if err != nil {
				t.Fatal(err)
			}
			if stats.Panics > 0 {
				t.Fatalf("%d panics were caught", stats.Panics)
			}
			// 50 ms is promised; code built for fuzzing takes some times as long
			if took := cpuTime() - before; took > budget+500*time.Millisecond {
				t.Fatalf("took %v", took)
			}
			for _, s := range got {
				if s.Text == "" || len(s.Raw) == 0 || s.Votes < 1 || s.AIM == "" {
					t.Fatalf("%+v", s)
				}
			}
		}
	})
}

// edited applies a list of edits to a frame: each is six bytes, what to do, where,
// how far and with what.
func edited(f frame.Frame, list []byte) frame.Frame {
	f.Y = bytes.Clone(f.Y)
	for ; len(list) >= 6 && len(f.Y) > 0; list = list[6:] {
		what, v := list[0]%6, list[5]
		x0, y0 := int(list[1])*f.W/256, int(list[2])*f.H/256
		x1, y1 := min(f.W, x0+1+int(list[3])*f.W/256), min(f.H, y0+1+int(list[4])*f.H/256)
		if what == 5 { // cut out
			f.Y, f.W, f.H = f.Y[y0*f.Stride+x0:], x1-x0, y1-y0
			continue
		}
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				p := &f.Y[y*f.Stride+x]
				switch what {
				case 0: // a patch
					*p = v
				case 1: // noise
					*p += byte(uint32(x*y+x)*2654435761>>24) & v
				case 2: // shifted
					*p = f.Y[y*f.Stride+(x+int(v))%f.W]
				case 3: // the other colour
					*p ^= v
				case 4: // smeared along the rows
					*p = byte((int(*p)*int(v) + int(f.Y[y*f.Stride+max(0, x-1)])*(255-int(v))) / 255)
				}
			}
		}
	}
	return f
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
