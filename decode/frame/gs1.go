package frame

import (
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
)

// A symbol says by FNC1 as its first character that what follows is a GS1 element
// string. FNC1 itself is not part of that: the symbology identifier says it (ISO/IEC
// 15424, table 1). Elsewhere it stands for GS, which separates elements (GS1 General
// Specifications, 7.8.3).
const gs = "\x1d"

// asGS1 has gozxing keep the FNC1 of Code 128; without, it drops them all.
var asGS1 = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_ASSUME_GS1: true}

// code128Said is the text of a Code 128 that was read so, and its symbology
// identifier.
func code128Said(res *gozxing.Result) (text, aim string) {
	text = res.GetText()
	aim, _ = res.GetResultMetadata()[gozxing.ResultMetadataType_SYMBOLOGY_IDENTIFIER].(string)
	if aim == "]C1" { // gozxing puts it before the text in place of FNC1
		return strings.TrimPrefix(text, aim), aim
	}
	return text, "]C0"
}

// qrAIM is the identifier of a QR code. What an ECI said of the characters has been
// obeyed, so that those for "with ECI" are not given.
func qrAIM(res *common.DecoderResult) string {
	switch res.GetSymbologyModifier() {
	case 3, 4:
		return "]Q3"
	case 5, 6:
		return "]Q5"
	}
	return "]Q1"
}

// dataMatrixSaid is the text of a Data Matrix and its identifier.
func dataMatrixSaid(res *common.DecoderResult) (text, aim string) {
	switch text = res.GetText(); res.GetSymbologyModifier() {
	case 2, 5:
		return strings.TrimPrefix(text, gs), "]d2"
	case 3, 6:
		return text, "]d3"
	}
	return text, "]d1"
}

// aztecSaid is the text of an Aztec code and its identifier.
func aztecSaid(decoded string) (text, aim string) {
	if rest, first := strings.CutPrefix(decoded, gs); first {
		return rest, "]z1"
	}
	return decoded, "]z0"
}
