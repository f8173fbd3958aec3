package camera

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// slope is a picture that is brighter from left to right.
func slope(w, h int) []byte {
	y := make([]byte, w*h)
	for i := range y {
		y[i] = byte(i % w * 255 / w)
	}
	return y
}

func TestPixelFormats(t *testing.T) {
	const w, h, pad = 32, 16, 8
	want := slope(w, h)
	// rows of a plane, or of pairs of grey and colour, each with padding behind it
	plane, yuyv, uyvy := []byte{}, []byte{}, []byte{}
	for y := range h {
		row := want[y*w:][:w]
		plane = append(append(plane, row...), make([]byte, pad)...)
		for _, v := range row {
			yuyv, uyvy = append(yuyv, v, 128), append(uyvy, 128, v)
		}
		yuyv, uyvy = append(yuyv, make([]byte, pad)...), append(uyvy, make([]byte, pad)...)
	}
	colour := bytes.Repeat([]byte{128}, (w+pad)*h/2)
	data := map[string][]byte{"GREY": plane, "NV12": append(bytes.Clone(plane), colour...), "YU12": append(bytes.Clone(plane), colour...), "YUYV": yuyv, "UYVY": uyvy}
	for _, f := range pixelFormats {
		b, ok := data[f.name]
		if !ok {
			continue // MJPG has a test of its own
		}
		stride := w + pad
		if f.name[0] == 'Y' && f.name[1] == 'U' && f.name[2] == 'Y' || f.name == "UYVY" {
			stride = 2*w + pad
		}
		g := &greyer{w: w, h: h, stride: stride}
		got, err := f.grey(g, b)
		if err != nil || got.W != w || got.H != h {
			t.Errorf("%s: %d x %d, %v", f.name, got.W, got.H, err)
			continue
		}
		for y := range h {
			if !bytes.Equal(got.Y[y*got.Stride:][:w], want[y*w:][:w]) {
				t.Errorf("%s: row %d is %v", f.name, y, got.Y[y*got.Stride:][:w])
				break
			}
		}
		if _, err := f.grey(g, b[:len(b)/3]); err == nil {
			t.Errorf("%s: a frame that is cut short was taken", f.name)
		}
	}
}

// motion is a frame as webcams send it: a JPEG without its Huffman tables.
func motion(t testing.TB, w, h int) (bare, whole []byte) {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, v := range slope(w, h) {
		m.Set(i%w, i/w, color.Gray{Y: v})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	whole = b.Bytes()
	for at := 2; at < len(whole); {
		n := 2 + int(whole[at+2])<<8 + int(whole[at+3])
		if whole[at+1] == 0xda {
			return append(append([]byte{0xff, 0xd8}, bare...), whole[at:]...), whole
		}
		if whole[at+1] != 0xc4 {
			bare = append(bare, whole[at:at+n]...)
		}
		at += n
	}
	t.Fatal("no scan in the JPEG")
	return nil, nil
}

func TestMotionJPEG(t *testing.T) {
	bare, whole := motion(t, 64, 48)
	if len(whole)-len(bare) < 400 {
		t.Fatalf("only %d bytes were taken off", len(whole)-len(bare))
	}
	for name, b := range map[string][]byte{"without tables": bare, "with tables": whole} {
		f, err := (&greyer{w: 64, h: 48}).jpeg(b)
		if err != nil || f.W != 64 || f.H != 48 {
			t.Errorf("%s: %d x %d, %v", name, f.W, f.H, err)
			continue
		}
		if l, r := f.Y[24*f.Stride+4], f.Y[24*f.Stride+60]; l > 60 || r < 200 {
			t.Errorf("%s: %d at the left, %d at the right", name, l, r)
		}
	}
}

// FuzzPixels: whatever a camera sends, a frame fits into its bytes, or is refused.
func FuzzPixels(f *testing.F) {
	bare, whole := motion(f, 16, 16)
	f.Add(uint8(5), 16, 16, 0, bare)
	f.Add(uint8(5), 16, 16, 0, whole[:len(whole)/2])
	f.Add(uint8(3), 16, 16, 40, make([]byte, 640))
	f.Add(uint8(0), 16, 16, 16, make([]byte, 256))
	f.Fuzz(func(t *testing.T, format uint8, w, h, stride int, b []byte) {
		if w < 16 || h < 16 || w > 4096 || h > 4096 || w*h > MaxPixels || stride < 0 || stride > 1<<20 {
			return // what openCapture lets through
		}
		p := pixelFormats[int(format)%len(pixelFormats)]
		got, err := p.grey(&greyer{w: w, h: h, stride: stride}, b)
		if err != nil {
			return
		}
		if got.W < 1 || got.H < 1 || got.Stride < got.W || len(got.Y) < (got.H-1)*got.Stride+got.W || got.W*got.H > MaxPixels {
			t.Fatalf("%s: %d x %d, stride %d, %d bytes", p.name, got.W, got.H, got.Stride, len(got.Y))
		}
	})
}
