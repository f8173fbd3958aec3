package frame

import "math/bits"

// vote is one text and the scan lines that gave it.
type vote struct {
	format   Format
	text     string
	aim      string
	n        int
	lines    uint64 // those that gave it, by their place across the bars
	clean    uint64 // those of them that fit well
	inverted bool
	from, to Point // ends of the first scan line's symbol
	span     float64
}

// needed is how many scan lines must agree. EAN-8 and UPC-E have so little
// redundancy that stripes of chance pass their check digit one time in ten.
func needed(f Format) int {
	switch f {
	case Code128, EAN13:
		return 2
	case EAN8, UPCE:
		return 5
	}
	return 3
}

func (j *job) vote(f Format, text, aim string, from, to Point, inverted bool, q fit) {
	n := &j.line
	for i := range n.votes {
		v := &n.votes[i]
		if v.format == f && v.text == text && v.aim == aim && v.inverted == inverted {
			v.lines |= 1 << n.line
			if q == clean {
				v.clean |= 1 << n.line
			}
			v.n = bits.OnesCount64(v.lines)
			v.span = max(v.span, from.to(to))
			return
		}
	}
	v := vote{format: f, text: text, aim: aim, n: 1, lines: 1 << n.line, inverted: inverted, from: from, to: to, span: from.to(to)}
	if q == clean {
		v.clean = v.lines
	}
	n.votes = append(n.votes, v)
}

// linearDone reports the text of a region once enough lines agree on it and no
// other text has a third as many.
func (j *job) linearDone(l *layer, a *area, final bool) bool {
	n := &j.line
	best, second := -1, 0
	for i := range n.votes {
		switch {
		case best < 0 || n.votes[i].n > n.votes[best].n:
			if best >= 0 {
				second = max(second, n.votes[best].n)
			}
			best = i
		default:
			second = max(second, n.votes[i].n)
		}
	}
	if best < 0 {
		return false
	}
	v := &n.votes[best]
	want := needed(v.format)
	if 2*bits.OnesCount64(v.clean) < v.n {
		want += 2
	}
	if a.coher < 0.6 {
		want++
	}
	if v.span < 0.6*a.length {
		want += 2
		if v.format&unchecked != 0 {
			want += 4
		}
	}
	switch {
	case v.format == ITF && len(v.text) < 10: // so little that a part of anything holds it
		want += 6
	case len(v.text) < 6:
		want += 2
	}
	if v.n < want+3*second {
		return false
	}
	normal := Point{-a.d.Y, a.d.X}
	w := normal.times(a.width / 2)
	// the line that was read, moved along the bars to the middle
	mid := v.from.mix(v.to, 0.5)
	side := Point{-a.axis.Y, a.axis.X}
	shift := normal.times(a.c.minus(mid).dot(side) / normal.dot(side))
	from, to := v.from.plus(shift), v.to.plus(shift)
	q := [4]Point{from.minus(w), to.minus(w), to.plus(w), from.plus(w)}
	if quad(q).area() < 0 {
		q = [4]Point{from.plus(w), to.plus(w), to.minus(w), from.minus(w)}
	}
	found := Symbol{Text: v.text, Raw: []byte(v.text), Format: v.format, AIM: v.aim, Corners: q, Votes: v.n, Inverted: v.inverted}
	if v.format == Code39 {
		if t, ok := fullASCII(v.text); ok {
			found.Text, found.AIM = t, "]A4"
		}
	}
	j.add(l, found)
	return true
}

// fewest is the number of edges below which a line cannot hold a code.
func fewest(f Format) int {
	switch f {
	case EAN13:
		return 60
	case EAN8:
		return 44
	case ITF: // six digits
		return 38
	case Code39: // start, two characters, stop
		return 40
	case Codabar:
		return 32
	}
	return 26
}

// fills says whether a text of n characters accounts for the edges of the piece
// it was read from. Without a check character, part of a code reads as a shorter
// one wherever noise looks like a start or a stop.
func fills(f Format, n, edges int) bool {
	own := 0
	switch f {
	case EAN8:
		own = 44
	case ITF: // 4 runs of start, 5 a digit, 3 of stop
		own = 5*n + 8
	case Code39: // 9 runs and a gap for each, with start and stop
		own = 10 * (n + 2)
	case Codabar: // 7 runs and a gap
		own = 8 * (n + 2)
	default:
		return true
	}
	return edges <= own+10
}
