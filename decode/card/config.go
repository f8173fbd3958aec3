package card

import (
	"fmt"
)

// Kind is a kind of rule.
type Kind string

// The kinds.
const (
	EAN13       Kind = "ean13"        // 13 digits, right check digit, given prefixes
	Digits      Kind = "digits"       // digits of given lengths
	Pattern     Kind = "pattern"      // a regular expression over the whole text
	URL         Kind = "url"          // a web address of given hosts
	GS1         Kind = "gs1"          // a GS1 element string with a key for people or cards
	DigitalLink Kind = "digital_link" // the same key in a GS1 Digital Link
	PhoneNumber Kind = "phone"        // the customer's phone number
	Rotating    Kind = "rotating"     // a code that changes with the time, as passes on phones show
)

var kinds = []Kind{EAN13, Digits, Pattern, URL, GS1, DigitalLink, PhoneNumber, Rotating}

// Config is one [[card]] of the configuration: a rule that says which codes are
// customers' cards and what in them is the identity. The rules are tried in the
// order they are written; the first that fits wins. A rule fits exactly or not
// at all: nothing is searched for inside a longer code.
type Config struct {
	// Name is what logs and the page call the scheme. Must be unique.
	Name string `toml:"name"`
	// Kind is one of ean13, digits, pattern, url, gs1, digital_link, phone,
	// rotating.
	Kind Kind `toml:"kind"`
	// Symbologies are the only kinds of barcode that count ("EAN-13", "QR Code";
	// "EAN/UPC" stands for all of its family). Empty: any. A phone may show
	// the same card as another symbology, and a scanner that does not send AIM
	// identifiers matches no scheme that has this key.
	Symbologies []string `toml:"symbologies"`

	// Prefixes are the digits that numbers begin with. ean13: required, or
	// every product would be a card. digits: optional.
	Prefixes []string `toml:"prefixes"`
	// Lengths are the numbers of digits that are allowed, for digits.
	Lengths []int `toml:"lengths"`
	// MinLength and MaxLength are a range, instead of Lengths.
	MinLength int `toml:"min_length"`
	MaxLength int `toml:"max_length"`
	// Check is what the last digit must be, for digits: "gs1" (mod 10, weights
	// 3 and 1, as in EAN), "luhn" (as in bank cards) or "none".
	Check string `toml:"check"`
	// StripCheckDigit takes the verified check digit off the identity, for
	// ean13, digits with a check, and gs1 or digital_link with AI 8018.
	StripCheckDigit bool `toml:"strip_check_digit"`

	// Pattern is an RE2 expression for the whole text, for pattern. Its one
	// capture group is the identity: "CLUB-([0-9]{8})".
	Pattern string `toml:"pattern"`

	// Hosts are the only hosts whose addresses count, whole and without port:
	// "club.example.ru". url: required. digital_link: optional, any host if
	// empty, as the standard has it.
	Hosts []string `toml:"hosts"`
	// PathSegment is the place of the identity in the path of a url: 1 is the
	// first, -1 the last.
	PathSegment int `toml:"path_segment"`
	// PathPattern is an RE2 expression for the whole path instead, with one
	// capture group: "/c/([0-9]+)/show".
	PathPattern string `toml:"path_pattern"`
	// Query is the name of the query parameter instead.
	Query string `toml:"query"`

	// AI is the application identifier, for gs1 and digital_link: "8018" (GSRN of
	// a customer) or "8003" (GRAI of a card; one without serial number names a
	// kind of card and no customer, and does not fit).
	AI string `toml:"ai"`
	// Part is what of an 8003 is the identity: "whole" or "serial".
	Part string `toml:"part"`
	// WithoutFNC1 also takes a code that begins with the digits of AI 8018 from
	// a device that does not say whether it is a GS1 code (it sends no ]C1).
	// Such a code could be something else by chance: one of ten.
	WithoutFNC1 bool `toml:"without_fnc1"`

	// Country is whose rule holds for numbers without +, for phone: "RU" or
	// "KZ"; "none" takes numbers with + only. Empty: the country of the
	// configuration as a whole.
	Country string `toml:"country"`

	// ValuePattern is the pattern of a rotating code, with {id} for the identity
	// and Google Wallet's placeholders: {totp_value_0}, and if the code has it
	// {totp_timestamp_seconds} or {totp_timestamp_millis}.
	ValuePattern string `toml:"value_pattern"`
	// Key says where the programme's one key is, in hexadecimal digits. What is
	// there goes into Secret; while that is empty every code is refused.
	Key    string `toml:"key"`
	Secret []byte `toml:"-"`
	// KeyPerCustomer says that each pass has a key of its own, as Google Wallet's
	// TotpDetails has one per object: the first 20 bytes of HMAC-SHA-256 of the
	// identity under the programme's key.
	KeyPerCustomer bool `toml:"key_per_customer"`
	// Digits are those of the value, 6 to 9.
	Digits int `toml:"digits"`
	// PeriodMS is how long a code lasts, in milliseconds; 0: 30,000.
	PeriodMS int `toml:"period_ms"`
	// SkewMS is how far the clocks of phone and till may be apart, in
	// milliseconds; absent: 30,000.
	SkewMS *int `toml:"skew_ms"`

	// Case makes letters of the identity "upper" or "lower", for pattern, url
	// and AI 8003. Empty: as they are.
	Case string `toml:"case"`
}

// Mistake is one thing wrong with the schemes of a configuration.
type Mistake struct {
	Index   int    // of the scheme, from 0
	Scheme  string // its name, if it has one
	Key     string // in the TOML
	Value   any    // as configured; nil if it is missing
	Problem string
	Remedy  string
}

func (m *Mistake) Error() string {
	who := fmt.Sprintf("card scheme %d", m.Index+1)
	if m.Scheme != "" {
		who = fmt.Sprintf("card scheme %q", m.Scheme)
	}
	what := m.Key
	switch v := m.Value.(type) {
	case nil:
	case string, Kind:
		what = fmt.Sprintf("%s = %q", m.Key, v)
	case []string:
		what = fmt.Sprintf("%s = %q", m.Key, v)
	default:
		what = fmt.Sprintf("%s = %v", m.Key, v)
	}
	return fmt.Sprintf("%s: %s: %s; %s", who, what, m.Problem, m.Remedy)
}
