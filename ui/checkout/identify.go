package checkout

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// scan takes a customer's code. A scan that is old, or that was made before the
// one on the screen, is dropped and said so: its customer may have left.
func (d *Desk) scan(c decode.Code) {
	ref := c.Scan
	if age := d.sit.Now.Sub(ref.At); age > d.o.Stale {
		d.say(ScanStale, "seconds", int64(age/time.Second))
		return
	}
	if ref.Seq <= d.seen[ref.Device] || ref.At.Before(d.newest) {
		d.say(ScanLate)
		return
	}
	d.seen[ref.Device], d.newest = ref.Seq, ref.At
	if c.Refused != "" {
		d.refuseCode(c)
		return
	}
	id := loyalty.Ident{Kind: loyalty.ByCard, Value: string(c.Card)}
	if c.Kind == decode.Phone {
		id = loyalty.Ident{Kind: loyalty.ByPhone, Value: string(c.Phone)}
	}
	if d.entersCode() && c.Kind == decode.Card {
		if s := d.find(id); s.Customer == nil && len(s.Rivals) == 0 {
			d.scannedCode(c)
			return
		}
	}
	if j := d.joiningNow(); j != nil {
		d.joinScan(j, id)
		return
	}
	if s := d.latest(); s != nil && s.Seen == id {
		s.Again++
		d.refresh(s)
		return
	}
	if c.Again && slices.Contains(d.away, id) {
		return // still in view after it was dealt with
	}
	if d.shownBefore(c) {
		d.say(CodeUsed)
		return
	}
	s := d.find(id)
	s.Scan = &ref
	d.signal(s)
	d.meet(s)
}

// latest is whom the prompt is about: the last that came.
func (d *Desk) latest() *Subject {
	if d.sit.Other != nil {
		return d.sit.Other
	}
	return d.sit.Who
}

// find looks in the copy: it never waits for the network. What the journal holds of
// the customer is taken in by publish.
func (d *Desk) find(id loyalty.Ident) *Subject {
	s := &Subject{Ident: id, Seen: id}
	c, err := d.o.Base.Find(id)
	var several *loyalty.Ambiguous
	switch {
	case err == nil:
		s.Customer = &c
	case errors.As(err, &several) && len(several.Customers) > 0:
		s.Rivals = several.Customers
	case !errors.Is(err, loyalty.ErrNotFound):
		d.o.Log.Warn("the copy can not be read", "err", err)
	}
	return s
}

// newer takes a newer record of s out of the copy, if there is one.
func (d *Desk) newer(s *Subject) {
	if s == nil || s.Customer == nil {
		return
	}
	c, err := d.o.Base.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(s.Customer.ID)})
	if err == nil && c.ID == s.Customer.ID && c.Version > s.Customer.Version {
		s.Customer = &c
	}
}

// meet brings somebody before the desk. Before a decision the new one simply
// takes the prompt: it has another ID, so that an answer meant for the one
// before is refused, and the cashier is told. After a decision it is asked.
func (d *Desk) meet(s *Subject) {
	switch deal := d.sit.Deal; {
	case deal != nil && deal.Unfinished:
		d.say(ScanFinishFirst)
		return
	case deal != nil && d.sit.Who.same(s):
		d.sit.Who.Again++
		return
	case deal != nil:
		d.sit.Other, d.sit.Said = s, nil
	default:
		d.notice = nil
		if who := d.sit.Who; who != nil && who.Customer != nil && !who.same(s) {
			if d.keepBefore(who, s); s.Before == nil {
				d.say(CustomerReplaced, "before", who.name())
			}
		}
		d.sit.Who, d.sit.Said = s, nil
	}
	d.refresh(s)
}

// leave puts somebody away. The card may be in view for a while yet.
func (d *Desk) leave(s *Subject) {
	if s == nil {
		return
	}
	d.away = append(d.away, s.Seen)
	if len(d.away) > 4 {
		d.away = d.away[1:]
	}
}

// refresh asks the provider for a fresher record of s, a moment later and beside;
// also while the link counts as down, because only a call can show that it is up
// again.
func (d *Desk) refresh(s *Subject) {
	if s.Asking {
		return
	}
	s.Asking = true
	d.asks = append(d.asks, question{s, d.sit.Now.Add(askPause)})
}

// askFresher is the question of refresh.
func (d *Desk) askFresher(s *Subject) {
	d.job(d.o.LookupTimeout, func(ctx context.Context) func() {
		c, err := d.o.Programme.Lookup(ctx, s.Ident)
		return func() {
			s.Asking, s.Unreached = false, err != nil && loyalty.Judge(err) != loyalty.Refused && !errors.Is(err, loyalty.ErrNotFound)
			if s == d.sit.Who || s == d.sit.Other {
				d.learned(s, c, err)
			}
		}
	})
}

