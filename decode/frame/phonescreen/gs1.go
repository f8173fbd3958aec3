package phonescreen

import (
	"fmt"

	"github.com/makiuchi-d/gozxing/datamatrix/encoder"
)

// gs1DataMatrix is the symbol of an element string, which gozxing's writer has no
// way to make: the codewords here (ISO/IEC 16022:2006, 5.2.3 and 5.2.4.6), the
// rest by its parts.
func gs1DataMatrix(text string) (Matrix, error) {
	const fnc1, pad, pair = 232, 129, 130
	words := []byte{fnc1}
	digit := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == 0x1d:
			words = append(words, fnc1)
		case digit(i) && digit(i+1):
			words = append(words, pair+(text[i]-'0')*10+text[i+1]-'0')
			i++
		default:
			words = append(words, text[i]+1)
		}
	}
	info, err := encoder.SymbolInfo_Lookup(len(words), encoder.SymbolShapeHint_FORCE_SQUARE, nil, nil, true)
	if err != nil {
		return Matrix{}, fmt.Errorf("encode Data Matrix: %w", err)
	}
	w, h := info.GetSymbolDataWidth(), info.GetSymbolDataHeight()
	if info.GetSymbolWidth() != w+2 {
		return Matrix{}, fmt.Errorf("encode Data Matrix: %d characters are too many", len(text))
	}
	for first := true; len(words) < info.GetDataCapacity(); first = false {
		v := pad
		if !first { // the 253-state algorithm (annex B.1)
			if v += 149*(len(words)+1)%253 + 1; v > 254 {
				v -= 254
			}
		}
		words = append(words, byte(v))
	}
	words, err = encoder.ErrorCorrection_EncodeECC200(words, info)
	if err != nil {
		return Matrix{}, fmt.Errorf("encode Data Matrix: %w", err)
	}
	place := encoder.NewDefaultPlacement(words, w, h)
	place.Place()
	m := newMatrix(w+2, h+2)
	for y := range m.H {
		for x := range m.W {
			switch {
			case x == 0 || y == m.H-1:
				m.set(x, y, true)
			case y == 0:
				m.set(x, y, x&1 == 0)
			case x == m.W-1:
				m.set(x, y, y&1 == 1)
			default:
				m.set(x, y, place.GetBit(x-1, y-1))
			}
		}
	}
	return m, nil
}
