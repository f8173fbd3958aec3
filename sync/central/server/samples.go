package server

import (
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sample is something to hold under a scanner.
type Sample struct {
	Code string // what it holds
	AIM  string // AIM identifier that a scanner would put before it
	Kind string // "ean13", "gsrn", "qr", "blocked", "expiring", "empty", "shared phone", "no card", "unknown", "product"
	// Customer is whose it is, with the balance of now; without an ID for nobody.
	Customer loyalty.Customer
}

// SeedHost is the host in the URL that the QR card of a seeded customer holds;
// the card's id is the last segment of the path.
const SeedHost = "club.example"

// Samples are scans of seeded customers, one of each kind, and of nobody. The
// first is the plain card of the first customer.
func (s *Server) Samples() ([]Sample, error) {
	digits := func(i int) string { return string(EAN(i)) }
	all := []struct {
		i int
		Sample
	}{
		{0, Sample{Code: digits(0), AIM: "]E0", Kind: "ean13"}},
		{1, Sample{Code: digits(1), AIM: "]E0", Kind: "ean13"}},
		{gsrnAt, Sample{Code: "8018" + string(GSRN(gsrnAt)), AIM: "]C1", Kind: "gsrn"}},
		{qrAt, Sample{Code: "https://" + SeedHost + "/card/" + string(QR(qrAt)), AIM: "]Q1", Kind: "qr"}},
		{expiringAt, Sample{Code: digits(expiringAt), AIM: "]E0", Kind: "expiring"}},
		{emptyAt, Sample{Code: digits(emptyAt), AIM: "]E0", Kind: "empty"}},
		{blockedAt, Sample{Code: digits(blockedAt), AIM: "]E0", Kind: "blocked"}},
		{sharedAt, Sample{Code: string(phone(sharedAt, sharedAt+2)), AIM: "]Q1", Kind: "shared phone"}},
		{noCardAt, Sample{Code: string(phone(noCardAt, noCardAt+1)), AIM: "]Q1", Kind: "no card"}},
		{-1, Sample{Code: withCheckDigit("299999999999"), AIM: "]E0", Kind: "unknown"}},
		{-1, Sample{Code: withCheckDigit("460123456789"), AIM: "]E0", Kind: "product"}},
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
				x.Customer = a.public(t.now)
			}
			out = append(out, x.Sample)
		}
		return nil
	})
	return out, err
}
