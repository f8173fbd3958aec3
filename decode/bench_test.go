package decode_test

import (
	"testing"

	"github.com/tillgate/tillgate/decode"
)

func BenchmarkDecode(b *testing.B) {
	d := decoder(b, chain())
	for _, bb := range []struct {
		name, data string
		kind       decode.Kind
	}{
		{"EAN card", "]E02900000000018", decode.Card},
		{"EAN product", "]E04601234567893", decode.Product},
		{"QR URL", "]Q1https://club.example.ru/c/12345678?utm_source=pass", decode.Card},
		{"GS1 card", "]C18018460123456789012345", decode.Card},
		{"GS1 marking code", "]d20104601234567893215abcdefghijk!\x1d91EE06\x1d92dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=", decode.Product},
		{"cp1251 text", "]Q1\xca\xe0\xf0\xf2\xe0 \xeb\xee\xff\xeb\xfc\xed\xee\xf1\xf2\xe8", decode.Unknown},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s := scan(bb.data)
			b.ReportAllocs()
			for b.Loop() {
				if c := d.Decode(s); c.Kind != bb.kind {
					b.Fatal(c.Kind)
				}
			}
		})
	}
}

func BenchmarkRepeats(b *testing.B) {
	d, r := decoder(b, chain()), decode.Defaults().Repeats()
	c := d.Decode(scan("]E02900000000018"))
	b.ReportAllocs()
	for b.Loop() {
		r.Mark(c)
	}
}
