package server

import (
	"encoding/json"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// RecordKind is why a balance changed.
type RecordKind string

// The kinds of record.
const (
	Opening   RecordKind = "opening" // brought in with the customer
	Spent     RecordKind = "spend"   // paid for a sale; negative
	Earned    RecordKind = "earn"    // accrued for a sale
	Restored  RecordKind = "restore" // spent points given back by a return or revert
	Cancelled RecordKind = "cancel"  // earned points taken back by a return or revert; negative
	Expired   RecordKind = "expire"  // not spent in time; negative
	Adjusted  RecordKind = "adjust"  // by hand
	Closed    RecordKind = "close"   // the customer left the programme
)

// Record is one line of a customer's ledger. Records are added and never
// changed.
type Record struct {
	N        uint64             `json:"n"` // order of booking over all customers
	Customer loyalty.CustomerID `json:"customer"`
	Kind     RecordKind         `json:"kind"`
	Points   loyalty.Points     `json:"points"` // signed, never 0
	Sale     loyalty.Key        `json:"sale,omitempty"`
	Key      loyalty.Key        `json:"key,omitempty"` // of the operation
	Shop     string             `json:"shop,omitempty"`
	Till     string             `json:"till,omitempty"`
	At       time.Time          `json:"at"` // by the server's clock
}

// book adds a record to the ledger and to the account's total. The caller
// writes the account. A record of nothing is not written.
func (t *tx) book(a *account, r Record) error {
	if r.Points == 0 {
		return nil
	}
	n, err := t.Bucket(ledgerBucket).NextSequence()
	if err != nil {
		return err
	}
	r.N, r.Customer, r.At = n, a.ID, t.now.UTC()
	a.Total += r.Points
	return t.put(ledgerBucket, append(append([]byte(a.ID), 0), number(n)...), r)
}

// Ledger is what was booked for a customer, oldest first.
func (s *Server) Ledger(id loyalty.CustomerID) ([]Record, error) {
	var out []Record
	err := s.read(func(t *tx) error {
		return t.below(ledgerBucket, append([]byte(id), 0), func(rest, value []byte) error {
			if len(rest) != 8 {
				return nil // of a customer whose id begins with this one and a zero byte
			}
			var r Record
			if err := json.Unmarshal(value, &r); err != nil {
				return err
			}
			out = append(out, r)
			return nil
		})
	})
	return out, err
}

// Hold is points set aside for a sale that is not paid yet.
type Hold struct {
	Sale   loyalty.Key
	Points loyalty.Points
	Until  time.Time
}

// Holds are the points set aside for a customer's sales.
func (s *Server) Holds(id loyalty.CustomerID) ([]Hold, error) {
	var out []Hold
	err := s.read(func(t *tx) error {
		return t.sales(func(x *sale) error {
			if x.Customer == id && x.State == held {
				out = append(out, Hold{Sale: x.Key, Points: x.Spent, Until: x.Until})
			}
			return nil
		})
	})
	return out, err
}
