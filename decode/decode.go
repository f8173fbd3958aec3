// Package decode says what a scan means: a customer's card, a product, or
// something else.
//
// It is the second stage. Everything here is a pure function of its input and
// of the configuration: no goroutines, no files, no clock. (Repeats, which tells
// the same card held in view from a card shown again, takes its time from the
// scans.) Hostile input is the ordinary case: whatever bytes come, Decode
// returns a Code and keeps the raw bytes.
package decode

import (
	"log/slog"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/text"
	"github.com/tillgate/tillgate/driver"
)

// Kind is what a code is for.
type Kind string

// The kinds of code.
const (
	Card    Kind = "card"    // a customer's card: Card and Scheme are set
	Phone   Kind = "phone"   // a customer's phone number: Phone and Scheme are set
	Product Kind = "product" // GTIN is set
	Unknown Kind = "unknown" // goes on to the POS as it is
)

// Code is a scan with its meaning.
type Code struct {
	Scan      driver.Ref
	Kind      Kind
	Symbology aim.Symbology // SymbologyUnknown if the device does not say and the content does not show it
	AIM       string        // AIM identifier as received, "" if none was sent
	Raw       []byte        // payload without AIM and vendor ids, byte for byte
	Text      string        // payload as text, always valid UTF-8; for display and matching
	Charset   text.Charset  // how Raw became Text; text.Binary if it could not
	Card      card.ID       // identity in the chain's base, for Kind Card
	Phone     card.Phone    // E.164, for Kind Phone
	Scheme    string        // name of the card scheme that matched
	GTIN      string        // 14 digits, for Kind Product
	Again     bool          // the same card still or again in view: no new prompt (see Repeats)
}

// LogValue keeps card and phone out of logs.
func (c Code) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("device", c.Scan.Device), slog.Uint64("seq", c.Scan.Seq),
		slog.String("kind", string(c.Kind)), slog.String("symbology", c.Symbology.String()),
		slog.String("scheme", c.Scheme), slog.Int("bytes", len(c.Raw)), slog.Bool("again", c.Again))
}
