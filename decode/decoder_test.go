package decode_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/text"
	"github.com/tillgate/tillgate/driver"
)

const (
	port = "serial:/dev/ttyS0"
	gsrn = "460123456789012345"
	grai = "09501101530003"
)

// chain is the configuration of a chain that has one card of every kind.
func chain() decode.Config {
	cfg := decode.Defaults()
	cfg.Cards = []card.Config{
		{Name: "plastic", Kind: card.EAN13, Prefixes: []string{"29"}},
		{Name: "bank", Kind: card.Digits, Lengths: []int{16}, Check: "luhn"},
		{Name: "app", Kind: card.Pattern, Pattern: "(?:CLUB|КЛУБ)-([0-9]{8})"},
		{Name: "wallet", Kind: card.URL, Hosts: []string{"club.example.ru"}, PathSegment: -1},
		{Name: "gsrn", Kind: card.GS1, AI: "8018"},
		{Name: "grai", Kind: card.GS1, AI: "8003"},
		{Name: "link", Kind: card.DigitalLink, AI: "8018"},
		{Name: "phone", Kind: card.PhoneNumber},
	}
	return cfg
}

func decoder(t testing.TB, cfg decode.Config) *decode.Decoder {
	t.Helper()
	d, err := decode.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func scan(data string) driver.Scan {
	return driver.Scan{Device: port, Seq: 7, At: time.Unix(1_700_000_000, 0), Data: []byte(data)}
}

func TestDecode(t *testing.T) {
	d := decoder(t, chain())
	tests := []struct {
		data  string
		kind  decode.Kind
		value string // card, phone or GTIN
		sym   aim.Symbology
		text  string // "" for the data without AIM identifier
	}{
		// A device that says nothing.
		{"2900000000018", decode.Card, "2900000000018", aim.SymbologyUnknown, ""},
		{"2900000000019", decode.Unknown, "", aim.SymbologyUnknown, ""},
		{"4539578763621486", decode.Card, "4539578763621486", aim.SymbologyUnknown, ""},
		{"CLUB-12345678", decode.Card, "12345678", aim.SymbologyUnknown, ""},
		{"https://club.example.ru/c/12345678", decode.Card, "12345678", aim.SymbologyUnknown, ""},
		{"https://id.gs1.org/8018/" + gsrn + "?99=ABC", decode.Card, gsrn, aim.SymbologyUnknown, ""},
		{"8018" + gsrn, decode.Unknown, "", aim.SymbologyUnknown, ""},
		{"\x1d8018" + gsrn, decode.Card, gsrn, aim.SymbologyUnknown, "␝8018" + gsrn},
		{"89991234567", decode.Phone, "+79991234567", aim.SymbologyUnknown, ""},
		{"4601234567893", decode.Product, "04601234567893", aim.SymbologyUnknown, ""},
		{"306030209223", decode.Product, "00306030209223", aim.SymbologyUnknown, ""},
		{"96385074", decode.Product, "00000096385074", aim.SymbologyUnknown, ""},
		{"14601234567890", decode.Product, "14601234567890", aim.SymbologyUnknown, ""},
		{"4601234567890", decode.Unknown, "", aim.SymbologyUnknown, ""},
		{"04252614", decode.Unknown, "", aim.SymbologyUnknown, ""}, // UPC-E only where the device says so
		{"2112345012346", decode.Product, "02112345012346", aim.SymbologyUnknown, ""},
		{"0104601234567893215abcdefghijk!\x1d91EE06\x1d92dGVzdA==", decode.Product, "04601234567893", aim.SymbologyUnknown,
			"0104601234567893215abcdefghijk!␝91EE06␝92dGVzdA=="},
		{"0104601234567890215abcdefghijk!\x1d91EE06", decode.Unknown, "", aim.SymbologyUnknown, "0104601234567890215abcdefghijk!␝91EE06"},
		{"010460123456789321abc", decode.Unknown, "", aim.SymbologyUnknown, ""},
		{"https://example.ru/01/04601234567893/21/S", decode.Product, "04601234567893", aim.SymbologyUnknown, ""},
		{"HELLO", decode.Unknown, "", aim.SymbologyUnknown, ""},
		{"", decode.Unknown, "", aim.SymbologyUnknown, ""},
		{" 2900000000018\r\n", decode.Card, "2900000000018", aim.SymbologyUnknown, " 2900000000018␍␊"},
		{"29000\x000000018", decode.Unknown, "", aim.SymbologyUnknown, "29000␀0000018"},

		// AIM identifiers in front.
		{"]E02900000000018", decode.Card, "2900000000018", aim.EAN13, ""},
		{"]E04601234567893", decode.Product, "04601234567893", aim.EAN13, ""},
		{"]E0306030209223", decode.Product, "00306030209223", aim.UPCA, ""},
		{"]E096385074", decode.Product, "00000096385074", aim.EAN8, ""},
		{"]E496385074", decode.Product, "00000096385074", aim.EAN8, ""},
		{"]E004252614", decode.Product, "00042100005264", aim.UPCE, ""},
		{"]E04601234567890", decode.Unknown, "", aim.EAN13, ""},
		{"]E3460123456789312", decode.Product, "04601234567893", aim.EAN13, ""},
		{"]E3460123456789312345", decode.Product, "04601234567893", aim.EAN13, ""},
		{"]E330603020922312", decode.Product, "00306030209223", aim.UPCA, ""},
		{"]E39638507412", decode.Product, "00000096385074", aim.EAN8, ""},
		{"]E39638507412345", decode.Product, "00000096385074", aim.EAN8, ""},
		{"]E34601234567893", decode.Unknown, "", aim.EANUPC, ""}, // eight and five, and the eight are wrong
		{"]E30425261412", decode.Product, "00042100005264", aim.UPCE, ""},
		{"]E3290000000001812", decode.Product, "02900000000018", aim.EAN13, ""}, // no card has an add-on
		{"]E112", decode.Unknown, "", aim.EANAddOn, ""},
		{"]E0", decode.Unknown, "", aim.EANUPC, ""},
		{"]X94601234567893", decode.Product, "04601234567893", aim.EAN13, ""},
		{"]XC96385074", decode.Product, "00000096385074", aim.EAN8, ""},
		{"]Xg306030209223", decode.Product, "00306030209223", aim.UPCA, ""},
		{"]Xk04252614", decode.Product, "00042100005264", aim.UPCE, ""},
		{"]Xk042100005264", decode.Product, "00042100005264", aim.UPCE, ""},
		{"]Xk96385074", decode.Unknown, "", aim.UPCE, ""},
		{"]I114601234567890", decode.Product, "14601234567890", aim.ITF, ""},
		{"]I1146012345678", decode.Unknown, "", aim.ITF, ""},
		{"]e00104601234567893", decode.Product, "04601234567893", aim.DataBar, ""},
		{"]e004601234567893", decode.Product, "04601234567893", aim.DataBar, ""}, // sent without its identifier
		{"]C10104601234567893", decode.Product, "04601234567893", aim.GS1Code128, ""},
		{"]C110ABC", decode.Unknown, "", aim.GS1Code128, ""},
		{"]C18018" + gsrn, decode.Card, gsrn, aim.GS1Code128, ""},
		{"]C1\x1d8018" + gsrn, decode.Card, gsrn, aim.GS1Code128, "␝8018" + gsrn},
		{"]Q38018" + gsrn, decode.Card, gsrn, aim.GS1QR, ""},
		{"]d28018" + gsrn + "\x1d80197", decode.Card, gsrn, aim.GS1DataMatrix, "8018" + gsrn + "␝80197"},
		{"]Q38003" + grai + "A1", decode.Card, grai + "A1", aim.GS1QR, ""},
		{"]C18018460123456789012346", decode.Unknown, "", aim.GS1Code128, ""},
		{"]C08018" + gsrn, decode.Unknown, "", aim.Code128, ""},
		{"]d2010460123456789321abc\x1d93dGVz", decode.Product, "04601234567893", aim.GS1DataMatrix, "010460123456789321abc␝93dGVz"},
		{"]Q14601234567893", decode.Product, "04601234567893", aim.QR, ""}, // alone in the code
		{"]Q14601234567890", decode.Unknown, "", aim.QR, ""},
		{"]C014601234567890", decode.Product, "14601234567890", aim.Code128, ""},
		{"]C096385074", decode.Unknown, "", aim.Code128, ""}, // too short to be one for sure
		{"]d1010460123456789321abc\x1d93dGVz", decode.Product, "04601234567893", aim.DataMatrix, "010460123456789321abc␝93dGVz"},
		{"]Q12900000000018", decode.Card, "2900000000018", aim.QR, ""},
		{"]Q1https://id.gs1.org/01/04601234567893", decode.Product, "04601234567893", aim.QR, ""},
		{"]Q1КЛУБ-12345678", decode.Card, "12345678", aim.QR, ""},
		{"]Q1\xca\xcb\xd3\xc1-12345678", decode.Card, "12345678", aim.QR, "КЛУБ-12345678"},
		{"]Q2\\000022\xca\xcb\xd3\xc1-12345678", decode.Card, "12345678", aim.QR, "КЛУБ-12345678"},
		{"]Q2\\000026КЛУБ-12345678", decode.Card, "12345678", aim.QR, "КЛУБ-12345678"},
		{"]Q1\\000026CLUB-12345678", decode.Unknown, "", aim.QR, ""}, // no ECI announced: the escape is data
		{"]Q4\\0000038018" + gsrn, decode.Card, gsrn, aim.GS1QR, "8018" + gsrn},
		{"]Q1tel:+7 (999) 123-45-67", decode.Phone, "+79991234567", aim.QR, ""},
		{"]L1a\\\\b", decode.Unknown, "", aim.PDF417, `a\b`},
		{"]L2a\\\\b", decode.Unknown, "", aim.PDF417, `a\\b`},
		{"]Z6REVINF\x06.", decode.Reply, "", aim.NonBarcode, "REVINF␆."},
		{"]Z02900000000018", decode.Card, "2900000000018", aim.NonBarcode, ""},
		{"]Q9x", decode.Unknown, "", aim.QR, ""},
		{"]a1x", decode.Unknown, "", aim.SymbologyUnknown, "]a1x"},
		{"]", decode.Unknown, "", aim.SymbologyUnknown, "]"},
	}
	for _, tt := range tests {
		s := scan(tt.data)
		c := d.Decode(s)
		value := string(c.Card) + string(c.Phone) + c.GTIN
		want := tt.text
		if want == "" {
			want = tt.data[len(c.AIM):]
		}
		if c.Kind != tt.kind || value != tt.value || c.Symbology != tt.sym || c.Text != want {
			t.Errorf("%q: %s %q, %s, text %q; want %s %q, %s, text %q", tt.data, c.Kind, value, c.Symbology, c.Text, tt.kind, tt.value, tt.sym, want)
		}
		if c.Scan != s.Ref() || c.AIM+string(c.Raw) != tt.data {
			t.Errorf("%q: scan %v, AIM %q, raw %q", tt.data, c.Scan, c.AIM, c.Raw)
		}
		if (c.Scheme != "") != (c.Kind == decode.Card || c.Kind == decode.Phone) {
			t.Errorf("%q: %s by scheme %q", tt.data, c.Kind, c.Scheme)
		}
	}
}

// What devices send apart from the data. The reports are captures: one UPC-A
// label, and the answer to a revision query.
func TestDecodeApart(t *testing.T) {
	d := decoder(t, chain())
	tests := []struct {
		name string
		s    driver.Scan
		kind decode.Kind
		gtin string
		sym  aim.Symbology
		raw  string
	}{
		{"Zebra HID-POS", driver.Scan{AIM: "]Xg", CodeID: "c", Vendor: driver.VendorZebra, Data: []byte("306030209223")},
			decode.Product, "00306030209223", aim.UPCA, "306030209223"},
		{"Honeywell HID-POS", driver.Scan{AIM: "]E0", CodeID: "c", Vendor: driver.VendorHoneywell, Data: []byte("306030209223")},
			decode.Product, "00306030209223", aim.UPCA, "306030209223"},
		{"Symbol in IBM hand-held mode", driver.Scan{AIM: "]E0", Data: []byte("071012107018")},
			decode.Product, "00071012107018", aim.UPCA, "071012107018"},
		{"code id alone", driver.Scan{CodeID: "d", Vendor: driver.VendorHoneywell, Data: []byte("4601234567893")},
			decode.Product, "04601234567893", aim.EAN13, "4601234567893"},
		{"code id beside an identifier that says nothing", driver.Scan{AIM: "]X0", CodeID: "d", Vendor: driver.VendorHoneywell, Data: []byte("4601234567893")},
			decode.Product, "04601234567893", aim.EAN13, "4601234567893"},
		{"code id nobody knows", driver.Scan{CodeID: "~", Vendor: driver.VendorHoneywell, Data: []byte("4601234567893")},
			decode.Product, "04601234567893", aim.SymbologyUnknown, "4601234567893"},
		{"identifier twice", driver.Scan{AIM: "]E0", Data: []byte("]E04601234567893")},
			decode.Product, "04601234567893", aim.EAN13, "4601234567893"},
		{"identifier that is none", driver.Scan{AIM: "?!", Data: []byte("4601234567893")},
			decode.Product, "04601234567893", aim.SymbologyUnknown, "4601234567893"},
		{"data that look like an identifier behind a real one", driver.Scan{AIM: "]Q1", Data: []byte("]E04601234567893")},
			decode.Unknown, "", aim.QR, "]E04601234567893"},
		{"echo of a menu command", driver.Scan{AIM: "]Z6", CodeID: "6", Vendor: driver.VendorHoneywell, Data: []byte("REVINF\x06.")},
			decode.Reply, "", aim.NonBarcode, "REVINF\x06."},
		{"echo by code id alone", driver.Scan{CodeID: "6", Vendor: driver.VendorHoneywell, Data: []byte("REVINF\x06.")},
			decode.Reply, "", aim.NonBarcode, "REVINF\x06."},
		{"text of the answer", driver.Scan{AIM: "]X0", CodeID: "?", Vendor: driver.VendorHoneywell, Data: []byte("Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n")},
			decode.Reply, "", aim.Postal, "Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n"},
		{"Korea Post by code id", driver.Scan{CodeID: "?", Vendor: driver.VendorHoneywell, Data: []byte("123456")},
			decode.Unknown, "", aim.Postal, "123456"},
	}
	for _, tt := range tests {
		c := d.Decode(tt.s)
		if c.Kind != tt.kind || c.GTIN != tt.gtin || c.Symbology != tt.sym || string(c.Raw) != tt.raw || c.AIM != tt.s.AIM {
			t.Errorf("%s: %s %q, %s, raw %q, AIM %q", tt.name, c.Kind, c.GTIN, c.Symbology, c.Raw, c.AIM)
		}
	}
}

// Code ids in front of the data, for devices that are configured to send them.
func TestDecodeCodeIDs(t *testing.T) {
	cfg := chain()
	cfg.CodeIDs = map[string]string{"h": "honeywell", "z": "zebra", "n": "zebra_nixdorf", "d": "datalogic", "e": "datalogic_eu"}
	d := decoder(t, cfg)
	tests := []struct {
		device, data string
		kind         decode.Kind
		value        string
		sym          aim.Symbology
		raw          string
	}{
		{"h", "d2900000000018", decode.Card, "2900000000018", aim.EAN13, "2900000000018"},
		{"h", "c306030209223", decode.Product, "00306030209223", aim.UPCA, "306030209223"},
		{"h", "I8018" + gsrn, decode.Card, gsrn, aim.GS1Code128, "8018" + gsrn},
		{"h", "s]Q38018" + gsrn, decode.Card, gsrn, aim.GS1QR, "8018" + gsrn}, // both
		{"h", "]E0d2900000000018", decode.Card, "2900000000018", aim.EAN13, "2900000000018"},
		{"h", "2900000000018", decode.Card, "2900000000018", aim.SymbologyUnknown, "2900000000018"}, // switched off again
		{"h", "6REVINF\x06.", decode.Reply, "", aim.NonBarcode, "REVINF\x06."},
		{"z", "A2900000000018", decode.Card, "2900000000018", aim.EAN13, "2900000000018"},
		{"z", "A96385074", decode.Product, "00000096385074", aim.EAN8, "96385074"},
		{"z", "P0Q8018" + gsrn, decode.Card, gsrn, aim.GS1QR, "8018" + gsrn},
		{"z", "P01CLUB-12345678", decode.Card, "12345678", aim.QR, "CLUB-12345678"},
		{"z", "R0104601234567893", decode.Product, "04601234567893", aim.DataBar, "0104601234567893"},
		{"n", "A4601234567893", decode.Product, "04601234567893", aim.EAN13, "4601234567893"},
		{"n", "A0306030209223", decode.Product, "00306030209223", aim.UPCA, "306030209223"},
		{"d", "F2900000000018", decode.Card, "2900000000018", aim.EAN13, "2900000000018"},
		{"d", "FF96385074", decode.Product, "00000096385074", aim.EAN8, "96385074"},
		{"d", "]C18018" + gsrn, decode.Card, gsrn, aim.GS1Code128, "8018" + gsrn},
		{"d", "QRCLUB-12345678", decode.Card, "12345678", aim.QR, "CLUB-12345678"},
		{"e", "B2900000000018", decode.Card, "2900000000018", aim.EAN13, "2900000000018"},
		{"e", "k8018" + gsrn, decode.Card, gsrn, aim.GS1Code128, "8018" + gsrn},
		{"other", "d2900000000018", decode.Unknown, "", aim.SymbologyUnknown, "d2900000000018"},
	}
	for _, tt := range tests {
		s := scan(tt.data)
		s.Device = tt.device
		c := d.Decode(s)
		if value := string(c.Card) + c.GTIN; c.Kind != tt.kind || value != tt.value || c.Symbology != tt.sym || string(c.Raw) != tt.raw {
			t.Errorf("%s: %q: %s %q, %s, raw %q; want %s %q, %s, raw %q", tt.device, tt.data, c.Kind, value, c.Symbology, c.Raw, tt.kind, tt.value, tt.sym, tt.raw)
		}
	}
}

func TestCharsetOfCode(t *testing.T) {
	cfg := decode.Defaults()
	cfg.Charsets = []string{"cp866"}
	c := decoder(t, cfg).Decode(scan("]C0\x8a\xa0\xe0\xe2\xa0"))
	if c.Text != "Карта" || c.Charset != text.CP866 {
		t.Errorf("%q as %s", c.Text, c.Charset)
	}
	c = decoder(t, decode.Defaults()).Decode(scan("]z0\xff\x00\xfe"))
	if c.Text != `\xff\x00\xfe` || c.Charset != text.Binary || !bytes.Equal(c.Raw, []byte{0xff, 0, 0xfe}) {
		t.Errorf("%q as %s, raw %q", c.Text, c.Charset, c.Raw)
	}
}

// Schemes see no text where there is none, however the escaped form reads.
func TestBinaryIsNoCard(t *testing.T) {
	cfg := decode.Config{Cards: []card.Config{{Name: "all", Kind: card.Pattern, Pattern: "(.+)"}}}
	d := decoder(t, cfg)
	for _, data := range []string{"\xff\x00", "a\x00b", "]Q2\\000899abc", "a\u202eb", "\x1b[31m"} {
		if c := d.Decode(scan(data)); c.Kind != decode.Unknown {
			t.Errorf("%q is %s %q", data, c.Kind, string(c.Card))
		}
	}
}

func TestNoSchemes(t *testing.T) {
	d := decoder(t, decode.Config{})
	if c := d.Decode(scan("2900000000018")); c.Kind != decode.Product || c.GTIN != "02900000000018" {
		t.Errorf("%s %q", c.Kind, c.GTIN)
	}
}

// A log has the kind and the scheme of a code, and neither number nor text.
func TestLogged(t *testing.T) {
	var b strings.Builder
	d := decoder(t, chain())
	for _, data := range []string{"]E02900000000018", "]Q189991234567", "]Q1Secret 89991234567 2900000000018"} {
		slog.New(slog.NewTextHandler(&b, nil)).Info("scan", "code", d.Decode(scan(data)))
	}
	for _, secret := range []string{"2900000000018", "9991234567", "Secret"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q is in %q", secret, b.String())
		}
	}
	for _, want := range []string{"code.kind=card", "code.scheme=plastic", "code.kind=phone", `code.symbology="QR Code"`, "code.kind=unknown"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in %q", want, b.String())
		}
	}
}
