package phonescreen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Matrix is a symbol in modules, true where it is dark, without quiet zone. A
// linear code is one row.
type Matrix struct {
	W, H int
	bits []bool
}

func newMatrix(w, h int) Matrix { return Matrix{w, h, make([]bool, w*h)} }

func (m Matrix) set(x, y int, dark bool) { m.bits[y*m.W+x] = dark }

// Dark says whether a module is dark; outside of the symbol none is.
func (m Matrix) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < m.W && y < m.H && m.bits[y*m.W+x]
}

// Formats are the symbologies that can be drawn.
var Formats = []string{"qr", "aztec", "pdf417", "code128", "ean13", "code39", "itf", "codabar", "datamatrix"}

// Linear says whether a format is a linear code.
func Linear(format string) bool {
	switch strings.TrimPrefix(format, "gs1-") {
	case "qr", "aztec", "pdf417", "datamatrix":
		return false
	}
	return true
}

// Encode makes the symbol of a text. "gs1-" before qr, datamatrix or code128 makes
// one that begins with FNC1; the GS in the text are FNC1 then too.
func Encode(format, text string, r *rand.Rand) (Matrix, error) {
	format, isGS1 := strings.CutPrefix(format, "gs1-")
	switch format {
	case "aztec":
		return aztecMatrix(text)
	case "pdf417":
		return pdf417Matrix(text, 3+r.IntN(4), 2+r.IntN(2)), nil
	}
	var w gozxing.Writer
	var f gozxing.BarcodeFormat
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0}
	switch format {
	case "qr":
		w, f = qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE
		if isGS1 {
			hints[gozxing.EncodeHintType_GS1_FORMAT] = true
		}
		hints[gozxing.EncodeHintType_ERROR_CORRECTION] = [...]string{"L", "M", "M", "Q"}[r.IntN(4)]
	case "datamatrix":
		if isGS1 {
			return gs1DataMatrix(text)
		}
		w, f = datamatrix.NewDataMatrixWriter(), gozxing.BarcodeFormat_DATA_MATRIX
	case "code128":
		w, f = oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128
		if isGS1 {
			const fnc1 = "\u00f1" // as the writer has it
			text = fnc1 + strings.ReplaceAll(text, "\x1d", fnc1)
		}
	case "ean13":
		w, f = oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13
	case "code39":
		w, f = oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39
	case "itf":
		w, f = oned.NewITFWriter(), gozxing.BarcodeFormat_ITF
	case "codabar":
		w, f = oned.NewCodaBarWriter(), gozxing.BarcodeFormat_CODABAR
	default:
		return Matrix{}, fmt.Errorf("phonescreen: no format %q", format)
	}
	b, err := w.Encode(text, f, 1, 1, hints)
	if err != nil {
		return Matrix{}, fmt.Errorf("encode %s: %w", format, err)
	}
	box := b.GetEnclosingRectangle()
	if Linear(format) {
		box[1], box[3] = 0, 1
	}
	m := newMatrix(box[2], box[3])
	for y := range m.H {
		for x := range m.W {
			m.set(x, y, b.Get(box[0]+x, box[1]+y))
		}
	}
	return m, nil
}

// Text makes up what a loyalty card of that format may say.
func Text(format string, r *rand.Rand) string {
	from := func(set string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = set[r.IntN(len(set))]
		}
		return string(b)
	}
	const digits, hex, capitals = "0123456789", "0123456789abcdef", "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	switch format {
	case "qr", "aztec", "pdf417":
		switch r.IntN(4) {
		case 0:
			return from(digits, 13+r.IntN(6))
		case 1:
			return from(hex, 8) + "-" + from(hex, 4) + "-" + from(hex, 4) + "-" + from(hex, 12)
		case 2:
			return "https://id.example/c/" + from(capitals, 10)
		}
		return from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 12+r.IntN(8))
	case "datamatrix":
		return from(capitals, 10+r.IntN(14))
	case "code128":
		if r.IntN(2) == 0 {
			return from(digits, 12+2*r.IntN(3))
		}
		return from(capitals, 8+r.IntN(4))
	case "ean13":
		s := "2" + from(digits, 11)
		sum := 0
		for i, c := range s {
			sum += int(c-'0') * (1 + 2*(i%2))
		}
		return s + string(rune('0'+(10-sum%10)%10))
	case "itf":
		return from(digits, 12+2*r.IntN(2))
	case "codabar":
		return "A" + from(digits, 9+r.IntN(4)) + "B"
	}
	return from(capitals, 7+r.IntN(4))
}
