package checkout

import "github.com/tillgate/tillgate/sync/loyalty"

// differs is a sale that the provider comes to other figures for than the
// customer was told: it was asked to hold the points, and held nothing. The
// provider is asked for its own figures, and the customer decides on those.
type differs struct {
	who    *Subject
	total  loyalty.Money
	points loyalty.Points
	was    loyalty.Money // to pay, as the customer was told
}

// askDiffers: what was printed or told does not hold.
func askDiffers(s Situation) (Prompt, bool) {
	x := s.Differs
	if x == nil || s.Deal != nil || s.Who != x.who || s.Who.Customer == nil || !s.Receipt.Known || s.Receipt.Total != x.total || !s.Online {
		return Prompt{}, false
	}
	p := Prompt{Kind: AskDiffers, Scan: s.Who.Scan, Again: s.Who.Again, Customer: s.Who.shown(), Card: s.Who.masked()}
	if t := s.told(); t == nil || s.Told.about.spend != x.points {
		p.Text = text(SaidDiffersAsking, "was", x.was)
		p.Choices = []Choice{{ID: Leave}, {ID: TakeVoid}}
		return p, true
	}
	q := s.quote(x.points)
	p.Quote = &q
	p.Text = text(SaidDiffers, "was", x.was, "now", q.ToPay)
	p.Choices = []Choice{{ID: SpendTold, Offer: s.offer(q.Spend)}, {ID: Leave, Primary: true}, {ID: TakeVoid}}
	return p, true
}

// lost gives up waiting for the provider's own figures.
func (x *differs) lost(s *Situation) {
	if x != nil {
		s.Differs, s.Said = nil, text(SaidSpendRefused, "reason", string(loyalty.QuoteChanged))
	}
}
