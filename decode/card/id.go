// Package card recognises customers' cards by the chain's own rules.
package card

import "log/slog"

// ID is a card's identity in the chain's customer base: what the scheme of the
// configuration takes out of a code. It prints masked; string(id) is the real
// value, for the base and the wire, never for a log.
type ID string

func (id ID) String() string       { return Mask(string(id)) }
func (id ID) LogValue() slog.Value { return slog.StringValue(Mask(string(id))) }

// Phone is a phone number in E.164 with the leading plus: "+79991234567". It
// prints masked like ID.
type Phone string

func (p Phone) String() string       { return Mask(string(p)) }
func (p Phone) LogValue() slog.Value { return slog.StringValue(Mask(string(p))) }

// Mask hides all but the last two characters, and those too where there are
// fewer than six: enough to tell two customers of a quiet minute apart in a
// log, too little to make a card of.
func Mask(s string) string {
	if s == "" {
		return ""
	}
	if len(s) < 6 {
		return "…"
	}
	return "…" + s[len(s)-2:]
}
