package aim

import (
	"testing"

	"github.com/tillgate/tillgate/driver"
)

// Every identifier in use, as the symbology standards and the vendors' manuals
// list them.
var identifiers = []struct {
	ids   []string
	sym   Symbology
	flags Flags
}{
	{[]string{"]A0", "]A1", "]A3", "]A4", "]A5", "]A7"}, Code39, 0},
	{[]string{"]B0", "]B1"}, Telepen, 0},
	{[]string{"]C0"}, Code128, 0},
	{[]string{"]C1"}, GS1Code128, GS1},
	{[]string{"]C2"}, Code128, FNC1Second},
	{[]string{"]C4"}, ISBT128, 0},
	{[]string{"]D0"}, CodeOne, 0},
	{[]string{"]E0"}, EANUPC, 0},
	{[]string{"]E1", "]E2"}, EANAddOn, 0},
	{[]string{"]E3"}, EANUPC, AddOn},
	{[]string{"]E4"}, EAN8, 0},
	{[]string{"]F0", "]F1", "]F2", "]F3", "]F4"}, Codabar, 0},
	{[]string{"]G0"}, Code93, 0},
	{[]string{"]H0", "]H1", "]H3"}, Code11, 0},
	{[]string{"]I0", "]I1", "]I3"}, ITF, 0},
	{[]string{"]J0"}, DotCode, 0},
	{[]string{"]J1"}, GS1DotCode, GS1},
	{[]string{"]K0"}, Code16K, 0},
	{[]string{"]K1"}, Code16K, GS1},
	{[]string{"]K2"}, Code16K, FNC1Second},
	{[]string{"]L0", "]L2"}, PDF417, 0},
	{[]string{"]L1"}, PDF417, ECI},
	{[]string{"]L3"}, MicroPDF417, GS1},
	{[]string{"]L4"}, MicroPDF417, FNC1Second},
	{[]string{"]L5"}, MicroPDF417, 0},
	{[]string{"]M0", "]M1"}, MSI, 0},
	{[]string{"]N0"}, Anker, 0},
	{[]string{"]O4"}, CodablockF, 0},
	{[]string{"]O5"}, CodablockF, GS1},
	{[]string{"]O6"}, CodablockA, 0},
	{[]string{"]P0"}, Plessey, 0},
	{[]string{"]Q0", "]Q1"}, QR, 0},
	{[]string{"]Q2"}, QR, ECI},
	{[]string{"]Q3"}, GS1QR, GS1},
	{[]string{"]Q4"}, GS1QR, GS1 | ECI},
	{[]string{"]Q5"}, QR, FNC1Second},
	{[]string{"]Q6"}, QR, FNC1Second | ECI},
	{[]string{"]R0", "]S0"}, Standard2of5, 0},
	{[]string{"]T0"}, Code49, 0},
	{[]string{"]T1"}, Code49, GS1},
	{[]string{"]T2"}, Code49, FNC1Second},
	{[]string{"]U0", "]U1"}, MaxiCode, 0},
	{[]string{"]U2", "]U3"}, MaxiCode, ECI},
	{[]string{"]X0", "]XZ"}, Other, 0},
	{[]string{"]X9"}, EAN13, 0},
	{[]string{"]XC"}, EAN8, 0},
	{[]string{"]Xg"}, UPCA, 0},
	{[]string{"]Xk"}, UPCE, 0},
	{[]string{"]Xr"}, DataBar, GS1},
	{[]string{"]Xs"}, DataBarLimited, GS1},
	{[]string{"]Xt"}, DataBarExpanded, GS1},
	{[]string{"]XS"}, MicroQR, 0},
	{[]string{"]Y0", "]Y3abc", "]Y9123456789"}, Other, 0},
	{[]string{"]Z0", "]Z1"}, NonBarcode, 0},
	{[]string{"]Z6"}, NonBarcode, Reply},
	{[]string{"]c0"}, ChannelCode, 0},
	{[]string{"]d0", "]d1"}, DataMatrix, 0},
	{[]string{"]d2"}, GS1DataMatrix, GS1},
	{[]string{"]d3"}, DataMatrix, FNC1Second},
	{[]string{"]d4"}, DataMatrix, ECI},
	{[]string{"]d5"}, GS1DataMatrix, GS1 | ECI},
	{[]string{"]d6"}, DataMatrix, FNC1Second | ECI},
	{[]string{"]e0"}, DataBar, GS1},
	{[]string{"]e1", "]e2"}, Composite, 0},
	{[]string{"]e3"}, Composite, ECI},
	{[]string{"]h0"}, HanXin, 0},
	{[]string{"]o1", "]o2"}, OCR, 0},
	{[]string{"]p0"}, PosiCode, 0},
	{[]string{"]s0"}, SuperCode, 0},
	{[]string{"]z0"}, Aztec, 0},
	{[]string{"]z1"}, Aztec, GS1},
	{[]string{"]z2"}, Aztec, FNC1Second},
	{[]string{"]z3"}, Aztec, ECI},
	{[]string{"]z4"}, Aztec, GS1 | ECI},
	{[]string{"]z5"}, Aztec, FNC1Second | ECI},
	{[]string{"]z6"}, Aztec, Append},
	{[]string{"]z7"}, Aztec, Append | GS1},
	{[]string{"]z8"}, Aztec, Append | FNC1Second},
	{[]string{"]z9"}, Aztec, Append | ECI},
	{[]string{"]zA"}, Aztec, Append | GS1 | ECI},
	{[]string{"]zB"}, Aztec, Append | FNC1Second | ECI},
	{[]string{"]zC"}, AztecRune, 0},
}

