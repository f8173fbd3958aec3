package server

import (
	"encoding/json"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// DefaultProgramme is the programme of a new database: a point is a rouble.
func DefaultProgramme() loyalty.Programme {
	return loyalty.Programme{Name: "Клуб", Currency: "RUB", Tiers: []loyalty.Tier{
		{Name: "Базовый", Terms: loyalty.Terms{PointValue: 100, MaxShare: 3000, EarnShare: 300}},
		{Name: "Серебро", Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 500}},
		{Name: "Золото", Terms: loyalty.Terms{PointValue: 100, MaxShare: 9900, EarnShare: 700}},
	}}
}

// terms of the programme, with the number of the change that made them.
type programme struct {
	Version uint64 `json:"version"`
	loyalty.Programme
}

// SetProgramme changes tiers and terms. Sales whose points are held or booked
// keep the worth they had.
func (s *Server) SetProgramme(p loyalty.Programme) error {
	return s.write(func(t *tx) error { return t.setProgramme(p) })
}

func (t *tx) setProgramme(p loyalty.Programme) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n, err := t.Bucket(changeBucket).NextSequence()
	if err != nil {
		return err
	}
	return t.put(metaBucket, []byte("programme"), programme{Version: n, Programme: p})
}

func (t *tx) programme() (p programme, err error) {
	err = json.Unmarshal(t.Bucket(metaBucket).Get([]byte("programme")), &p)
	return p, err
}

// terms are those of a customer's tier.
func (t *tx) terms(a *account) (loyalty.Terms, error) {
	p, err := t.programme()
	return p.TermsFor(a.Tier), err
}
