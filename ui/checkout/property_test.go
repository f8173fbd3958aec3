package checkout

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var sequences = flag.Int("sequences", 12, "random sequences that TestAnySequence plays")

// Whatever comes in whatever order, what must hold holds.
func TestAnySequence(t *testing.T) {
	const steps = 200
	runs := *sequences
	var commits, reserves int
	for seed := range runs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			var change func(*stand)
			switch seed % 4 {
			case 1:
				change = registers
			case 2:
				change = withCode
			case 3:
				change = func(s *stand) {
					withCodes(s)
					s.beside.code, s.beside.valid = "042", 3*time.Minute
					s.beside.rules.CodeToSpend = seed%8 == 3
					s.extras.Codes, s.extras.Registrar = s.beside, s.beside
				}
			}
			scene(t, change, func(s *stand) {
				p := &player{stand: s, r: rand.New(rand.NewPCG(uint64(seed), 1)), answered: map[string]bool{}, names: map[loyalty.CustomerID]string{}}
				for _, c := range []loyalty.Customer{anna, boris, vera, twin1, twin2} {
					p.names[c.ID] = c.Name
				}
				for range steps {
					p.step()
					p.check()
					if t.Failed() {
						return
					}
				}
				s.ledger.full.Store(false)
				s.programme.set(func(p *programme) { p.online, p.mute, p.refuse, p.delay = true, false, "", 0 })
				s.link(true)
				if q := s.State().Prompt; q != nil && q.Kind == AskUnfinished {
					s.ok(s.choice(TakeVoid))
				}
				s.drain()
				s.drain()
				s.wantWellFormed()
				s.wantConserved()
				s.wantGiftsConserved()
				commits += p.count[loyalty.Commit]
				reserves += p.count[loyalty.Reserve]
			})
		})
	}
	if commits < runs || reserves < runs {
		t.Errorf("only %d commits and %d reserves: that proves nothing", commits, reserves)
	}
}

// player plays a sequence and remembers what was asked and answered.
type player struct {
	*stand
	r        *rand.Rand
	old      []Command
	answered map[string]bool // prompts
	names    map[loyalty.CustomerID]string
	decided  string         // whose decision the sale in hand rests on, as the answered prompt showed it
	offered  loyalty.Points // what was chosen there
	seen     int            // entries of the journal that were checked
	count    map[loyalty.Kind]int
	receipts int
}

func (p *player) step() {
	cards := []card.ID{anna.Cards[0], boris.Cards[0], vera.Cards[0], twin1.Cards[0], "2900000009998"}
	switch n := p.r.IntN(100); {
	case n < 15:
		c := p.code(cards[p.r.IntN(len(cards))])
		c.Again = p.r.IntN(4) == 0
		if p.r.IntN(10) == 0 {
			c.Scan.At = c.Scan.At.Add(-time.Duration(p.r.IntN(8000)) * time.Millisecond)
		}
		p.scanned(c)
	case n < 20:
		p.send(Command{Do: SetReceipt, Sale: &SaleInput{Total: loyalty.Money(p.r.IntN(2000_00))}})
	case n < 23:
		p.receipts += p.r.IntN(2)
		p.send(put(fmt.Sprint("R", p.receipts), loyalty.Money(p.r.IntN(2000_00))))
	case n < 70:
		p.answer()
	case n < 72 && len(p.old) > 0: // somebody answers what was asked before
		c := p.old[p.r.IntN(len(p.old))]
		c.ID = ""
		p.choose(c)
	case n < 76:
		if a := p.send(Command{Do: Paid}); a.OK && p.ledger.full.Load() && a.Sale.Customer {
			p.Error("acknowledged with a full disk")
		}
	case n < 79:
		p.send(Command{Do: Void})
	case n < 81:
		p.send(Command{Do: Undo})
	case n < 82:
		p.send(Command{Do: OpenReturn, Sale: &SaleInput{Receipt: fmt.Sprint("R", p.r.IntN(p.receipts+1))}})
		p.send(Command{Do: PreviewReturn, Sale: &SaleInput{Total: loyalty.Money(p.r.IntN(100_00))}})
	case n < 83:
		p.send(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: fmt.Sprint("R", p.r.IntN(p.receipts+1)), Total: loyalty.Money(p.r.IntN(100_00))}})
	case n < 85:
		p.link(p.r.IntN(6) > 0)
	case n < 87:
		p.programme.set(func(g *programme) { g.mute = p.r.IntN(6) == 0 })
	case n < 88:
		p.programme.set(func(g *programme) {
			g.refuse = ""
			if p.r.IntN(4) == 0 {
				g.refuse = loyalty.NotEnoughPoints
			}
		})
	case n < 90:
		p.ledger.full.Store(p.r.IntN(6) == 0)
	case n < 92:
		p.send(Command{Do: Identify, Phone: []string{"89990000001", "89990000002", "89991111111"}[p.r.IntN(3)]})
	case n < 96:
		wait(time.Duration(p.r.IntN(7000)) * time.Millisecond)
	case n < 99 && !p.programme.muted():
		p.drain()
	default:
		p.crash()
	}
}

