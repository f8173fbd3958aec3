package server

import (
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sample is something to hold under a scanner.
type Sample struct {
	Content string // what the code holds
	AIM     string // AIM identifier that a scanner would put before it
	Kind    string // "ean13", "gsrn", "qr", "blocked", "expiring", "empty", "shared phone", "no card", "unknown", "product"
	// Customer is whose it is, with the balance of now; nil for nobody.
	Customer *loyalty.Customer
}

// CardURL is what a QR card of a seeded customer holds before the card's id.
const CardURL = "https://club.example/card/"

// Samples are scans of seeded customers, one of each kind, and of nobody. The
// first is the plain card of the first customer.
func (s *Server) Samples() ([]Sample, error) {
	digits := func(i int) string { return string(EAN(i)) }
	all := []struct {
		i int
		Sample
	}{
		{0, Sample{Content: digits(0), AIM: "]E0", Kind: "ean13"}},
		{1, Sample{Content: digits(1), AIM: "]E0", Kind: "ean13"}},
		{gsrnAt, Sample{Content: "8018" + string(GSRN(gsrnAt)), AIM: "]C1", Kind: "gsrn"}},
		{qrAt, Sample{Content: CardURL + string(QR(qrAt)), AIM: "]Q1", Kind: "qr"}},
		{expiringAt, Sample{Content: digits(expiringAt), AIM: "]E0", Kind: "expiring"}},
		{emptyAt, Sample{Content: digits(emptyAt), AIM: "]E0", Kind: "empty"}},
		{blockedAt, Sample{Content: digits(blockedAt), AIM: "]E0", Kind: "blocked"}},
		{sharedAt, Sample{Content: string(phone(sharedAt, sharedAt+2)), AIM: "]Q1", Kind: "shared phone"}},
		{noCardAt, Sample{Content: string(phone(noCardAt, noCardAt+1)), AIM: "]Q1", Kind: "no card"}},
		{-1, Sample{Content: withCheckDigit("299999999999"), AIM: "]E0", Kind: "unknown"}},
		{-1, Sample{Content: withCheckDigit("460123456789"), AIM: "]E0", Kind: "product"}},
	}
	var out []Sample
	err := s.read(func(t *tx) error {
		for _, x := range all {
			if x.i >= 0 {
				a, err := t.account(loyalty.CustomerID(fmt.Sprintf("c%06d", x.i+1)))
				if err != nil {
					return err
				}
				if a == nil {
					continue // fewer were seeded
				}
				c := a.public(t.now)
				x.Customer = &c
			}
			out = append(out, x.Sample)
		}
		return nil
	})
	return out, err
}
