package decode_test

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
)

func decoder(t testing.TB, cfg decode.Config) *decode.Decoder {
	t.Helper()
	d, err := decode.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func scan(data string) driver.Scan {
	return driver.Scan{Device: "serial:/dev/ttyS0", Seq: 7, At: time.Unix(1700000000, 0), Data: []byte(data)}
}

func TestDecodeKinds(t *testing.T) {
	d := decoder(t, decode.Config{Cards: []card.Config{
		{Name: "plastic", Kind: card.EAN13, Prefixes: []string{"29"}},
	}})
	tests := []struct {
		data string
		kind decode.Kind
		id   card.ID
		gtin string
		sym  aim.Symbology
	}{
		{"2900000000018", decode.Card, "2900000000018", "", aim.SymbologyUnknown},
		{"]E02900000000018", decode.Card, "2900000000018", "", aim.EAN13},
		{"2900000000019", decode.Unknown, "", "", aim.SymbologyUnknown},
		{"4601234567893", decode.Product, "", "04601234567893", aim.SymbologyUnknown},
		{"2112345012346", decode.Product, "", "02112345012346", aim.SymbologyUnknown},
		{"]Z6REVINF\x06.", decode.Reply, "", "", aim.NonBarcode},
		{"HELLO", decode.Unknown, "", "", aim.SymbologyUnknown},
	}
	for _, tt := range tests {
		c := d.Decode(scan(tt.data))
		if c.Kind != tt.kind || c.Card != tt.id || c.GTIN != tt.gtin || c.Symbology != tt.sym {
			t.Errorf("%q: kind %s, card %q, gtin %q, symbology %s; want %s, %q, %q, %s",
				tt.data, c.Kind, string(c.Card), c.GTIN, c.Symbology, tt.kind, string(tt.id), tt.gtin, tt.sym)
		}
	}
}
