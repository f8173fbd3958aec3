package checkout

import (
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Matter is an operation that waits for a person: the programme refused what a
// customer had been promised, or nobody but a person can find out what it did.
type Matter struct {
	Key      loyalty.Key    `json:"key"` // what "tillgate journal resolve" is told
	What     loyalty.Kind   `json:"what"`
	State    journal.State  `json:"state"` // refused or unknown
	Receipt  string         `json:"receipt,omitempty"`
	Customer string         `json:"customer,omitempty"` // name
	At       time.Time      `json:"at"`                 // when the customer was promised it
	Since    time.Time      `json:"since,omitzero"`     // when it was refused
	Total    loyalty.Money  `json:"total"`              // of the receipt; of a return: what was given back
	Lost     bool           `json:"lost,omitempty"`     // the customer had Points and Worth, and they are not booked
	Points   loyalty.Points `json:"points"`
	Worth    loyalty.Money  `json:"worth"`
	Reason   loyalty.Reason `json:"reason,omitempty"`
	Detail   string         `json:"detail,omitempty"` // the programme's words, or what to look for
}

// Untaken are points that the customer has spent at this till and that the
// programme then refused to take. Its balance has them still, or they went for
// something else; a person decides, and until then whoever serves the customer
// sees it. They are not kept back from what can be spent: that would be decided.
type Untaken struct {
	Receipt string         `json:"receipt,omitempty"`
	At      time.Time      `json:"at"`
	Points  loyalty.Points `json:"points"`
	Worth   loyalty.Money  `json:"worth"`
}

// The list is read as far as this, and shown as far as that.
const (
	mostRead  = 200
	mostShown = 20
)

// people is what waits for a person.
type people struct {
	n       int      // as the journal counts them
	shown   []Matter // oldest first
	untaken map[loyalty.CustomerID][]Untaken
	lost    journal.Loss
}

// lookAtPeople reads the list. It is empty on most days, and costs nothing then.
func (d *Desk) lookAtPeople() {
	_, n := d.o.Ledger.Counts()
	d.people = people{n: n, shown: []Matter{}}
	if n == 0 {
		return
	}
	es, err := d.o.Ledger.Entries(journal.Filter{People: true, Limit: mostRead})
	if err != nil {
		d.o.Log.Error("the journal can not be read", "err", err)
		return
	}
	losses := journal.Losses(es)
	d.people.untaken = map[loyalty.CustomerID][]Untaken{}
	for _, e := range es {
		s, l := e.Op.Sale, losses[e.N]
		d.people.lost = d.people.lost.Plus(l)
		if l.Points > 0 {
			d.people.untaken[s.Customer] = append(d.people.untaken[s.Customer], Untaken{s.Receipt, e.Op.At, l.Points, l.Worth})
		}
		if len(d.people.shown) < mostShown {
			m := matterOf(e)
			_, m.Lost = losses[e.N]
			m.Customer = d.find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(s.Customer)}).name()
			d.people.shown = append(d.people.shown, m)
		}
	}
}

func matterOf(e journal.Entry) Matter {
	s := e.Op.Sale
	m := Matter{Key: e.Op.Key, What: e.Op.Kind, State: e.State, Receipt: s.Receipt, At: e.Op.At, Since: e.Settled,
		Total: s.Total, Points: s.Spend, Worth: s.Given(), Detail: e.LastError}
	if e.Op.Refund != nil {
		m.Total = e.Op.Refund.Amount
	}
	if e.Refusal != nil {
		m.Reason, m.Detail = e.Refusal.Reason, e.Refusal.Detail
	}
	return m
}
