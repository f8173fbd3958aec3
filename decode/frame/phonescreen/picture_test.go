package phonescreen

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var (
	dump     = flag.String("dump", "", "write the pictures of -dumpseed into this folder as PNG")
	dumpSeed = flag.Uint64("dumpseed", 1, "seed of -dump")
)

func TestSamePictureFromSameSeed(t *testing.T) {
	a, err := Draw("combo", "qr", 2, 7)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Draw("combo", "qr", 2, 7)
	c, _ := Draw("combo", "qr", 2, 8)
	if !bytes.Equal(a.Y, b.Y) || a.Text != b.Text {
		t.Error("one seed, two pictures")
	}
	if bytes.Equal(a.Y, c.Y) {
		t.Error("two seeds, one picture")
	}
}

func TestDump(t *testing.T) {
	if *dump == "" {
		t.Skip("without -dump nothing is written")
	}
	for _, k := range Kinds {
		for _, f := range Formats {
			for s := 1; s <= Severities; s++ {
				p, err := Draw(k, f, s, *dumpSeed)
				if err != nil {
					t.Fatal(err)
				}
				write(t, p, p.Name())
			}
		}
	}
	for i := range Negatives {
		write(t, Negative(i, *dumpSeed), fmt.Sprintf("negative_%d", i))
	}
}

func write(t *testing.T, p Picture, name string) {
	var b bytes.Buffer
	if err := png.Encode(&b, &image.Gray{Pix: p.Y, Stride: p.W, Rect: image.Rect(0, 0, p.W, p.H)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*dump, name+".png"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*dump, name+".txt"), []byte(p.Text), 0o644); err != nil {
		t.Fatal(err)
	}
}