// learned takes in what the provider says of s, who is still before the desk.
func (d *Desk) learned(s *Subject, c loyalty.Customer, err error) {
	var several *loyalty.Ambiguous
	switch {
	case err == nil && s.Customer != nil && s.Customer.ID == c.ID:
		if c.Version >= s.Customer.Version {
			s.Customer, s.Fresh = &c, true
		}
	case err == nil:
		corrected := &Subject{Ident: s.Ident, Seen: s.Seen, Scan: s.Scan, Again: s.Again, Customer: &c, Fresh: true}
		var said *Text
		if s.Customer != nil {
			said = text(SaidCorrected)
		}
		d.replace(s, corrected, said)
	case errors.Is(err, loyalty.ErrNotFound):
		if s.Customer == nil && len(s.Rivals) == 0 {
			if s.Gone = true; s.Before != nil && s == d.sit.Who && d.sit.Deal == nil && d.o.Extras.Registrar != nil {
				d.offerCard(d.back(), card.ID(s.Seen.Value))
			}
			return
		}
		d.replace(s, &Subject{Ident: s.Ident, Seen: s.Seen, Scan: s.Scan, Again: s.Again, Gone: true}, nil)
	case errors.As(err, &several):
		d.replace(s, &Subject{Ident: s.Ident, Seen: s.Seen, Scan: s.Scan, Again: s.Again, Rivals: several.Customers}, nil)
	default:
		d.o.Log.Debug("no fresher record", "ident", s.Ident, "err", err)
	}
}

// replace puts what the provider knows in the place of what the copy knew. If
// the customer of the copy has decided already, the cashier is asked, except
// that nobody is asked to give a promise up for nobody.
func (d *Desk) replace(s, by *Subject, said *Text) {
	d.reflect(by)
	switch {
	case s == d.sit.Other:
		d.sit.Other = by
	case d.sit.Deal == nil:
		d.sit.Who, d.sit.Said = by, said
	case by.Customer != nil && !d.sit.Deal.Unfinished:
		d.sit.Other, d.sit.Said = by, said
	default:
		d.o.Log.Warn("the provider does not know the customer of the sale in hand", "ident", s.Ident)
	}
}

// identify is the command: a phone or a card typed by hand.
func (d *Desk) identify(c Command) *Text {
	if d.sit.Deal != nil && d.sit.Deal.Unfinished {
		return text(FinishFirst)
	}
	id := loyalty.Ident{Kind: loyalty.ByCard, Value: strings.TrimSpace(c.Card)}
	if c.Phone != "" {
		phone, ok := d.o.Phone(c.Phone)
		if !ok {
			return text(BadPhone)
		}
		id = loyalty.Ident{Kind: loyalty.ByPhone, Value: string(phone)}
	}
	d.meet(d.find(id))
	return nil
}

// byPhone answers AskUnknown: the customer's phone instead of the card.
func (d *Desk) byPhone(typed string) *Text {
	phone, ok := d.o.Phone(typed)
	if !ok {
		return text(BadPhone)
	}
	s, asked := d.find(loyalty.Ident{Kind: loyalty.ByPhone, Value: string(phone)}), d.sit.Who
	s.Seen, s.Scan = asked.Seen, asked.Scan
	if s.Customer != nil || len(s.Rivals) > 0 {
		d.offerUnknown(asked, s)
		d.meet(s)
		return nil
	}
	asked.Phone, asked.Typed = "", ""
	d.sit.Said = text(SaidPhoneSearching)
	if !d.sit.Online {
		d.sit.Said = text(SaidPhoneNotInCopy)
	}
	d.job(d.o.LookupTimeout, func(ctx context.Context) func() {
		c, err := d.o.Programme.Lookup(ctx, s.Ident)
		return func() {
			if d.sit.Who != asked || d.sit.Deal != nil {
				return
			}
			switch {
			case err == nil:
				s.Customer, s.Fresh = &c, true
				d.reflect(s)
				d.offerUnknown(asked, s)
				d.sit.Who, d.sit.Said = s, nil
			case errors.Is(err, loyalty.ErrNotFound):
				d.sit.Said, asked.Phone = text(SaidPhoneNobody), phone
			default:
				d.sit.Said, asked.Typed = text(SaidPhoneNotInCopy), phone
			}
		}
	})
	return nil
}

// offerUnknown offers the card that nobody has to the customer who was found by
// phone instead.
func (d *Desk) offerUnknown(asked, s *Subject) {
	if asked.Gone && asked.Seen.Kind == loyalty.ByCard {
		d.offerCard(s, card.ID(asked.Seen.Value))
	}
}

// signal lets the scanner tell whether the card is known.
func (d *Desk) signal(s *Subject) {
	sig := driver.SignalUnknown
	if s.Customer != nil {
		sig = driver.SignalKnown
	}
	device := s.Scan.Device
	d.job(time.Second, func(ctx context.Context) func() {
		d.o.Signal(ctx, device, sig)
		return nil
	})
}
