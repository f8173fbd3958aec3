package card

import (
	"strings"

	"github.com/tillgate/tillgate/decode/gs1"
)

// The keys of GS1 that name a customer's card.
const (
	aiGSRN = "8018" // service relation number of the recipient: 18 digits
	aiGRAI = "8003" // returnable asset: 14 digits and a serial number
)

func matchGS1(c Config) func(Input) string {
	return func(in Input) string {
		elements := in.GS1
		if elements == nil && c.WithoutFNC1 && in.Silent && strings.HasPrefix(in.Text, aiGSRN) {
			elements, _ = gs1.Parse(in.Text)
		}
		return identity(c, elements)
	}
}

func matchLink(c Config) func(Input) string {
	return func(in Input) string {
		if in.Link == nil || in.Link.Key != c.AI || len(c.Hosts) > 0 && !hasHost(c.Hosts, in.Link.Host) {
			return ""
		}
		return identity(c, in.Link.Elements)
	}
}

// identity takes the identity out of the elements. A code that names goods is
// no card, whatever else is in it.
func identity(c Config, elements gs1.Elements) string {
	v, ok := elements.Get(c.AI)
	if _, goods := elements.Get("01"); !ok || goods {
		return ""
	}
	if c.AI == aiGRAI {
		const asset = 14
		if len(v) <= asset {
			return "" // a kind of card, not a card
		}
		if c.Part == "serial" {
			return v[asset:]
		}
		return v
	}
	if c.StripCheckDigit {
		return v[:len(v)-1]
	}
	return v
}
