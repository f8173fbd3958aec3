package journal

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestAlone(t *testing.T) {
	no := &loyalty.Refusal{Reason: loyalty.NotEnoughPoints}
	for _, c := range []struct {
		name string
		play func(t *testing.T, j *Journal)
		want loyalty.Money // of a sale of 10 points, 1,000 minor units
	}{
		{"promised with the provider's word to come", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
		}, 0},
		{"promised alone", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
		}, 1000},
		{"paid", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
		}, 1000},
		{"paid without a word after a crash", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
		}, 1000},
		{"a commit that spends at once", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
		}, 1000},
		{"held, with a gift card, and paid without a word since", func(t *testing.T, j *Journal) {
			reserve, commit := op("s", loyalty.Reserve, 10), op("s", loyalty.Commit, 10)
			for _, o := range []*loyalty.Operation{&reserve, &commit} {
				o.Sale.Off, o.Sale.Prepaid, o.Sale.GiftCards = 700, 500, []string{"g"}
			}
			must[Entry](t)(j.Append(reserve, false))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10}, nil))
			must[Entry](t)(j.Append(commit, true))
		}, 1700},
		{"a gift card and no points", func(t *testing.T, j *Journal) {
			reserve, commit := op("s", loyalty.Reserve, 0), op("s", loyalty.Commit, 0)
			for _, o := range []*loyalty.Operation{&reserve, &commit} {
				o.Sale.Off, o.Sale.Prepaid, o.Sale.GiftCards = 500, 500, []string{"g"}
			}
			must[Entry](t)(j.Append(reserve, false))
			must[Entry](t)(j.Append(commit, true))
		}, 500},
		{"earned alone", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 0), true))
		}, 0},
		{"dropped", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Append(op("s", loyalty.Abort, 10), true))
		}, 0},
		{"refused and dropped", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{}, no))
			must[Entry](t)(j.Append(op("s", loyalty.Abort, 10), true))
			if _, people := j.Counts(); people != 0 {
				t.Error("a person has to act, though nothing was given")
			}
		}, 0},
		{"dropped and refused", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Append(op("s", loyalty.Abort, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{}, no))
			if _, people := j.Counts(); people != 0 {
				t.Error("a person has to act, though nothing was given")
			}
		}, 0},
		{"rolled back", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
			must[Entry](t)(j.Append(op("s", loyalty.Revert, 10), true))
		}, 1000},
		{"confirmed", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10}, nil))
		}, 0},
		{"confirmed and paid, which nobody has confirmed yet", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10}, nil))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
		}, 1000},
		{"confirmed, paid, and held no longer", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10}, nil))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
			must[Entry](t)(j.Settle("s/commit", loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.HoldExpired}))
		}, 1000},
		{"confirmed, paid and booked", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10}, nil))
			must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), true))
			must[Entry](t)(j.Settle("s/commit", loyalty.Outcome{Spent: 10}, nil))
		}, 0},
		{"refused", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{}, no))
		}, 1000},
		{"refused and resolved", func(t *testing.T, j *Journal) {
			must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
			must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{}, no))
			must[Entry](t)(j.Resolve("s/reserve", "Anna", "written off"))
		}, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := path(t)
			j := open(t, p)
			c.play(t, j)
			look := func(when string) {
				t.Helper()
				for _, q := range []struct {
					since      time.Time
					who        loyalty.CustomerID
					card, till loyalty.Money
				}{
					{noon.Add(-time.Hour), "ann", c.want, c.want},
					{noon.Add(-time.Hour), "bob", 0, c.want},
					{noon, "ann", c.want, c.want},
					{noon.Add(time.Second), "ann", 0, 0},
				} {
					if card, till := j.Alone(q.since, q.who); card != q.card || till != q.till {
						t.Errorf("%s: %s since %s: %d and %d, want %d and %d", when, q.who, q.since, card, till, q.card, q.till)
					}
				}
			}
			look("at once")
			closeChecked(t, j)
			j = open(t, p)
			look("after reopening")
			closeChecked(t, j)
		})
	}
}
