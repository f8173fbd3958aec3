package checkout

import "github.com/tillgate/tillgate/sync/loyalty"

// askSpend: the customer and the receipt are known, nothing is decided. Enter
// earns and spends nothing: points never go by accident.
func askSpend(s Situation) (Prompt, bool) {
	if s.Who == nil || s.Who.Customer == nil || s.Deal != nil || !s.Receipt.Known {
		return Prompt{}, false
	}
	q := s.quote(0)
	p := Prompt{
		Kind: AskSpend, Scan: s.Who.Scan, Again: s.Who.Again, Customer: s.Who.shown(), Card: s.Who.masked(),
		Quote: &q, Text: s.Said, Told: s.told() != nil,
	}
	if s.Who.Customer.Blocked {
		p.Text = text(string(loyalty.CustomerBlocked))
		p.Choices = []Choice{{ID: NotThis, Primary: true}}
		return p, true
	}
	all := Choice{ID: SpendAll, Offer: s.offer(q.MaxSpend)}
	some := Choice{ID: SpendAmount, Input: InputPoints, Min: int64(max(1, q.MinSpend)), Max: int64(q.MaxSpend)}
	if q.MaxSpend == 0 {
		all.Disabled, some.Disabled = q.Limit, q.Limit
		all.Offer, some.Min = nil, 0
	}
	none := Choice{ID: SpendNone, Offer: s.offer(0), Primary: true}
	if s.codesAsked() {
		for _, c := range []*Choice{&all, &some, &none} {
			c.Disabled, c.Offer, c.Min = QuoteAsked, nil, 0
		}
	}
	p.Choices = append([]Choice{all, some, none, {ID: NotThis}}, s.codeChoices()...)
	return p, true
}

// offer is what spending so many points comes to.
func (s Situation) offer(spend loyalty.Points) *Offer {
	q := s.quote(spend)
	return &Offer{Spend: q.Spend, Worth: q.Worth, Off: q.Off, ToPay: q.ToPay, Earn: q.Earn}
}

// askTotal: the customer is known, the receipt is not.
func askTotal(s Situation) (Prompt, bool) {
	if s.Who == nil || s.Who.Customer == nil || s.Deal != nil || s.Receipt.Known {
		return Prompt{}, false
	}
	p := Prompt{
		Kind: AskTotal, Scan: s.Who.Scan, Again: s.Who.Again, Customer: s.Who.shown(), Card: s.Who.masked(),
		Text:    s.Said,
		Choices: []Choice{{ID: Total, Input: InputMoney, Max: int64(MaxTotal), Primary: true}, {ID: NotThis}},
	}
	if s.Who.Customer.Blocked {
		p.Text = text(string(loyalty.CustomerBlocked))
		p.Choices = []Choice{{ID: NotThis, Primary: true}}
	}
	return p, true
}
