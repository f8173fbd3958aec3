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
// characters that gozxing read from it and that it says to begin at x0.
func (n *liner) fitOf(f Format, x0 float64, codewords, text int) fit {
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
		return grade(n.misfit(f, x0, codewords), 0.125, 0.21)
	case ITF:
		return grade(n.vague(f, x0, text), 0.25, 0.45)
	case Code39, Codabar:
		return grade(n.vague(f, x0, text), 0.3, 0.6)
	}
	return fair
}

// misfit is the mean distance, in modules, of the width of two neighbouring
// runs from a whole number. Stripes of chance that pass the check character
// come to a quarter, a blurred code seldom to a fifth. It is 1 if the line does
// not hold so many codewords.
func (n *liner) misfit(f Format, x0 float64, codewords int) float64 {
	// gozxing gives the middle of the start character, or of the first guard
	lead, first, runs, modules := 6, 0, 6, 11
	if f == EAN13 {
		lead, first, runs, modules, codewords = 3, 3, 4, 7, 12
	}
	at := n.edgeAt(x0, lead) + first
	sum, count := 0.0, 0
	for k := range codewords {
		if f == EAN13 && k == 6 {
			at += 5
		}
		if at < first || at+runs >= len(n.bits) {
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
func (n *liner) vague(f Format, x0 float64, text int) float64 {
	var wide, narrow, gaps, least float64
	var wides, narrows, chars int
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
		gaps, least, chars = gaps+gap, min(least, gap), chars+1
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
	case ITF: // begins at the first digit; bars say one digit, spaces the next
		at := n.edgeAt(x0, 0)
		for k := 0; k+1 < text && whole; k += 2 {
			whole = take(at+5*k, 2, 5, 2) && take(at+5*k+1, 2, 5, 2)
		}
	case Code39: // the middle of the start character
		at := n.edgeAt(x0, 9)
		for k := 0; k < text+2 && whole; k++ {
			whole = take(at+10*k, 1, 9, 3)
		}
	case Codabar: // the beginning of the start character
		at := n.edgeAt(x0, 0)
		for k := 0; k < text+2 && whole; k++ {
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
	return 1 - gaps/float64(chars)/usual
}
