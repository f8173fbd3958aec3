package card

import (
	"errors"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/gs1"
)

// Input is a code as the schemes see it.
type Input struct {
	Symbology aim.Symbology
	Text      string       // the whole text without control characters; "" if it is none
	GS1       gs1.Elements // of a code that the device said is GS1; nil if it is none
	Link      *gs1.Link    // of a Digital Link; nil if it is none
	Silent    bool         // the device did not say whether it is GS1
	At        time.Time    // when it was scanned
}

// Match is what a scheme found: an ID, a Phone, or a Refusal.
type Match struct {
	Scheme  string
	ID      ID
	Phone   Phone
	Refused Refusal
	Until   time.Time // of a rotating code: when it stops counting
}

// maxID is the longest identity, in bytes: what is longer is no card.
const maxID = 128

// Schemes are the chain's rules in their order. It is immutable and safe for
// concurrent use.
type Schemes struct{ list []scheme }

type scheme struct {
	name        string
	symbologies []aim.Symbology
	letters     func(string) string
	phone       bool
	// match takes the identity out of a code, "" if it is not of this scheme.
	match    func(Input) string
	rotating *rotating // instead of match
}

// New checks the schemes and makes them ready. country is the one for phones,
// see NormalisePhone. The error joins a *Mistake for each thing that is wrong.
func New(configs []Config, country string) (*Schemes, error) {
	s := &Schemes{}
	var wrong []error
	for i, c := range configs {
		k := &checker{index: i, c: c}
		s.list = append(s.list, k.scheme(country))
		for _, before := range configs[:i] {
			k.against(before, country)
		}
		wrong = append(wrong, k.wrong...)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return s, nil
}

// Match tries the schemes in order.
func (s *Schemes) Match(in Input) (Match, bool) {
	for i := range s.list {
		sch := &s.list[i]
		if !sch.admits(in.Symbology) {
			continue
		}
		if sch.rotating != nil {
			if f, ok := sch.rotating.read(in.Text, in.At); ok {
				return Match{Scheme: sch.name, ID: ID(f.id), Refused: f.refused, Until: f.until}, true
			}
			continue
		}
		id := sch.match(in)
		if id == "" || len(id) > maxID {
			continue
		}
		if sch.phone {
			return Match{Scheme: sch.name, Phone: Phone(id)}, true
		}
		if sch.letters != nil {
			id = sch.letters(id)
		}
		return Match{Scheme: sch.name, ID: ID(id)}, true
	}
	return Match{}, false
}

func (s *scheme) admits(sym aim.Symbology) bool {
	if len(s.symbologies) == 0 {
		return true
	}
	for _, a := range s.symbologies {
		if a == sym || a == sym.Base() && sym != aim.SymbologyUnknown {
			return true
		}
	}
	return false
}

func letters(how string) func(string) string {
	switch how {
	case "upper":
		return strings.ToUpper
	case "lower":
		return strings.ToLower
	}
	return nil
}
