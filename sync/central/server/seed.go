package server

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Seed fills an empty database with n customers made from a seed: the same n and
// seed make the same people, cards and balances. A database that was seeded
// before stays as it is. Of each sampleEvery customers some are special: see below.
func (s *Server) Seed(n int, seed uint64) error {
	const batch = 1000 // customers per transaction
	for from := 0; from < n; from += batch {
		err := s.write(func(t *tx) error {
			key := fmt.Appendf(nil, "seeded %d", from)
			if t.Bucket(metaBucket).Get(key) != nil {
				return nil
			}
			for i := from; i < min(from+batch, n); i++ {
				if err := t.upsert(person(i, n, seed, t.now)); err != nil {
					return err
				}
			}
			return t.Bucket(metaBucket).Put(key, []byte{1})
		})
		if err != nil {
			return fmt.Errorf("seed the central API: %w", err)
		}
	}
	return nil
}

// sampleEvery is how often each special kind of customer comes.
const sampleEvery = 25

// The places of the special kinds in each sampleEvery customers.
const (
	blockedAt  = 3  // suspended
	gsrnAt     = 5  // a second card: GSRN in a GS1 code
	qrAt       = 7  // a second card: QR code with a URL
	expiringAt = 9  // points that are lost soon
	emptyAt    = 11 // no points yet
	sharedAt   = 13 // shares a phone with the next one
	noCardAt   = 17 // known by phone and external id only
)

// person makes customer i of n.
func person(i, n int, seed uint64, now time.Time) loyalty.Customer {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	c := loyalty.Customer{
		ID:         loyalty.CustomerID(fmt.Sprintf("c%06d", i+1)),
		Name:       name(r),
		Tier:       DefaultProgramme().Tiers[tierOf(r)].Name,
		Cards:      []card.ID{EAN(i)},
		Phone:      phone(i, n),
		ExternalID: fmt.Sprintf("CRM-%d", 40_000+i),
		Balance:    loyalty.Points(50 + r.IntN(4000)),
	}
	switch i % sampleEvery {
	case blockedAt:
		c.Blocked = true
	case gsrnAt:
		c.Cards = append(c.Cards, GSRN(i))
	case qrAt:
		c.Cards = append(c.Cards, QR(i))
	case expiringAt:
		day := now.UTC().Truncate(24 * time.Hour)
		c.Expiring = []loyalty.Expiring{
			{Points: c.Balance / 4, At: day.AddDate(0, 0, 3+r.IntN(10))},
			{Points: c.Balance / 3, At: day.AddDate(0, 0, 20+r.IntN(60))},
		}
	case emptyAt:
		c.Balance = 0
	case noCardAt:
		c.Cards = nil
	}
	return c
}

// tierOf is the place of a tier in the default programme: of ten customers six
// are in the first, three in the second, one in the third.
func tierOf(r *rand.Rand) int {
	switch x := r.IntN(10); {
	case x < 6:
		return 0
	case x < 9:
		return 1
	}
	return 2
}

// phone is customer i's; every sharedAt customer has that of the next one.
func phone(i, n int) card.Phone {
	if i%sampleEvery == sharedAt && i+1 < n {
		i++ // the next one's
	}
	return card.Phone(fmt.Sprintf("+7900%07d", i+1))
}

// EAN is the number on customer i's plastic card: EAN-13 with prefix 29, of those
// that GS1 leaves to every chain for its own use (GS1 General Specifications,
// restricted circulation numbers).
func EAN(i int) card.ID { return card.ID(withCheckDigit(fmt.Sprintf("29%010d", i+1))) }

// GSRN is a Global Service Relation Number of 18 digits.
func GSRN(i int) card.ID { return card.ID(withCheckDigit(fmt.Sprintf("4600000%010d", i+1))) }

// QR is the id in the URL of customer i's QR code.
func QR(i int) card.ID { return card.ID(fmt.Sprintf("Q%07d", i+1)) }

// withCheckDigit adds the modulo 10 check digit of GS1 (General Specifications,
// section 7.9.1): from the right, digits weigh 3, 1, 3, …
func withCheckDigit(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 3
		}
		sum += d
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}
