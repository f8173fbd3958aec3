package fake

import (
	"fmt"
	"time"
)

type state string

const (
	draft     state = "draft"
	confirmed state = "confirmed"
	dropped   state = "discarded"
	reverted  state = "reverted"
)

// sale is a purchase under the till's number.
type sale struct {
	priced
	id     string
	who    *person
	state  state
	ticket string
	at     time.Time

	returned            int64            // in kopecks
	back                map[string]int64 // sku → thousandths
	restored, cancelled int64
}

// held is what a draft of the sale keeps from being spent elsewhere.
func (s *Server) held(x *sale) int64 {
	if x == nil || x.state != draft || x.who == nil || s.o.NoHold {
		return 0
	}
	return x.apply
}

func (s *Server) setPurchase(body []byte) (object, no) {
	var ask struct {
		TxID  string `json:"txid"`
		Query query  `json:"calculationQuery"`
	}
	if e := parse(body, &ask); e > 0 || ask.TxID == "" {
		return nil, 2
	}
	before := s.purchases[ask.TxID]
	if before != nil {
		switch {
		case before.state == dropped:
			return nil, 22
		case before.state != draft, s.o.Repeat == Refuse:
			return nil, 17
		}
	}
	var p *person
	free := int64(0)
	if ask.Query.Client != nil {
		var e no
		if p, e = s.client(*ask.Query.Client); e > 0 {
			return nil, e
		}
		free = p.Bonuses
		if before != nil && before.who == p {
			free += s.held(before)
		}
	}
	b, e := s.price(ask.Query, free)
	if e > 0 {
		return nil, e
	}
	if b.over && !s.o.InlineOver {
		return nil, 6
	}
	if before != nil && before.who != nil {
		before.who.Bonuses += s.held(before)
	}
	x := &sale{priced: b, id: ask.TxID, who: p, state: draft, at: ask.Query.ExecutedAt, back: map[string]int64{}}
	if x.at.IsZero() {
		x.at = s.o.Now()
	}
	if before != nil && s.o.Repeat == SameTicket {
		x.ticket = before.ticket
	} else {
		s.tickets++
		x.ticket = fmt.Sprintf("T-%06d", s.tickets)
	}
	s.purchases[x.id] = x
	a := object{"ticket": x.ticket, "calculationResult": s.result(b)}
	if p != nil {
		p.Bonuses -= s.held(x)
		a["clientBonuses"] = object{"available": s.points(p.Bonuses), "pending": s.points(p.Pending), "reserved": 0, "total": s.points(p.Bonuses)}
	}
	if s.o.Print {
		a["receiptInfo"] = []object{
			{"type": "text", "text": object{"align": "center", "value": "MAXMA"}},
			{"type": "table", "table": object{"left": "+", "right": fmt.Sprint(b.collect)}},
			{"type": "divider"},
			{"type": "barcode", "barcode": object{"type": "QR", "data": "https://wallet.example/"}},
			{"type": "hologram"},
		}
	}
	return a, 0
}

// Expire forgets every draft, as MAXMA may after a time that is not documented.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, x := range s.purchases {
		if x.state == draft {
			if x.who != nil {
				x.who.Bonuses += s.held(x)
			}
			delete(s.purchases, id)
		}
	}
}

type ticketed struct {
	TxID   string `json:"txid"`
	Ticket string `json:"ticket"`
}

// draftOf is the draft that a ticket is for.
func (s *Server) draftOf(body []byte) (*sale, no) {
	var ask ticketed
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	x := s.purchases[ask.TxID]
	switch {
	case x == nil:
		return nil, 21
	case x.state == dropped:
		return nil, 22
	case x.state != draft:
		return nil, 17
	case x.ticket != ask.Ticket:
		return nil, 21
	}
	return x, 0
}

func (s *Server) confirmTicket(body []byte) (object, no) {
	x, e := s.draftOf(body)
	if e > 0 {
		return nil, e
	}
	if p := x.who; p != nil {
		if s.o.NoHold {
			if p.Bonuses < x.apply {
				return nil, 6
			}
			p.Bonuses -= x.apply
		}
		p.Bonuses += x.collect
		p.sales = append(p.sales, x)
		about := object{"purchaseId": x.id, "executedAt": x.at.Format(time.RFC3339), "totalAmount": s.money(x.total)}
		s.note(p, "OPERATION_APPLIED", -x.apply, about)
		s.note(p, "OPERATION_COLLECTED", x.collect, about)
	}
	for i, g := range x.gifts {
		if c := s.gifts[g]; c != nil {
			c.balance -= x.giftUse[i]
		}
	}
	x.state = confirmed
	return object{}, 0
}

func (s *Server) discardTicket(body []byte) (object, no) {
	x, e := s.draftOf(body)
	if e > 0 {
		return nil, e
	}
	if x.who != nil {
		x.who.Bonuses += s.held(x)
	}
	x.state = dropped
	return object{}, 0
}

// note writes into the ledger of a client.
func (s *Server) note(p *person, operation string, points int64, about object) {
	if points == 0 {
		return
	}
	p.ledger = append(p.ledger, object{"at": s.o.Now().Format(time.RFC3339), "amount": s.points(points), "operation": operation,
		"operationName": names[operation], operation: about})
}

var names = map[string]string{
	"OPERATION_APPLIED":          "Списание бонусов за покупку",
	"OPERATION_COLLECTED":        "Начисление бонусов за покупку",
	"OPERATION_REFUNDED":         "Возврат списанных бонусов",
	"OPERATION_CANCELLED":        "Отмена начисленных бонусов",
	"OPERATION_APPLY_REVERTED":   "Откат списания",
	"OPERATION_COLLECT_REVERTED": "Откат начисления",
}

type asked struct {
	Client     who `json:"client"`
	Pagination struct {
		Limit  int `json:"limit"`
		Offset int `json:"offset"`
	} `json:"pagination"`
}

// page is the part of a history that is asked for, newest first.
func page[T any](all []T, a asked) []T {
	out := []T{}
	if a.Pagination.Limit <= 0 {
		a.Pagination.Limit = 50
	}
	for i := len(all) - 1 - max(a.Pagination.Offset, 0); i >= 0 && len(out) < a.Pagination.Limit; i-- {
		out = append(out, all[i])
	}
	return out
}

func (s *Server) bonusHistory(body []byte) (object, no) {
	var ask asked
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	p, e := s.client(ask.Client)
	if e > 0 {
		return nil, e
	}
	return object{"history": page(p.ledger, ask), "pagination": object{"total": len(p.ledger)}}, 0
}

func (s *Server) purchaseHistory(body []byte) (object, no) {
	var ask asked
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	p, e := s.client(ask.Client)
	if e > 0 {
		return nil, e
	}
	all := []object{}
	for _, x := range p.sales {
		if x.state == confirmed {
			all = append(all, object{"txid": x.id, "executedAt": x.at.Format(time.RFC3339), "totalAmount": s.money(x.total),
				"totalDiscount": s.money(x.worth + x.promoOff), "paidAmount": s.money(x.total - x.worth - x.promoOff),
				"discounts": object{"bonuses": s.money(x.worth), "promocode": s.money(x.promoOff)},
				"bonuses":   object{"applied": s.points(x.apply), "collected": s.points(x.collect)}})
		}
	}
	return object{"history": page(all, ask), "pagination": object{"total": len(all)}}, 0
}
