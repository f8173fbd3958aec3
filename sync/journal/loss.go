package journal

import (
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Loss is what a customer was given on the till's word and the provider has
// refused since: the chain's, whatever a person makes of it.
type Loss struct {
	Points loyalty.Points
	Worth  loyalty.Money // Sale.Given
}

// Losses are those among some entries, by their number. A sale is lost once: a
// Commit that was refused after its Reserve was adds nothing.
func Losses(es []Entry) map[uint64]Loss {
	lost := func(e Entry) bool {
		return e.Late && e.Refusal != nil && e.Outcome == nil && e.Op.Sale.Holds()
	}
	reserves := map[loyalty.Key]bool{}
	for _, e := range es {
		if e.Op.Kind == loyalty.Reserve && lost(e) {
			reserves[e.Op.Sale.Key] = true
		}
	}
	ls := map[uint64]Loss{}
	for _, e := range es {
		s := e.Op.Sale
		if lost(e) && (e.Op.Kind == loyalty.Reserve || e.Op.Kind == loyalty.Commit && !reserves[s.Key]) {
			ls[e.N] = Loss{s.Spend, s.Given()}
		}
	}
	return ls
}

// standing is what waits for a person when a day is closed: it is in the export of
// that day, and in the lines of the day after it is settled.
type standing struct {
	Operations   int            `json:"operations"`
	Refused      int            `json:"refused"` // of them: given to customers, then refused by the programme
	RefusedSpent loyalty.Points `json:"points_refused"`
	RefusedWorth loyalty.Money  `json:"discount_refused"`
	Lines        []exportLine   `json:"lines"`
}

// standsBefore is what waits for a person and did so before the day began; nil if
// nothing does.
func (j *Journal) standsBefore(today time.Time) (*standing, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	var ns []uint64
	for _, n := range j.index.people {
		since := j.index.entries[n].settled
		if since.IsZero() { // nobody knows what became of it
			since = j.index.entries[n].made
		}
		if !within(since, today, today.AddDate(0, 0, 2)) {
			ns = append(ns, n)
		}
	}
	es, err := j.entriesOf(ns)
	if err != nil || len(es) == 0 {
		return nil, err
	}
	s := &standing{Operations: len(es), Lines: linesOf(es)}
	for _, l := range s.Lines {
		if l.refused() {
			s.Refused++
			s.RefusedSpent += l.LostSpend
			s.RefusedWorth += l.LostWorth
		}
	}
	return s, nil
}

// news says that something waits that did not when a day was closed before.
func (s *standing) news(before *standing) bool {
	if s == nil {
		return false
	}
	known := map[uint64]bool{}
	if before != nil {
		for _, l := range before.Lines {
			known[l.N] = true
		}
	}
	for _, l := range s.Lines {
		if !known[l.N] {
			return true
		}
	}
	return false
}
