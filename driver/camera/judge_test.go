package camera

import (
	"strings"
	"testing"
	"time"
)

// Each letter is a code in view, each word a frame 100 ms after the one before;
// "-" is a frame without a code, "~" one for which the time was too short. What is delivered is read along.
func TestOneCodeIsDelivered(t *testing.T) {
	for _, c := range []struct {
		name, frames, delivered string
		last                    State
		slow                    bool // three seconds between two looks
	}{
		{"held in view", "A A A A A A", "A", Read, false},
		{"hidden for a moment", "A A - - - A A", "A", Read, false},
		{"shown again later", "A" + strings.Repeat(" -", 25) + " A", "A A", Read, false},
		{"two at once", "AB AB AB", "", Several, false},
		{"two by turns", "A B A B A B", "A", Several, false},
		{"one of two is hidden for a moment", "AB AB A A A AB", "", Several, false},
		{"one of two goes away", "AB AB" + strings.Repeat(" B", 14), "B", Read, false},
		{"the next customer at once", "A A" + strings.Repeat(" B", 14), "A B", Read, false},
		{"a second one comes", "A A AB AB", "A", Several, false},
		{"the first one again after both", "A A AB AB" + strings.Repeat(" A", 14), "A", Read, false},
		{"nothing", "- - -", "", Searching, false},
		{"one of two is not seen on a busy machine", "AB A AB A A", "", Several, true},
		{"one of two goes away on a busy machine", "AB A A A", "A", Read, true},
		{"a look that was cut short", "A~", "", Searching, false},
		{"looks that were cut short", "A~ A~ A~ A~", "A", Read, false},
		{"a whole look after one that was cut short", "A~ AB", "", Several, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var j judge
			var got []string
			var l Look
			at := time.Unix(0, 0)
			for word := range strings.FieldsSeq(c.frames) {
				v := View{At: at}
				v.Cut = strings.HasSuffix(word, "~")
				for _, r := range strings.Trim(word, "-~") {
					v.Symbols = append(v.Symbols, Symbol{Text: string(r)})
				}
				var s *Symbol
				if s, l = j.look(v); s != nil {
					got = append(got, s.Text)
				}
				at = at.Add(100 * time.Millisecond)
				if c.slow {
					at = at.Add(3 * time.Second)
				}
			}
			if g := strings.Join(got, " "); g != c.delivered || l.State != c.last {
				t.Errorf("%s: delivered %q and ends %s, want %q and %s", c.frames, g, l.State, c.delivered, c.last)
			}
			if l.Reads != len(got) {
				t.Errorf("%d reads are told of, %d were", l.Reads, len(got))
			}
		})
	}
}

// One number in two symbologies is one customer's card.
func TestSameTextTwice(t *testing.T) {
	var j judge
	s, l := j.look(View{Symbols: []Symbol{{Text: "2900000000018", AIM: "]Q1", Format: "QR Code"}, {Text: "2900000000018", AIM: "]E0", Format: "EAN-13"}}})
	if s == nil || s.AIM != "]Q1" || l.State != Read {
		t.Errorf("delivered %+v, %+v", s, l)
	}
}

func TestCodesAreNotGivenAway(t *testing.T) {
	var j judge
	_, l := j.look(View{Symbols: []Symbol{{Text: "2900000000018", Format: "EAN-13"}, {Text: "клиент-77", Format: "QR Code"}}})
	if len(l.Codes) != 2 || l.Codes[0] != (Code{"EAN-13", "18"}) || l.Codes[1] != (Code{"QR Code", "77"}) {
		t.Errorf("%+v", l.Codes)
	}
}
