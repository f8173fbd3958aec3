package phonescreen

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
)

// gozxing reads Aztec, in any size, when the symbol stands in the middle.
func TestAztecEncoderIsReadByGozxing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{"1234567890123", "LOYALTY", "https://id.example/c/ABC?x=1", string(make([]byte, 0))}
	long := ""
	for range 30 {
		long += "card " + Text("code39", r) + "\n"
		texts = append(texts, long)
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		m, err := Encode("aztec", text, r)
		if err != nil {
			t.Fatal(err)
		}
		const u, q = 5, 20
		g := image.NewGray(image.Rect(0, 0, m.W*u+2*q, m.H*u+2*q))
		for y := range g.Rect.Max.Y {
			for x := range g.Rect.Max.X {
				c := color.Gray{255}
				if x >= q && y >= q && m.Dark((x-q)/u, (y-q)/u) {
					c.Y = 0
				}
				g.SetGray(x, y, c)
			}
		}
		b, err := gozxing.NewBinaryBitmapFromImage(g)
		if err != nil {
			t.Fatal(err)
		}
		res, err := aztec.NewAztecReader().Decode(b, nil)
		if err != nil {
			t.Errorf("%d bytes, %d modules: %v", len(text), m.W, err)
		} else if res.GetText() != text {
			t.Errorf("got %q, want %q", res.GetText(), text)
		}
	}
}
