package ui

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// Quiet zones in modules (ISO/IEC 18004:2015, 6.3.8; ISO/IEC 15417:2007, 4.5).
const (
	quietQR   = 4
	quietBars = 10
)

// QRModules are the modules of a QR code, row by row with the quiet zone: '1' is
// dark. The level is M: a screen has glare, and no dirt.
func QRModules(text string) ([]string, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: decoder.ErrorCorrectionLevel_M,
		gozxing.EncodeHintType_MARGIN:           quietQR,
	})
	if err != nil {
		return nil, fmt.Errorf("QR code of %d characters: %w", len(text), err)
	}
	return rows(m), nil
}

// BarModules are the modules of a Code 128, which a scanner with a laser reads
// where it does not read a QR code.
func BarModules(text string) (string, error) {
	m, err := oned.NewCode128Writer().Encode(text, gozxing.BarcodeFormat_CODE_128, 0, 1, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN: 2 * quietBars, // both sides together
	})
	if err != nil {
		return "", fmt.Errorf("Code 128 of %d characters: %w", len(text), err)
	}
	return rows(m)[0], nil
}

func rows(m *gozxing.BitMatrix) []string {
	all := make([]string, m.GetHeight())
	for y := range all {
		var b strings.Builder
		for x := range m.GetWidth() {
			if m.Get(x, y) {
				b.WriteByte('1')
			} else {
				b.WriteByte('0')
			}
		}
		all[y] = b.String()
	}
	return all
}
