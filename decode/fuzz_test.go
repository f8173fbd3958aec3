package decode_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/gs1"
	"github.com/tillgate/tillgate/driver"
)

func FuzzDecode(f *testing.F) {
	cfg := chain()
	cfg.CodeIDs = map[string]string{"h": "honeywell", "z": "zebra", "n": "zebra_nixdorf", "d": "datalogic", "e": "datalogic_eu"}
	d := decoder(f, cfg)
	for _, s := range []struct{ device, aim, codeID, vendor, data string }{
		// Captures: HID-POS of Zebra and Honeywell, IBM OEM, menu replies, a serial wedge.
		{"", "]Xg", "c", "zebra", "306030209223"},
		{"", "]E0", "c", "honeywell", "306030209223"},
		{"", "]Q1", "s", "honeywell", "Lorem ipsum dolor sit amet, consectetur adipiscing elit,"},
		{"", "]E0", "", "", "071012107018"},
		{"", "]X0", "?", "honeywell", "Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\nSoft"},
		{"", "]Z6", "6", "honeywell", "REVINF\x06."},
		{"", "", "", "", "6957842208856"},
		{"", "", "", "", "SIP-4-1"},
		// Cards, products, charsets, ECI.
		{"h", "", "", "", "d2900000000018"},
		{"z", "", "", "", "P0Q8018460123456789012345"},
		{"d", "", "", "", "QRCLUB-12345678"},
		{"", "", "", "", "]C18018460123456789012345"},
		{"", "", "", "", "]d2010460123456789321abc\x1d93dGVz"},
		{"", "", "", "", "https://id.gs1.org/8018/460123456789012345?99=ABC"},
		{"", "", "", "", "https://club.example.ru/c/12345678"},
		{"", "", "", "", "]Q2\\000022\xca\xcb\xd3\xc1-12345678"},
		{"", "", "", "", "]Q1\xca\xcb\xd3\xc1-12345678\r\n"},
		{"", "", "", "", "]E3460123456789312"},
		{"", "", "", "", "]E004252614"},
		{"", "", "", "", "+7 (999) 123-45-67"},
		{"", "", "", "", "\xff\xd8\xff\xe0\x00\x10JFIF"},
	} {
		f.Add(s.device, s.aim, s.codeID, s.vendor, []byte(s.data))
	}
	f.Fuzz(func(t *testing.T, device, aimID, codeID, vendor string, data []byte) {
		before := bytes.Clone(data)
		s := driver.Scan{Device: device, AIM: aimID, CodeID: codeID, Vendor: driver.Vendor(vendor), Data: data}
		c := d.Decode(s)
		if !bytes.Equal(data, before) || !bytes.HasSuffix(before, c.Raw) {
			t.Fatalf("%q: raw %q, data now %q", before, c.Raw, data)
		}
		if !utf8.ValidString(c.Text) || strings.ContainsFunc(c.Text, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("%q: text %q", before, c.Text)
		}
		if c.Charset == "" {
			t.Fatalf("%q: no charset", before)
		}
		isCard, isPhone, isProduct := c.Kind == decode.Card, c.Kind == decode.Phone, c.Kind == decode.Product
		if isCard != (c.Card != "") || isPhone != (c.Phone != "") || isProduct != (c.GTIN != "") || (isCard || isPhone) != (c.Scheme != "") {
			t.Fatalf("%q: %s with card %q, phone %q, GTIN %q, scheme %q", before, c.Kind, string(c.Card), string(c.Phone), c.GTIN, c.Scheme)
		}
		if isProduct && (len(c.GTIN) != 14 || !gs1.Valid(c.GTIN)) {
			t.Fatalf("%q: GTIN %q", before, c.GTIN)
		}
		if strings.ContainsFunc(string(c.Card), func(r rune) bool { return r <= ' ' || r == utf8.RuneError }) {
			t.Fatalf("%q: card %q", before, string(c.Card))
		}
		r := decode.NewRepeats(decode.RepeatWindow, decode.RepeatCap)
		if r.Mark(c).Again {
			t.Fatalf("%q: the first is a repeat", before)
		}
		c.Scan.At = c.Scan.At.Add(time.Second)
		if got := r.Mark(c).Again; got != (isCard || isPhone) {
			t.Fatalf("%q: %s, the second is a repeat: %v", before, c.Kind, got)
		}
	})
}
