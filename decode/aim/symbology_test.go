package aim

import (
	"encoding/json"
	"testing"
)

func TestNames(t *testing.T) {
	seen := map[string]Symbology{}
	for s := SymbologyUnknown; s < symbologies; s++ {
		n := s.String()
		if n == "" {
			t.Errorf("symbology %d has no name", s)
		}
		if other, twice := seen[fold(n)]; twice {
			t.Errorf("%d and %d are both called %q", other, s, n)
		}
		seen[fold(n)] = s
		got, ok := ParseSymbology(n)
		if s == SymbologyUnknown {
			if ok {
				t.Errorf("ParseSymbology(%q) = %s; nothing is called that", n, got)
			}
		} else if !ok || got != s {
			t.Errorf("ParseSymbology(%q) = %s, %v", n, got, ok)
		}
	}
	if s := Symbology(200).String(); s != "symbology 200" {
		t.Errorf("out of range: %q", s)
	}
	if b, err := json.Marshal(QR); err != nil || string(b) != `"QR Code"` {
		t.Errorf("JSON: %s, %v", b, err)
	}
	if len(Names()) != int(symbologies)-1 {
		t.Errorf("%d names", len(Names()))
	}
}

func TestParseSymbologySpellings(t *testing.T) {
	for name, want := range map[string]Symbology{
		"ean13": EAN13, "EAN-13": EAN13, "ean/upc": EANUPC, "qr": QR, "QR": QR, "qr code": QR, "code-128": Code128,
		"gs1 qr": GS1QR, "data_matrix": DataMatrix, "aztec": Aztec, "gs1-128": GS1Code128, "pdf417": PDF417,
	} {
		if got, ok := ParseSymbology(name); !ok || got != want {
			t.Errorf("ParseSymbology(%q) = %s, %v; want %s", name, got, ok, want)
		}
	}
	for _, name := range []string{"", " ", "-", "code", "EAN", "unknown", "QR-Kod"} {
		if got, ok := ParseSymbology(name); ok {
			t.Errorf("ParseSymbology(%q) = %s; want none", name, got)
		}
	}
}

func TestBase(t *testing.T) {
	for s, want := range map[Symbology]Symbology{
		GS1QR: QR, MicroQR: QR, QR: QR, GS1Code128: Code128, ISBT128: Code128, GS1DataMatrix: DataMatrix,
		GS1DotCode: DotCode, AztecRune: Aztec, MicroPDF417: PDF417, DataBarLimited: DataBar, DataBarExpanded: DataBar,
		EAN13: EANUPC, EAN8: EANUPC, UPCA: EANUPC, UPCE: EANUPC, EANAddOn: EANAddOn, SymbologyUnknown: SymbologyUnknown,
	} {
		if got := s.Base(); got != want {
			t.Errorf("%s.Base() = %s, want %s", s, got, want)
		}
	}
	for s := SymbologyUnknown; s < symbologies; s++ {
		if s.Base().Base() != s.Base() {
			t.Errorf("the base of %s has a base", s)
		}
	}
}
