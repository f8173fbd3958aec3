package frame

import (
	"math"
	"slices"
)

// fit is how well a line agrees with the code that was read from it.
type fit uint8

const (
	poor  fit = iota // the line does not count
	fair             // as a blurred code looks, but chance may too
	clean            // as chance hardly ever looks
)

// fitOf compares the edges of a line, as bits of its row, with the code of n
// characters, or codewords with start and check, that gozxing read from it and
// that it says to begin at x0.
func (n *liner) fitOf(f Format, x0 float64, chars int) fit {
	further := 0
	switch f { // where gozxing's first point lies
	case Code128: // the middle of the start character
		further = 6
	case EAN13: // of the first guard
		further = 3
	case Code39: // of the start character
		further = 9
	}
	return n.fitAt(f, n.edgeAt(x0, further), chars)
}

// fitAt does so for a code that begins at an edge: ITF at its first digit, any
// other at its very beginning.
func (n *liner) fitAt(f Format, at, chars int) fit {
	grade := func(v, good, enough float64) fit {
		switch {
		case v <= good:
			return clean
		case v <= enough:
			return fair
		}
		return poor
	}
	switch f {
	case Code128, EAN13:
		return grade(n.misfit(f, at, chars), 0.125, 0.21)
	case ITF:
		return grade(n.vague(f, at, chars), 0.25, 0.45)
	case Code39, Codabar:
		return grade(n.vague(f, at, chars), 0.3, 0.6)
	}
	return fair
}

// astray is how many edges of a border or two may lie at either end of a piece.
const astray = 6

// promising says whether the edges of the current piece can be those of a code,
// but for some at its ends. The first stage asks no decoder about others: most
// of them are text, and a decoder that refuses costs memory.
func (n *liner) promising(f Format) bool {
	for at := 0; at <= astray; at += 2 {
		edges := len(n.bits) - at
		if edges < fewest(f) {
			break
		}
		ok := true
		switch f {
		case Code128: // 6 for each codeword, 8 for the stop
			k := (edges - 8) / 6
			ok = n.begins(at, 11, 6, 3, 2) && (n.begins(at+6*k, 13, 7, 5, 6) || n.begins(at+6*k-6, 13, 7, 5, 6)) && n.fitAt(f, at, k) != poor
		case EAN13:
			ok = edges-60 <= astray && n.begins(at, 95, 59, 2, 2) && n.fitAt(f, at, 0) != poor
		case EAN8:
			ok = edges-44 <= astray
		case ITF: // 10 for two digits, 8 for start and stop
			// either way round: the start has four narrow runs, the stop a wide one
			ok = (edges-8)%10 <= astray && (n.fitAt(f, at+4, (edges-8)/10*2) != poor || n.fitAt(f, at+3, (edges-8)/10*2) != poor)
		case Code39:
			ok = edges%10 <= astray && n.starts(at, 9, 0x094) && n.fitAt(f, at, edges/10-2) != poor
		case Codabar:
			ok = edges%8 <= astray && n.starts(at, 7, 0x01a, 0x029, 0x00b, 0x00e) && n.fitAt(f, at, edges/8-2) != poor
		}
		if ok {
			return true
		}
	}
	return false
}

// begins says whether the first two pairs of neighbouring runs from an edge on
// have these widths, where so many modules lie between it and the one that many
// edges further.
func (n *liner) begins(at, modules, further int, one, two float32) bool {
	if at+further >= len(n.bits) {
		return false
	}
	m := (n.bits[at+further] - n.bits[at]) / float32(modules)
	near := func(k int, want float32) bool {
		d := n.bits[at+k+2] - n.bits[at+k] - want*m
		return d < 0.7*m && -d < 0.7*m
	}
	return near(0, one) && near(1, two)
}

