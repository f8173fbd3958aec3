package checkout

import (
	"strconv"

	"github.com/tillgate/tillgate/decode/card"
)

// askChoose: the base says that the card is several customers'. The desk does
// not guess.
func askChoose(s Situation) (Prompt, bool) {
	if s.Who == nil || len(s.Who.Rivals) == 0 || s.Deal != nil {
		return Prompt{}, false
	}
	p := Prompt{
		Kind: AskChoose, Scan: s.Who.Scan, Again: s.Who.Again, Card: s.Who.masked(), Text: s.Said,
	}
	for i, c := range s.Who.Rivals {
		p.Choices = append(p.Choices, Choice{
			ID: pick + strconv.Itoa(i+1), Customer: c.Name, Hint: card.Mask(string(c.Phone)),
		})
	}
	p.Choices = append(p.Choices, Choice{ID: Without, Primary: true})
	return p, true
}
