package ui

import (
	"image"
	"image/color"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// What the page draws is what a scanner reads.
func TestCodesOfModulesAreReadable(t *testing.T) {
	const text = "TILLGATEABCD2345"
	qr, err := QRModules(text)
	if err != nil {
		t.Fatal(err)
	}
	bars, err := BarModules(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		rows   []string
		scale  [2]int
		reader gozxing.Reader
	}{
		{"QR", qr, [2]int{4, 4}, qrcode.NewQRCodeReader()},
		{"Code 128", []string{bars}, [2]int{2, 60}, oned.NewCode128Reader()},
	} {
		img := image.NewGray(image.Rect(0, 0, len(c.rows[0])*c.scale[0], len(c.rows)*c.scale[1]))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if c.rows[y/c.scale[1]][x/c.scale[0]] == '0' {
					img.SetGray(x, y, color.Gray{Y: 255})
				}
			}
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.reader.Decode(bitmap, nil)
		if err != nil || got.GetText() != text {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if quiet := bars[:quietBars]; quiet != "0000000000" {
		t.Errorf("no quiet zone: %s", bars)
	}
}