// starts says whether the three widest of so many runs from an edge on are those
// that are set in one of the patterns, the first run in the highest bit: the
// asterisk of Code 39 (ISO/IEC 16388:2007, table 1), A to D of Codabar (AIM USS
// Codabar, table 1).
func (n *liner) starts(at, runs int, patterns ...int) bool {
	if at+runs >= len(n.bits) {
		return false
	}
	w := n.bits[at : at+runs+1]
	got := 0
	for range 3 {
		widest, most := 0, float32(-1)
		for i := range runs {
			if d := w[i+1] - w[i]; d > most && got>>(runs-1-i)&1 == 0 {
				widest, most = i, d
			}
		}
		got |= 1 << (runs - 1 - widest)
	}
	return slices.Contains(patterns, got)
}

// misfit is the mean distance, in modules, of the width of two neighbouring
// runs from a whole number. Stripes of chance that pass the check character
// come to a quarter, a blurred code seldom to a fifth. It is 1 if the line does
// not hold so many codewords.
func (n *liner) misfit(f Format, at, codewords int) float64 {
	runs, modules := 6, 11
	if at < 0 {
		return 1
	}
	if f == EAN13 {
		at, runs, modules, codewords = at+3, 4, 7, 12
	}
	sum, count := 0.0, 0
	for k := range codewords {
		if f == EAN13 && k == 6 {
			at += 5
		}
		if at+runs >= len(n.bits) {
			return 1
		}
		m := float64(n.bits[at+runs]-n.bits[at]) / float64(modules)
		for i := range runs - 1 {
			w := float64(n.bits[at+i+2]-n.bits[at+i]) / m
			sum += math.Abs(w - math.Round(w))
			count++
		}
		at += runs
	}
	if count == 0 || math.IsNaN(sum) {
		return 1
	}
	return sum / float64(count)
}

// edgeAt is the edge for which the middle between it and the one that many
// further on is nearest to x, or -1.
func (n *liner) edgeAt(x float64, further int) int {
	at, near := -1, math.Inf(1)
	for i := range max(0, len(n.bits)-further) {
		if d := math.Abs(float64(n.bits[i]+n.bits[i+further])/2 - x); d < near {
			at, near = i, d
		}
	}
	return at
}

// vague says how unclear the two widths of a code without check character are:
// one less the gap between a character's narrowest wide and its widest narrow
// run, in units of the usual difference; the mean over the characters. It is 1
// if a character has no gap to speak of, or the line not so many characters.
func (n *liner) vague(f Format, at, chars int) float64 {
	var wide, narrow, gaps, least float64
	var wides, narrows, seen int
	least = math.Inf(1)
	// take looks at count runs from edge at on, every other or all, of which so
	// many are wide; 0 leaves it to the widest gap
	take := func(at, stride, count, many int) bool {
		var back [9]float64
		w := back[:count]
		for i := range w {
			k := at + i*stride
			if k < 0 || k+1 >= len(n.bits) {
				return false
			}
			w[i] = float64(n.bits[k+1] - n.bits[k])
		}
		slices.Sort(w)
		if many == 0 {
			best := 0.0
			for i := 1; i < count; i++ {
				if d := w[i] - w[i-1]; d > best {
					best, many = d, count-i
				}
			}
		}
		if many == 0 { // all the same
			return false
		}
		gap := w[count-many] - w[max(0, count-many-1)]
		gaps, least, seen = gaps+gap, min(least, gap), seen+1
		for i, x := range w {
			if i >= count-many {
				wide, wides = wide+x, wides+1
			} else {
				narrow, narrows = narrow+x, narrows+1
			}
		}
		return true
	}
	whole := true
	switch f {
	case ITF: // bars say one digit, spaces the next
		for k := 0; k+1 < chars && whole; k += 2 {
			whole = take(at+5*k, 2, 5, 2) && take(at+5*k+1, 2, 5, 2)
		}
	case Code39:
		for k := 0; k < chars+2 && whole; k++ {
			whole = take(at+10*k, 1, 9, 3)
		}
	case Codabar:
		for k := 0; k < chars+2 && whole; k++ {
			whole = take(at+8*k, 1, 7, 0)
		}
	}
	if !whole || wides == 0 || narrows == 0 {
		return 1
	}
	usual := wide/float64(wides) - narrow/float64(narrows)
	if !(least > 0.1*usual) && f != Code39 {
		return 1
	}
	return 1 - gaps/float64(seen)/usual
}
