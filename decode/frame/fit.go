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

// promising says whether the edges of the current piece can be those of a code
// from the first to the last. The first stage asks no decoder about others:
// most of them are text, and a decoder that refuses costs memory.
func (n *liner) promising(f Format) bool {
	edges := len(n.bits)
	switch f {
	case Code128: // 6 for each character, 8 with the stop
		return edges%6 == 2 && n.fitAt(f, 0, edges/6-1) != poor
	case EAN13:
		return edges == 60 && n.fitAt(f, 0, 0) != poor
	case EAN8:
		return edges == 44
	case ITF: // 10 for two digits, 8 for start and stop
		// either way round: the start has four narrow runs, the stop a wide one
		return edges%10 == 8 && (n.fitAt(f, 4, edges/10*2) != poor || n.fitAt(f, 3, edges/10*2) != poor)
	case Code39:
		return edges%10 == 0 && n.fitAt(f, 0, edges/10-2) != poor
	case Codabar:
		return edges%8 == 0 && n.fitAt(f, 0, edges/8-2) != poor
	}
	return true
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
