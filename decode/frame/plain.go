package frame

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// asTheyAre asks gozxing's own detectors, last of all: they know pictures that
// ours do not, those drawn by a program with the symbol in the middle. Only the
// matrix symbols, whose error correction vouches for the answer.
func (j *job) asTheyAre(l *layer) {
	j.stats.Stages = append(j.stats.Stages, "plain")
	src := gozxing.NewLuminanceSourceFromImage(&image.Gray{Pix: l.p.px, Stride: l.p.stride, Rect: image.Rect(0, 0, l.p.w, l.p.h)})
	for _, k := range []struct {
		format Format
		aim    string
		reader gozxing.Reader
	}{
		{QR, "]Q1", qrcode.NewQRCodeReader()}, {Aztec, "]z0", aztec.NewAztecReader()}, {DataMatrix, "]d1", datamatrix.NewDataMatrixReader()},
	} {
		for _, inverted := range [2]bool{false, true} {
			if !j.want(k.format) || j.over() {
				continue
			}
			j.guard(func() bool {
				s := src
				if inverted {
					s = src.Invert()
				}
				b, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(s))
				if err != nil {
					return false
				}
				res, err := k.reader.Decode(b, nil)
				if err != nil || res.GetText() == "" {
					return false
				}
				var q quad
				for i := range q {
					q[i] = Point{float64(i&1^i>>1) * float64(l.p.w), float64(i>>1) * float64(l.p.h)}
				}
				j.add(&layer{scale: l.scale, off: l.off, stage: "plain"}, Symbol{Text: res.GetText(), Raw: []byte(res.GetText()),
					Format: k.format, AIM: k.aim, Corners: q, Votes: 1, Inverted: inverted})
				return true
			})
		}
	}
}
