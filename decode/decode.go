// Package decode says what a scan means: a customer's card, a product, or
// something else.
//
// It is the second stage. Everything here is a pure function of its input and
// of the configuration: no goroutines, no files, no clock. (Repeats, which tells
// the same card held in view from a card shown again, takes its time from the
// scans.) Hostile input is the ordinary case: whatever bytes come, Decode
// returns a Code and keeps the raw bytes.
//
// What a scan is is decided in this order; the first that applies wins:
//
//  1. The answer of a device to a command (]Z6, or command output behind ]X0) is
//     a Reply.
//  2. The AIM identifier and, where the device is configured to send one, the
//     vendor's code id are taken off; what is left is Raw.
//  3. The card schemes, in the order of the configuration: Card or Phone.
//  4. A number of goods with a right check digit, by EAN, UPC, ITF-14, GS1
//     DataBar, AI (01) of a GS1 code, a GS1 Digital Link, or alone in any other
//     code: Product.
//  5. Anything else is Unknown.
//
// The symbology is what the device said, never a guess from the content: one of
// ten numbers of 13 digits has a right check digit by chance. The meaning may be
// guessed where a wrong guess does no harm, since product and unknown code both
// reach the POS unchanged: 13 or 14 digits with a right check digit are a Product
// in any symbology, 8 or 12 are from a device that does not say which. In-store numbers (EAN-13 from
// 20 to 29, where scales print weight and price) are Products too unless a card
// scheme claims them: the POS gets them as they were scanned.
package decode

import (
	"log/slog"
	"time"

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
	Reply   Kind = "reply"   // the device answered a command: not a scan, must go nowhere
)

// Code is a scan with its meaning.
type Code struct {
	Scan      driver.Ref
	Kind      Kind
	Symbology aim.Symbology // SymbologyUnknown if the device does not say
	AIM       string        // AIM identifier as received, "" if none was sent
	Raw       []byte        // payload without AIM and vendor ids, byte for byte
	Text      string        // payload as text, always valid UTF-8 without control characters (package text); for display and matching
	Charset   text.Charset  // how Raw became Text; text.Binary if it could not
	Card      card.ID       // identity in the chain's base, for Kind Card
	Phone     card.Phone    // E.164, for Kind Phone
	Scheme    string        // name of the card scheme that matched
	Refused   card.Refusal  // a card's code that names nobody: Card is ""
	Until     time.Time     // of a code that changes: it counts once, and until then
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
