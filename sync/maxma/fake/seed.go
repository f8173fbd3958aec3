package fake

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Sample is something to hold under a scanner.
type Sample struct {
	Code string
	Kind string // "ean13", "expiring", "empty", "blocked", "no card", "unknown" or "product"
	Person
}

// The places of special clients among the seeded ones.
const (
	blockedAt  = 3
	expiringAt = 9
	emptyAt    = 11
	noCardAt   = 17
)

// Seed adds n clients, the same for the same n and seed: with cards of EAN-13
// that begin with 29, phones from +79000000001 on, and a few who are special.
// There is a promo code HELLO that takes 100.00 off, and a gift card 5000000017
// with 500.00 on it.
func (s *Server) Seed(n int, seed uint64) {
	levels := []string{"Базовый", "Серебро", "Золото"}
	first := [][3]string{{"Анна", "Сергеевна", "Жукова"}, {"Борис", "Ильич", "Орлов"}, {"Вера", "Львовна", "Белова"}, {"Глеб", "Павлович", "Ершов"},
		{"Дарья", "Юрьевна", "Котова"}, {"Егор", "Ильич", "Зимин"}, {"Зоя", "Петровна", "Лапина"}, {"Лев", "Андреевич", "Чижов"}}
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		name := first[r.IntN(len(first))]
		p := Person{Phone: fmt.Sprintf("+7900%07d", i+1), Card: EAN(i), ExternalID: fmt.Sprintf("CRM-%d", 40_000+i),
			Name: name[0], Patronymic: name[1], Surname: name[2], Level: levels[r.IntN(3)], Bonuses: int64(50 + r.IntN(4000))}
		switch i {
		case blockedAt:
			p.Suspended = true
		case expiringAt:
			day := s.o.Now().Truncate(24 * time.Hour)
			p.Expiring = []Expiring{{p.Bonuses / 4, day.AddDate(0, 0, 5)}, {p.Bonuses / 3, day.AddDate(0, 0, 30)}}
		case emptyAt:
			p.Bonuses = 0
		case noCardAt:
			p.Card = ""
		}
		s.Add(p)
	}
	s.AddPromo("HELLO", 100_00, 0)
	s.AddGift("5000000017", 500_00, "ACTIVE", 0)
}

// EAN is the number on the card of seeded client i.
func EAN(i int) string { return checked(fmt.Sprintf("29%010d", i+1)) }

// checked adds the check digit of EAN-13 (GS1 General Specifications, section
// 7.9.1): from the right, digits weigh 3, 1, 3, …
func checked(digits string) string {
	sum := 0
	for i := range len(digits) {
		sum += int(digits[len(digits)-1-i]-'0') * (3 - i%2*2)
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

// Samples are scans of seeded clients, one of each kind, and of nobody. The
// first is the plain card of the first client.
func (s *Server) Samples() []Sample {
	var all []Sample
	for _, x := range []struct {
		i    int
		kind string
	}{{0, "ean13"}, {1, "ean13"}, {expiringAt, "expiring"}, {emptyAt, "empty"}, {blockedAt, "blocked"}, {noCardAt, "no card"}} {
		phone := fmt.Sprintf("+7900%07d", x.i+1)
		p, ok := s.Find(phone)
		if !ok {
			continue // fewer were seeded
		}
		code := p.Card
		if code == "" {
			code = phone
		}
		all = append(all, Sample{Code: code, Kind: x.kind, Person: p})
	}
	return append(all, Sample{Code: checked("299999999999"), Kind: "unknown"}, Sample{Code: checked("460123456789"), Kind: "product"})
}
