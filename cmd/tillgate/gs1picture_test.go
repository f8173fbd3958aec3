package main

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
)

// A GS1 code in a picture is the card of its element string; the same digits
// without FNC1 are not.
func TestGS1CardInAPicture(t *testing.T) {
	const gsrn = "460123456789012345"
	cfg := decode.Defaults()
	cfg.Cards = []card.Config{{Name: "gsrn", Kind: card.GS1, AI: "8018"}}
	d, err := decode.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		format, text string
		kind         decode.Kind
	}{
		{"gs1-qr", "8018" + gsrn, decode.Card},
		{"gs1-datamatrix", "8018" + gsrn + "\x1d80197", decode.Card},
		{"gs1-code128", "8018" + gsrn, decode.Card},
		{"gs1-code128", "99A\x1d8018" + gsrn, decode.Card}, // of variable length, ended by FNC1
		{"gs1-qr", "0104601234567893", decode.Product},
		{"code128", "8018" + gsrn, decode.Unknown},
		{"qr", "8018" + gsrn, decode.Unknown},
	} {
		p, err := phonescreen.DrawText("screenshot", c.format, c.text, 1, 9)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, &image.Gray{Pix: p.Y, Stride: p.W, Rect: image.Rect(0, 0, p.W, p.H)}); err != nil {
			t.Fatal(err)
		}
		found, stats, err := frame.DecodeFile(t.Context(), &file, frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		one, _ := camera.Still(symbolsOf(found), adviceOf(stats.Hints))
		if one == nil {
			t.Errorf("%s: not read", c.format)
			continue
		}
		got := d.Decode(driver.Scan{Device: camera.BrowserID, Seq: 1, Data: one.Raw, AIM: one.AIM})
		if got.Kind != c.kind || got.Kind == decode.Card && string(got.Card) != gsrn {
			t.Errorf("%s %q: %s %q as %s", c.format, c.text, got.Kind, string(got.Card), one.AIM)
		}
	}
}