func TestIdentifiers(t *testing.T) {
	letters, listed := map[byte]bool{}, map[[2]byte]bool{}
	for _, tt := range identifiers {
		for _, s := range tt.ids {
			letters[s[1]] = true
			listed[[2]byte{s[1], s[2]}] = true
			apart, ok := Parse(s, driver.VendorUnknown)
			if !ok || apart.Symbology != tt.sym || apart.Flags != tt.flags || apart.Text != s {
				t.Errorf("Parse(%q) = %+v, %v; want %s, flags %b", s, apart, ok, tt.sym, tt.flags)
			}
			front, rest, ok := Split([]byte(s+"data"), driver.VendorUnknown)
			if !ok || front != apart || string(rest) != "data" {
				t.Errorf("Split(%q) = %+v, %q, %v", s+"data", front, rest, ok)
			}
		}
	}
	for c, sym := range families {
		if sym != SymbologyUnknown && !letters[byte(c)] {
			t.Errorf("code character %q is not tested", rune(c))
		}
	}
	for key := range modifiers {
		if !listed[key] {
			t.Errorf("identifier ]%s is not tested", key)
		}
	}
	for key := range zebraX {
		if !listed[key] {
			t.Errorf("identifier ]%s is not tested", key)
		}
	}
}

func TestSplitLeavesData(t *testing.T) {
	for _, s := range []string{"", "]", "]Q", "4601234567893", "]]Q1", "]a1x", "]Q-x", "]Q x", "] 1x", "]\xd1\x31x", "]Y9short", "[Q1x"} {
		if id, rest, ok := Split([]byte(s), driver.VendorUnknown); ok || string(rest) != s || id != (ID{}) {
			t.Errorf("Split(%q) = %+v, %q, %v; want it left alone", s, id, rest, ok)
		}
	}
	for _, s := range []string{"", "]", "]Q", "Q1", "]Q1x", "]V0"} {
		if id, ok := Parse(s, driver.VendorUnknown); ok {
			t.Errorf("Parse(%q) = %+v; want none", s, id)
		}
	}
}

func TestSplitTakesOneOnly(t *testing.T) {
	id, rest, ok := Split([]byte("]Q1]E04601234567893"), driver.VendorUnknown)
	if !ok || id.Symbology != QR || string(rest) != "]E04601234567893" {
		t.Errorf("got %+v, %q", id, rest)
	}
}

// ]X is the vendor's own: what Zebra means by it is not what Honeywell does.
func TestVendorsOwn(t *testing.T) {
	for v, want := range map[driver.Vendor]Symbology{
		driver.VendorZebra: UPCA, driver.VendorUnknown: UPCA, driver.VendorHoneywell: Other, driver.VendorDatalogic: Other,
	} {
		if id, _ := Parse("]Xg", v); id.Symbology != want {
			t.Errorf("]Xg from %q is %s, want %s", v, id.Symbology, want)
		}
	}
}

