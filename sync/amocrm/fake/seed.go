package fake

import (
	"fmt"
	"math/rand/v2"
)

// FirstSeeded is the id of the first seeded customer, which is what its card
// holds.
const FirstSeeded = 31_000_001

// Seed fills the account with three segments and n customers, the same for the
// same seed.
func (s *Server) Seed(n int, seed uint64) {
	for _, x := range []Segment{{101, "Бронза", 3, 20}, {102, "Серебро", 5, 30}, {103, "Золото", 7.5, 50}} {
		s.AddSegment(x)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	names := []string{"Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Инна", "Кирилл"}
	letters := []rune("АБВГДЕЖЗИК")
	for i := range n {
		s.Add(Customer{
			ID:      FirstSeeded + int64(i),
			Name:    fmt.Sprintf("%s %c.", names[r.IntN(len(names))], letters[r.IntN(len(letters))]),
			Phone:   fmt.Sprintf("+7 (900) %03d-%02d-%02d", i/10_000%1000, i/100%100, i%100),
			Points:  int64(r.IntN(3000)),
			Segment: 101 + int64(r.IntN(3)),
		})
	}
}
