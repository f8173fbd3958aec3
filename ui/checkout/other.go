package checkout

// askOther: the customer of the sale in hand has decided, and another card
// comes. It may be the next customer's, held too early, or the right one after
// a wrong one: only the cashier can know.
func askOther(s Situation) (Prompt, bool) {
	if s.Other == nil || s.Deal == nil {
		return Prompt{}, false
	}
	p := Prompt{
		Kind: AskOther, Scan: s.Other.Scan, Again: s.Other.Again, Card: s.Other.masked(),
		Customer: s.Other.shown(), Quote: s.Deal.settled(), Text: s.Said,
		Choices: []Choice{{ID: Keep, Customer: s.Who.name(), Primary: true}, {ID: ChangeTo, Customer: s.Other.name()}},
	}
	if p.Text == nil {
		p.Text = text(SaidInHand, "customer", s.Who.name())
	}
	return p, true
}

// name is what to call the customer; "" if nobody is known.
func (s *Subject) name() string {
	if s == nil || s.Customer == nil {
		return ""
	}
	return s.Customer.Name
}