func TestRefine(t *testing.T) {
	tests := []struct {
		id, digits string
		want       Symbology
	}{
		{"]E0", "4601234567893", EAN13},
		{"]E0", "0306030209223", EAN13},
		{"]E0", "306030209223", UPCA}, // captured from a Honeywell imager
		{"]E0", "96385074", EAN8},
		{"]E0", "04252614", UPCE},
		{"]E0", "12345670", UPCE}, // fits both
		{"]E0", "11111111", EANUPC},
		{"]E0", "123456", EANUPC},
		{"]E0", "46012345X7893", EANUPC},
		{"]E0", "", EANUPC},
		{"]E3", "460123456789312", EAN13},
		{"]E3", "460123456789312345", EAN13},
		{"]E3", "30603020922312", UPCA},
		{"]E3", "30603020922312345", UPCA},
		{"]E3", "9638507412345", EAN8},
		{"]E3", "9638507412", EAN8},
		{"]E3", "0425261412", UPCE},
		{"]E3", "9638507512", EANUPC},
		{"]E3", "4601234567893123", EANUPC},
		{"]E4", "96385074", EAN8},
		{"]Q1", "4601234567893", QR},
	}
	for _, tt := range tests {
		id, _ := Parse(tt.id, driver.VendorUnknown)
		if got := Refine(id, []byte(tt.digits)); got != tt.want {
			t.Errorf("Refine(%s, %q) = %s, want %s", tt.id, tt.digits, got, tt.want)
		}
	}
	if got := Refine(ID{Text: "A", Symbology: EANUPC}, []byte("12345670")); got != EAN8 {
		t.Errorf("code id A with digits that fit both = %s, want EAN-8", got)
	}
}

func TestNumberWithoutAddOn(t *testing.T) {
	tests := []struct {
		id     string
		s      Symbology
		digits string
		want   string
	}{
		{"]E3", EAN13, "460123456789312", "4601234567893"},
		{"]E0", EAN13, "460123456789312345", "4601234567893"}, // not said
		{"]E0", EAN13, "4601234567893", "4601234567893"},
		{"]E3", UPCA, "30603020922312", "306030209223"},
		{"]E3", UPCA, "30603020922312345", "306030209223"},
		{"]E3", UPCA, "0306030209223", "0306030209223"},
		{"]E3", EAN8, "9638507412", "96385074"},
		{"]E3", EAN8, "9638507412345", "96385074"},
		{"]E4", EAN8, "0000096385074", "0000096385074"}, // spelled out
		{"]E4", EAN8, "96385074", "96385074"},
		{"]E3", UPCE, "0425261412345", "04252614"},
		{"]Xk", UPCE, "0042100005264", "0042100005264"},
		{"]Q1", QR, "460123456789312", "460123456789312"},
		{"]E1", EANAddOn, "12", "12"},
	}
	for _, tt := range tests {
		id, _ := Parse(tt.id, driver.VendorUnknown)
		if got := Main(id, tt.s, tt.digits); got != tt.want {
			t.Errorf("Main(%s, %s, %q) = %q, want %q", tt.id, tt.s, tt.digits, got, tt.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, tt := range identifiers {
		for _, s := range tt.ids {
			f.Add([]byte(s+"4601234567893"), "")
		}
	}
	f.Add([]byte("]Z6REVINF\x06."), "honeywell")
	f.Add([]byte("P0Q8018460123456789012345"), "zebra")
	f.Add([]byte("A`z`text"), "datalogic")
	f.Add([]byte("\x01d4006381333931\x03"), "zebra_nixdorf")
	f.Fuzz(func(t *testing.T, data []byte, table string) {
		before := string(data)
		id, rest, ok := Split(data, driver.Vendor(table))
		if ok != (id.Text != "") || id.Text+string(rest) != before || string(data) != before {
			t.Fatalf("Split(%q) = %q + %q, %v", before, id.Text, rest, ok)
		}
		id, rest, ok = Table(table).Split(data)
		if ok != (id.Text != "") || id.Text+string(rest) != before || ok && len(rest) == 0 {
			t.Fatalf("%s.Split(%q) = %q + %q, %v", table, before, id.Text, rest, ok)
		}
		if s := Refine(id, rest); s >= symbologies {
			t.Fatalf("symbology %d", s)
		}
	})
}
