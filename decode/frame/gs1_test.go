package frame_test

import (
	"testing"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

// A symbol that begins with FNC1 says so in its identifier, and its text is the
// element string, with GS where FNC1 separates elements.
func TestGS1(t *testing.T) {
	const elements = "8018460123456789012345\x1d99ABC"
	for _, c := range []struct{ format, text, aim string }{
		{"gs1-qr", elements, "]Q3"},
		{"gs1-datamatrix", elements, "]d2"},
		{"gs1-code128", elements, "]C1"},
		{"gs1-code128", "8018460123456789012345", "]C1"},
		{"qr", elements, "]Q1"},
		{"code128", "8018460123456789012345", "]C0"},
		{"code128", "]C1801846", "]C0"},
		{"datamatrix", "8018460123456789012345", "]d1"},
		{"aztec", "8018460123456789012345", "]z0"},
	} {
		p, err := phonescreen.DrawText("screenshot", c.format, c.text, 1, 4)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := frame.Decode(t.Context(), frame.Frame{W: p.W, H: p.H, Stride: p.W, Y: p.Y}, frame.Options{})
		if err != nil || len(got) != 1 || got[0].Text != c.text || string(got[0].Raw) != c.text || got[0].AIM != c.aim {
			t.Errorf("%s: got %+v, %v; want %q as %s", c.format, got, err, c.text, c.aim)
		}
	}
}
