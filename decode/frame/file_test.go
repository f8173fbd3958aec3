package frame_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/tillgate/tillgate/decode/frame"
	"golang.org/x/image/bmp"
)

func greyImage(t testing.TB) (*image.Gray, string) {
	p, f := draw(t, "lowres", "qr", 1, 5)
	return &image.Gray{Pix: f.Y, Stride: f.W, Rect: image.Rect(0, 0, f.W, f.H)}, p.Text
}

func TestDecodeFileReadsTheFourKinds(t *testing.T) {
	g, want := greyImage(t)
	rgba := image.NewNRGBA(g.Rect)
	pal := image.NewPaletted(g.Rect, nil)
	for i := range 64 {
		pal.Palette = append(pal.Palette, color.Gray{byte(i * 4)})
	}
	for y := range g.Rect.Max.Y {
		for x := range g.Rect.Max.X {
			rgba.Set(x, y, g.GrayAt(x, y))
			pal.SetColorIndex(x, y, g.GrayAt(x, y).Y/4)
		}
	}
	for name, encode := range map[string]func(io.Writer) error{
		"grey jpeg":   func(w io.Writer) error { return jpeg.Encode(w, g, nil) },
		"colour jpeg": func(w io.Writer) error { return jpeg.Encode(w, rgba, nil) },
		"png":         func(w io.Writer) error { return png.Encode(w, rgba) },
		"gif":         func(w io.Writer) error { return gif.Encode(w, pal, nil) },
		"bmp":         func(w io.Writer) error { return bmp.Encode(w, rgba) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		got, _, err := frame.DecodeFile(context.Background(), &b, patient)
		if err != nil || len(got) != 1 || got[0].Text != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestDecodeFileRefusesBombsAndRubbish(t *testing.T) {
	g, _ := greyImage(t)
	var b bytes.Buffer
	if err := png.Encode(&b, g); err != nil {
		t.Fatal(err)
	}
	bomb := bytes.Clone(b.Bytes())
	binary.BigEndian.PutUint32(bomb[16:], 50000) // IHDR width; its checksum is now wrong too
	if _, _, err := frame.DecodeFile(context.Background(), bytes.NewReader(bomb), patient); err == nil {
		t.Error("a picture of 50000 pixels a row was taken")
	}
	wide := image.NewGray(image.Rect(0, 0, frame.MaxSide+1, 1))
	var w bytes.Buffer
	if err := png.Encode(&w, wide); err != nil {
		t.Fatal(err)
	}
	if _, _, err := frame.DecodeFile(context.Background(), &w, patient); err == nil {
		t.Error("a picture too wide was taken")
	}
	if _, _, err := frame.DecodeFile(context.Background(), bytes.NewReader([]byte("%PDF-1.7")), patient); !errors.Is(err, frame.ErrPicture) {
		t.Errorf("a PDF: %v", err)
	}
	if _, _, err := frame.DecodeFile(context.Background(), bytes.NewReader(b.Bytes()[:b.Len()/2]), patient); err == nil {
		t.Error("half a file was taken")
	}
}
