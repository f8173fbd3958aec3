package checkout

import "github.com/tillgate/tillgate/sync/journal"

// askWait: the provider was asked to hold the points. It costs the cashier
// nothing to drop the sale meanwhile.
func askWait(s Situation) (Prompt, bool) {
	if s.Deal == nil || s.Deal.Stage != Asked {
		return Prompt{}, false
	}
	p := s.dealPrompt(AskWait)
	p.Choices = []Choice{{ID: TakeVoid}}
	return p, true
}

// askDoubt: there was no answer in time. The points may be held or not; both
// ways on are safe, because going on without them puts an Abort behind the
// Reserve.
func askDoubt(s Situation) (Prompt, bool) {
	if s.Deal == nil || s.Deal.Stage != Doubted {
		return Prompt{}, false
	}
	p := s.dealPrompt(AskDoubt)
	p.Choices = []Choice{{ID: WaitOn, Primary: true}, {ID: WithoutPoints}, {ID: TakeVoid}}
	if s.Deal.Reserve.State == journal.Pending {
		p.Text = text(SaidNotReached)
	} else {
		p.Text = text(SaidNoAnswer)
	}
	return p, true
}

// askPay: everything is settled, the money is to be taken.
func askPay(s Situation) (Prompt, bool) {
	if s.Deal == nil || s.Deal.Stage != Ready {
		return Prompt{}, false
	}
	p := s.dealPrompt(AskPay)
	p.Choices = []Choice{{ID: TakePaid, Offer: s.Deal.offer(), Primary: true}, {ID: TakeVoid}}
	p.Text = s.Said
	return p, true
}

// askUnfinished: the daemon ended between the promise and its end. Enter does
// nothing here: the cashier has to look.
func askUnfinished(s Situation) (Prompt, bool) {
	if s.Deal == nil || !s.Deal.Unfinished {
		return Prompt{}, false
	}
	p := s.dealPrompt(AskUnfinished)
	p.Choices = []Choice{{ID: TakePaid, Offer: s.Deal.offer()}, {ID: TakeVoid}}
	code := SaidUnfinishedHeld
	switch s.Deal.Reserve.State {
	case journal.Pending:
		code = SaidUnfinishedPending
	case journal.Unknown:
		code = SaidUnfinishedUnknown
	case journal.Refused:
		code = SaidUnfinishedRefused
	}
	p.Text = text(code, "at", s.Deal.Sale.At, "receipt", s.Deal.Sale.Receipt)
	return p, true
}

func (s Situation) dealPrompt(k PromptKind) Prompt {
	return Prompt{
		Kind: k, Scan: s.Who.Scan, Again: s.Who.Again, Customer: s.Who.shown(), Card: s.Who.masked(),
		Quote: s.Deal.settled(),
	}
}

func (d *Deal) offer() *Offer {
	return &Offer{Spend: d.Sale.Spend, Worth: d.Sale.Worth, Off: d.Sale.Off, ToPay: d.Sale.ToPay(), Earn: d.Sale.Earn}
}
