package aim

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
)

// Every code id of the vendors' manuals: "id=symbology" with a "+" for GS1.
var codeIDs = map[Table]string{
	Honeywell: `a=Codabar b=Code 39 c=UPC-A d=EAN-13 D=EAN-8 E=UPC-E e=ITF f=Standard 2 of 5 g=MSI h=Code 11 i=Code 93
		j=Code 128 I=GS1-128+ |=GS1-128+ l=Code 49 m=Matrix 2 of 5 q=Codablock F V=Codablock A r=PDF417 R=MicroPDF417
		s=QR Code -=Micro QR Code w=Data Matrix x=MaxiCode y=GS1 DataBar+ {=GS1 DataBar Limited+ }=GS1 DataBar Expanded+
		z=Aztec H=Han Xin X=Grid Matrix .=DotCode <=Code 32 ==Trioptic T=TLC39 t=Telepen O=OCR ?=Postal 6=non-barcode
		A=Postal B=Postal C=Postal J=Postal K=Postal L=Postal M=Postal N=Postal P=Postal Q=Postal`,
	Zebra: `A=EAN/UPC B=Code 39 C=Codabar D=Code 128 E=Code 93 F=ITF G=Standard 2 of 5 H=Code 11 J=MSI K=GS1-128+
		L=Bookland M=Trioptic N=Coupon R=GS1 DataBar+ S=Matrix 2 of 5 T=GS1 Composite U=Chinese 2 of 5 X=PDF417 z=Aztec
		P00=Data Matrix P01=QR Code P02=MaxiCode P0D=Grid Matrix P0G=GS1 DataMatrix+ P0H=Han Xin P0Q=GS1 QR Code+
		P0X=Signature`,
	ZebraNixdorf: `A0=UPC-A A=EAN-13 B=EAN-8 C0=UPC-E M=Code 39 I=ITF K=Code 128 P=GS1-128+`,
	DatalogicUS: `F=EAN-13 FF=EAN-8 A=UPC-A E=UPC-E *=Code 39 B1=Code 39 #=Code 128 B3=Code 128 %=Codabar i=ITF B2=ITF
		&=Code 93 P=PDF417 Dm=Data Matrix QR=QR Code Az=Aztec R4=GS1 DataBar+ RL=GS1 DataBar Limited+
		RX=GS1 DataBar Expanded+`,
	DatalogicEU: `B=EAN-13 A=EAN-8 C=UPC-A D=UPC-E V=Code 39 T=Code 128 k=GS1-128+ y=QR Code w=Data Matrix r=PDF417 !=Aztec`,
}

// content that the symbology can hold.
func content(s Symbology) string {
	switch s {
	case EAN13:
		return "4601234567893"
	case EAN8, UPCE:
		return "96385074"
	case UPCA:
		return "306030209223"
	}
	return "0123456789"
}

func TestCodeIDs(t *testing.T) {
	for table, list := range codeIDs {
		seen := 0
		// An entry begins at a field that holds "=" behind one to three characters.
		var entries []string
		for _, f := range strings.Fields(list) {
			if i := strings.LastIndex(f, "="); i > 0 {
				entries = append(entries, f)
			} else {
				entries[len(entries)-1] += " " + f
			}
		}
		for _, e := range entries {
			i := strings.LastIndex(e, "=")
			id, name := e[:i], e[i+1:]
			name, isGS1 := strings.CutSuffix(name, "+")
			want, ok := ParseSymbology(name)
			if !ok {
				t.Fatalf("test table: %q", e)
			}
			got, ok := table.Lookup(id)
			if !ok || got.Symbology != want || got.Flags.Has(GS1) != isGS1 || got.Text != id {
				t.Errorf("%s: Lookup(%q) = %+v, %v; want %s", table, id, got, ok, want)
			}
			front, rest, ok := table.Split([]byte(id + content(want)))
			if !ok || front != got || string(rest) != content(want) {
				t.Errorf("%s: Split(%q) = %+v, %q, %v", table, id+content(want), front, rest, ok)
			}
			seen++
		}
		if seen != len(tables[table]) {
			t.Errorf("%s: %d of %d ids tested", table, seen, len(tables[table]))
		}
	}
	if len(codeIDs) != len(tables) {
		t.Errorf("%d of %d tables tested", len(codeIDs), len(tables))
	}
}

func TestCodeIDSplitLeavesData(t *testing.T) {
	tests := []struct {
		table Table
		data  string
	}{
		{Honeywell, ""},
		{Honeywell, "d"},
		{Honeywell, "4601234567893"},
		{Honeywell, "https://example.ru/"}, // no Code 11
		{Honeywell, "door"},                // no EAN-13
		{Honeywell, "e123A"},               // no ITF
		{Zebra, "ABC"},
		{Zebra, "P0"},
		{Zebra, "P09abc"},
		{DatalogicUS, "FFF"},
		{NoTable, "d4601234567893"},
		{"nobody", "d4601234567893"},
	}
	for _, tt := range tests {
		if id, rest, ok := tt.table.Split([]byte(tt.data)); ok || string(rest) != tt.data {
			t.Errorf("%s: Split(%q) = %+v, %q, %v; want it left alone", tt.table, tt.data, id, rest, ok)
		}
	}
}

func TestReplyCodeID(t *testing.T) {
	if id, ok := Honeywell.Lookup("6"); !ok || !id.Flags.Has(Reply) {
		t.Errorf("menu output: %+v, %v", id, ok)
	}
}

func TestParseTable(t *testing.T) {
	for name := range codeIDs {
		if got, err := ParseTable(string(name)); err != nil || got != name {
			t.Errorf("ParseTable(%q) = %q, %v", name, got, err)
		}
	}
	if got, err := ParseTable(""); err != nil || got != NoTable {
		t.Errorf("none: %q, %v", got, err)
	}
	for name, want := range map[string]string{
		"newland": "newland scanners have no code ids of their own: switch AIM identifiers on at the scanner and leave this out",
		"Zebra":   `unknown set of code ids "Zebra": use one of "datalogic", "datalogic_eu", "honeywell", "zebra", "zebra_nixdorf"`,
	} {
		if _, err := ParseTable(name); err == nil || err.Error() != want {
			t.Errorf("ParseTable(%q):\n got %v\nwant %s", name, err, want)
		}
	}
}

func TestTableOf(t *testing.T) {
	for v, want := range map[driver.Vendor]Table{
		driver.VendorHoneywell: Honeywell, driver.VendorZebra: Honeywell, driver.VendorDatalogic: DatalogicUS,
		driver.VendorNewland: NoTable, driver.VendorUnknown: NoTable,
	} {
		if got := TableOf(v); got != want {
			t.Errorf("TableOf(%q) = %q, want %q", v, got, want)
		}
	}
}