// answer gives some answer to the prompt.
func (p *player) answer() {
	q := p.State().Prompt
	if q == nil {
		return
	}
	o := q.Choices[p.r.IntN(len(q.Choices))]
	if p.r.IntN(2) == 0 {
		o = q.Choices[0] // what leads on
	}
	if hasChoice(q, Register) {
		o = Choice{ID: Register}
	}
	c := Command{Do: Choose, Prompt: q.ID, Choice: o.ID}
	switch o.Input {
	case InputPoints, InputMoney:
		a := o.Min + p.r.Int64N(max(1, min(o.Max, 3000_00)-o.Min+1))
		if p.r.IntN(10) == 0 {
			a = o.Max + 1
		}
		c.Amount = &a
	case InputPhone:
		c.Phone = []string{"89990000001", newPhone}[p.r.IntN(2)]
	case InputCode:
		c.Code = []string{"042", "041"}[p.r.IntN(2)]
	case InputName:
		c.Name = fmt.Sprint("Новый", len(p.old))
	case InputCard:
		c.Card = "2900000009998"
	case InputPromo:
		c.Promo = []string{"SPRING", "OLD", "POINTS"}[p.r.IntN(3)]
	case InputGift:
		c.Gift = []string{giftNumber, "7700000000000777", "123"}[p.r.IntN(3)]
	}
	if p.r.IntN(5) == 0 {
		wait(time.Duration(p.r.IntN(200)) * time.Millisecond) // the prompt may change meanwhile
	}
	p.old = append(p.old, c)
	p.choose(c)
	if p.r.IntN(2) == 0 {
		wait(100 * time.Millisecond) // the provider's answer
	}
}

func (p *player) choose(c Command) {
	q := p.State().Prompt
	a := p.send(c)
	if !a.OK {
		return
	}
	switch {
	case q == nil || q.ID != c.Prompt:
		p.Errorf("answered %s, and %+v is on the screen", c.Prompt, q)
	case p.answered[c.Prompt]:
		p.Errorf("%s was answered before", c.Prompt)
	}
	p.answered[c.Prompt] = true
	switch c.Choice {
	case SpendAll:
		p.decided, p.offered = q.Customer.Name, q.Choices[0].Offer.Spend
	case SpendAmount:
		p.decided, p.offered = q.Customer.Name, loyalty.Points(*c.Amount)
	case TypeCode:
		if now := p.State().Prompt; now != nil && now.Kind == AskPay && now.Quote.Spend == 0 {
			p.offered = 0 // wrong for the last time
		}
	case SpendTold:
		p.decided, p.offered = q.Customer.Name, q.Choices[0].Offer.Spend
	case SpendNone, WithoutPoints:
		p.decided, p.offered = q.Customer.Name, 0
	case TakePaid:
		if q.Kind == AskUnfinished {
			p.decided, p.offered = q.Customer.Name, q.Quote.Spend
		}
		if p.ledger.full.Load() {
			p.Error("acknowledged with a full disk")
		}
	}
}

// check looks at what the journal has that it did not have before.
func (p *player) check() {
	all := p.ledger.all()
	for _, e := range all[p.seen:] {
		if p.count == nil {
			p.count = map[loyalty.Kind]int{}
		}
		p.count[e.Op.Kind]++
		switch s := e.Op.Sale; e.Op.Kind {
		case loyalty.Reserve, loyalty.Commit:
			// The POS may say paid for a sale that a restart left unfinished.
			if p.name(s.Customer) != p.decided || s.Spend != p.offered {
				p.Errorf("%s of %d points for %s; what was answered is %d for %s",
					e.Op.Kind, s.Spend, p.name(s.Customer), p.offered, p.decided)
			}
		}
	}
	p.seen = len(all)
	if people := p.State().Journal.People; people > 0 && !hasCondition(p.State(), JournalRefused) {
		p.Errorf("%d wait for a person and nobody is told", people)
	}
	for _, e := range all {
		if e.State == journal.Refused && e.Op.Kind == loyalty.Abort {
			p.Errorf("an abort was refused: %+v", e.Refusal)
		}
	}
}

// name is what a customer is called, also one who was registered meanwhile.
func (p *player) name(id loyalty.CustomerID) (name string) {
	name = p.names[id]
	p.programme.set(func(g *programme) {
		if name == "" {
			name = g.customers[id].Name
		}
	})
	return name
}

func hasCondition(s State, code string) bool {
	for _, c := range s.Conditions {
		if c.Code == code {
			return true
		}
	}
	return false
}
