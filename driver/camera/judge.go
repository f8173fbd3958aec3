package camera

import (
	"slices"
	"time"
)

const (
	// apart is how long a code must be gone before another one counts, and gone how
	// often it must not be seen: on a machine that is busy a second may be one look.
	apart = time.Second
	gone  = 3
	// held is how long a code must be gone before it counts again: glare and a
	// hand that shakes hide it for less.
	held = 2 * time.Second
)

// State says what a camera sees.
type State string

// The states of a view.
const (
	Searching State = "searching" // no code is read
	Read      State = "read"      // a code is in view and was delivered
	Several   State = "several"   // different codes are in view: nothing was decided
)

// Look is what the person at the camera is told.
type Look struct {
	State  State
	Advice []string // while searching; see View
	Codes  []Code   // those in view
	Reads  int      // codes delivered since the camera was opened
}

// Several codes in view, as advice.
const advisedSeveral = "several"

// Advised is the one advice that a look gives, "" for none.
func (l Look) Advised() string {
	switch {
	case l.State == Several:
		return advisedSeveral
	case l.State == Searching && len(l.Advice) > 0:
		return l.Advice[0]
	}
	return ""
}

// Code names a code in view without giving it away.
type Code struct {
	Format string
	Ending string // its last two characters
}

// judge decides which of the codes in view is delivered. It is for one goroutine.
type judge struct {
	sights map[string]*sight // by text: one number in two symbologies is one customer's
	reads  int
	orders int
	steady steady
}

// sight is a code that is or was in view.
type sight struct {
	code        Code
	order       int // of coming into view
	first, last time.Time
	seen        int // looks that saw it
	missed      int // looks since that did not
	told        bool
}

// look takes what one frame showed, and says what to deliver: nil or one symbol.
func (j *judge) look(v View) (deliver *Symbol, l Look) {
	deliver, l = j.decide(v)
	return deliver, j.steady.look(v.At, l)
}

func (j *judge) decide(v View) (deliver *Symbol, l Look) {
	for text, s := range j.sights {
		if s.missed++; s.missed >= gone && v.At.Sub(s.last) > held {
			delete(j.sights, text)
		}
	}
	l = Look{State: Searching, Advice: v.Advice, Reads: j.reads}
	if len(v.Symbols) == 0 {
		return nil, l
	}
	for _, s := range v.Symbols {
		if j.sights == nil {
			j.sights = map[string]*sight{}
		}
		known := j.sights[s.Text]
		if known == nil {
			j.orders++
			known = &sight{code: Code{Format: s.Format, Ending: ending(s.Text)}, order: j.orders, first: v.At}
			j.sights[s.Text] = known
		}
		known.last, known.missed = v.At, 0
		known.seen++
	}
	one := &v.Symbols[0]
	switch mine := j.sights[one.Text]; {
	case j.others(one.Text, mine.first, v.At):
		l.State, l.Advice, l.Codes = Several, nil, j.inView(v.At)
	case j.others(one.Text, time.Time{}, v.At):
		l.Advice = nil // the one before may still be there
	case v.Cut && mine.seen < gone:
		l.Advice = nil // another one may be where nobody has looked yet
	case mine.told:
		l.State, l.Advice, l.Codes = Read, nil, []Code{mine.code}
	default:
		mine.told = true
		j.reads++
		l.State, l.Advice, l.Codes, l.Reads = Read, nil, []Code{mine.code}, j.reads
		return one, l
	}
	return nil, l
}

// others says whether a code other than text was in view from since on, and may be
// there now.
func (j *judge) others(text string, since, now time.Time) bool {
	for other, s := range j.sights {
		if other != text && !s.last.Before(since) && s.there(now) {
			return true
		}
	}
	return false
}

// there says whether a code may be in view now.
func (s *sight) there(now time.Time) bool { return s.missed < gone || now.Sub(s.last) <= apart }

// inView are the codes that may be in view, in the order in which they came.
func (j *judge) inView(now time.Time) []Code {
	var there []*sight
	for _, s := range j.sights {
		if s.there(now) {
			there = append(there, s)
		}
	}
	slices.SortFunc(there, func(a, b *sight) int { return a.order - b.order })
	codes := make([]Code, len(there))
	for i, s := range there {
		codes[i] = s.code
	}
	return codes
}

func ending(text string) string {
	r := []rune(text)
	return string(r[max(0, len(r)-2):])
}

// Still is the verdict on a single picture: what to deliver, nil or one symbol.
func Still(symbols []Symbol, advice []string) (deliver *Symbol, l Look) {
	var j judge
	return j.decide(View{At: time.Now(), Symbols: symbols, Advice: advice})
}
