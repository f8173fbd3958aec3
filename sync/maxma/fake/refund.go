package fake

import (
	"encoding/json"
	"math/bits"
	"time"
)

type refund struct {
	ID         string      `json:"id"`
	PurchaseID string      `json:"purchaseId"`
	Amount     json.Number `json:"refundAmount"`
	Items      []struct {
		SKU   string      `json:"sku"`
		Count json.Number `json:"itemCount"`
	} `json:"items"`
}

// portion is all × part / of, rounded down.
func portion(all, part, of int64) int64 {
	if of == 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(all), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(of))
	return int64(q)
}

// computed is what a return gives back and takes away, and how much of the sale
// it is.
type computed struct {
	x                   *sale
	amount              int64
	back                map[string]int64
	restored, cancelled int64
}

func (s *Server) compute(r refund) (c computed, e no) {
	c.x, c.back = s.purchases[r.PurchaseID], map[string]int64{}
	if c.x == nil || c.x.state != confirmed {
		return c, 13
	}
	var ok bool
	if c.amount, ok = scaled(r.Amount, 2); !ok || c.amount < 0 {
		return c, 2
	}
	for _, i := range r.Items {
		n, ok := scaled(i.Count, 3)
		if !ok || n <= 0 {
			return c, 2
		}
		c.back[i.SKU] += n
		if c.x.back[i.SKU]+c.back[i.SKU] > c.x.sold[i.SKU] {
			return c, 10
		}
	}
	of := c.x.total
	if s.o.RefundPaid {
		of -= c.x.worth + c.x.promoOff
	}
	all := c.x.returned + c.amount
	if all > of {
		return c, 11
	}
	c.restored = portion(c.x.apply, all, of) - c.x.restored
	c.cancelled = portion(c.x.collect, all, of) - c.x.cancelled
	return c, 0
}

func (s *Server) calculateReturn(body []byte) (object, no) {
	var ask struct {
		Calculate refund `json:"calculate"`
	}
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	c, e := s.compute(ask.Calculate)
	if e > 0 {
		return nil, e
	}
	return object{"calculation": object{"purchaseId": c.x.id, "refundAmount": s.money(c.amount),
		"recoveredBonuses": s.points(c.restored), "cancelledBonuses": s.points(c.cancelled)}}, 0
}

func (s *Server) applyReturn(body []byte) (object, no) {
	var ask struct {
		Transaction refund `json:"transaction"`
	}
	if e := parse(body, &ask); e > 0 || ask.Transaction.ID == "" {
		return nil, 2
	}
	id := ask.Transaction.ID
	if s.returns[id] {
		return nil, 17
	}
	c, e := s.compute(ask.Transaction)
	if e > 0 {
		return nil, e
	}
	s.returns[id] = true
	x := c.x
	x.returned += c.amount
	x.restored += c.restored
	x.cancelled += c.cancelled
	for sku, n := range c.back {
		x.back[sku] += n
	}
	if p := x.who; p != nil {
		p.Bonuses += c.restored - c.cancelled
		about := object{"returnId": id, "executedAt": s.o.Now().Format(time.RFC3339), "refundAmount": s.money(c.amount)}
		s.note(p, "OPERATION_REFUNDED", c.restored, about)
		s.note(p, "OPERATION_CANCELLED", -c.cancelled, about)
	}
	return object{"confirmation": object{"refundId": "R-" + id, "refundAmount": s.money(c.amount),
		"recoveredBonuses": s.points(c.restored), "cancelledBonuses": s.points(c.cancelled)}}, 0
}

func (s *Server) revertPurchase(body []byte) (object, no) {
	var ask struct {
		Transaction refund `json:"transaction"`
	}
	if e := parse(body, &ask); e > 0 || ask.Transaction.ID == "" {
		return nil, 2
	}
	x := s.purchases[ask.Transaction.PurchaseID]
	switch {
	case x == nil, x.state == draft:
		return nil, 21
	case x.state == dropped:
		return nil, 22
	case x.state == reverted:
		return nil, 17
	}
	x.state = reverted
	restored, cancelled := x.apply-x.restored, x.collect-x.cancelled
	if p := x.who; p != nil {
		p.Bonuses += restored - cancelled
		about := object{"purchaseId": x.id, "executedAt": x.at.Format(time.RFC3339), "totalAmount": s.money(x.total)}
		s.note(p, "OPERATION_APPLY_REVERTED", restored, about)
		s.note(p, "OPERATION_COLLECT_REVERTED", -cancelled, about)
	}
	for i, g := range x.gifts {
		if c := s.gifts[g]; c != nil {
			c.balance += x.giftUse[i]
		}
	}
	return object{"operationResult": object{"refundedBonuses": s.points(restored), "cancelledBonuses": s.points(cancelled)}}, 0
}
