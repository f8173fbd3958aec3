package frame_test

import (
	"context"
	"testing"

	"github.com/tillgate/tillgate/decode/frame"
)

// Codes before a hand that moved: narrow bars run into each other, and what is
// left of a PDF417 falls into two regions.
func TestDecodeReadsWhatMotionSmeared(t *testing.T) {
	for _, k := range []struct {
		format   string
		severity int
		seed     uint64
	}{{"code39", 4, 2026}, {"pdf417", 3, 2026}, {"ean13", 4, 47}, {"codabar", 3, 12}} {
		p, f := draw(t, "motion", k.format, k.severity, k.seed)
		got, _, err := frame.Decode(context.Background(), f, patient)
		if err != nil || len(got) != 1 || plain(k.format, got[0].Text) != plain(k.format, p.Text) {
			t.Errorf("%s of seed %d: got %+v, %v, want %q", p.Name(), k.seed, got, err, p.Text)
		}
	}
}
