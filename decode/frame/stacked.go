package frame

import (
	"math"
	"slices"

	"github.com/tillgate/tillgate/decode/frame/pdf417"
)

// stacked reads PDF417. It works in the coordinates of a region: u runs along
// the rows of the symbol, v down through them, both in pixels from the middle.
//
// Scan lines along u are cut into edges once. The start and stop patterns in
// them give the two straight sides of the symbol; between these every codeword
// has a known place, so a codeword that cannot be read costs only itself. The
// row indicators at both ends vote for the number of rows, columns and the
// correction level, and for which rows a scan line crosses at its left and at
// its right end: a line that is askew, and so passes through several rows, still
// counts for each of them, since a codeword's cluster says its row modulo three.
type stacked struct {
	ln       liner
	c, d     Point
	step     float64
	half     float64
	lines    []scanLine
	slab     []float32
	hits     [4][]hit
	inverted bool

	cols, rows, level int
	left, right       side
	m0                float64 // width of a module at the left side
	readings          []reading
	topL, topR        side // row = a + b v at the left and the right side
}

// scanLine is one line across the symbol: its v and its edges as u.
type scanLine struct {
	v    float64
	pos  []float32
	dark bool
}

// hit is a start or stop pattern in a line.
type hit struct {
	v, outer, inner float64 // u of the symbol's side and of the pattern's other end
}

// side is a straight side of the symbol: u = a + b v.
type side struct{ a, b float64 }

func (s side) at(v float64) float64 { return s.a + s.b*v }

// reading is a codeword as read in one line.
type reading struct {
	v            float64
	col          int
	cluster, val int
}

var (
	startRuns = [...]float32{8, 1, 1, 1, 1, 1, 1, 3}
	stopRuns  = [...]float32{7, 1, 1, 3, 1, 1, 1, 2, 1}
)

const (
	startForward = iota
	stopForward
	startBack
	stopBack
)

// readPDF417 tries the regions of a layer that may be a stack of rows.
func (j *job) readPDF417(l *layer) {
	limit := 5
	if l.deep {
		limit = 12
	}
	for k, list := range [2][]area{j.area.print, j.area.lines} {
		for i := range list {
			a := list[i]
			if limit == 0 || j.over() || j.full() {
				return
			}
			if a.length < 60 || a.width < 8 || k == 0 && a.coher < 0.12 || j.covered(l, a.c) {
				continue
			}
			limit--
			j.tryPDF417(l, a)
		}
	}
}

func (j *job) tryPDF417(l *layer, a area) bool {
	s := &j.stack
	if !l.deep && j.line.count(&l.p, a) < 18 {
		return false
	}
	j.line.aim(&l.p, &a)
	a.axis = a.d
	// enough to see whether there is anything, then all
	s.scan(&l.p, a, math.Max(2, math.Min(8, a.width/16)), -1, j.over)
	if !s.focus(&a) {
		return false
	}
	sharps := []float32{0}
	if l.deep {
		sharps = []float32{0, 0.6, 1.4}
	}
	for _, k := range sharps {
		for range 2 {
			s.scan(&l.p, a, math.Max(1, a.width/160), k, j.over)
			if j.over() || !s.focus(&a) {
				return false
			}
		}
		s.scan(&l.p, a, math.Max(1, a.width/160), k, j.over)
		if s.sides() && j.readRows(l, k > 0) {
			return true
		}
	}
	return false
}

// focus narrows the area to the symbol whose start and stop patterns were hit,
// and turns it so that its rows run along d. It is false if there were too few.
func (s *stacked) focus(a *area) bool {
	if len(s.hits[startBack])+len(s.hits[stopBack]) > len(s.hits[startForward])+len(s.hits[stopForward]) {
		s.hits[startForward], s.hits[startBack] = s.hits[startBack], s.hits[startForward]
		s.hits[stopForward], s.hits[stopBack] = s.hits[stopBack], s.hits[stopForward]
		for _, k := range [2]int{startForward, stopForward} {
			for i := range s.hits[k] {
				h := &s.hits[k][i]
				h.v, h.outer, h.inner = -h.v, -h.outer, -h.inner
			}
		}
		s.d = s.d.times(-1)
	}
	n := Point{-s.d.Y, s.d.X}
	var mid [2]Point
	var bars [2]Point
	var tall, m float64
	var have [2]bool
	for k, kind := range [2]int{startForward, stopForward} {
		modules := float64(pdf417.StartBits + k)
		f, w, lo, hi, ok := aligned(s.hits[kind], modules)
		if !ok {
			continue
		}
		have[k] = true
		v := (lo + hi) / 2
		mid[k] = s.c.plus(n.times(v)).plus(s.d.times(f.at(v)))
		bars[k] = n.plus(s.d.times(f.b))
		tall, m = max(tall, hi-lo), max(m, w)
	}
	switch {
	case have[0] && have[1]:
		a.c = mid[0].mix(mid[1], 0.5)
		a.length = mid[0].to(mid[1]) + 12*m
		a.d = mid[1].minus(mid[0]).times(1 / (mid[0].to(mid[1]) + 1e-9))
	case have[0] || have[1]:
		k, dir := 0, 1.0
		if have[1] {
			k, dir = 1, -1
		}
		t := math.Atan2(bars[k].Y, bars[k].X) - math.Pi/2
		a.d = Point{math.Cos(t), math.Sin(t)}
		if a.d.dot(s.d) < 0 {
			a.d = a.d.times(-1)
		}
		// as far as the region went, but to the other side of ten columns at least:
		// smeared, a small symbol may fall into regions that hold one end of it each
		a.length = max(a.length, (69+17*10)*m)
		a.c = mid[k].plus(a.d.times(dir * (a.length/2 - 8*m)))
	default:
		return false
	}
	a.width = tall*1.2 + 12*m
	return true
}

// aligned finds the straight line on which the most hits lie, and how far along
// it they reach.
func aligned(h []hit, modules float64) (f side, m, lo, hi float64, ok bool) {
	most := 0
	for len(h) > 120 { // enough to find a line with
		for i := range len(h) / 2 {
			h[i] = h[2*i]
		}
		h = h[:len(h)/2]
	}
	for i := range h {
		for k := i + 1; k < len(h); k++ {
			dv := h[k].v - h[i].v
			w := math.Abs(h[i].inner-h[i].outer) / modules
			if dv < 1.5 || math.Abs(h[k].outer-h[i].outer) > 1.2*dv+w || dv > 60*w {
				continue
			}
			t := side{b: (h[k].outer - h[i].outer) / dv}
			t.a = h[i].outer - t.b*h[i].v
			n := 0
			for x := range h {
				if math.Abs(h[x].outer-t.at(h[x].v)) < 1.2*w {
					n++
				}
			}
			if n > most {
				most, f, m = n, t, w
			}
		}
	}
	if most < 2 {
		return f, m, 0, 0, false
	}
	lo, hi = math.Inf(1), math.Inf(-1)
	for x := range h {
		if math.Abs(h[x].outer-f.at(h[x].v)) < 1.2*m {
			lo, hi = min(lo, h[x].v), max(hi, h[x].v)
		}
	}
	return f, m, lo, hi, true
}

// scan cuts the region into lines, spaced pixels apart. sharp above zero undoes
// blur; below zero it is a first, coarser look.
func (s *stacked) scan(p *plane, a area, spacing float64, sharp float32, over func() bool) {
	s.c, s.d = a.c, a.d
	s.half = a.length*0.54 + 16
	s.step = 0.5
	thick := 2.0
	if s.half > 500 || sharp < 0 {
		s.step = 1
	}
	if sharp < 0 {
		thick = 1
	}
	s.lines, s.slab = s.lines[:0], s.slab[:0]
	for i := range s.hits {
		s.hits[i] = s.hits[i][:0]
	}
	n := Point{-a.d.Y, a.d.X}
	ln, ef := &s.ln, &s.ln.ef
	count := int(a.width*1.05/spacing) + 1
	for i := range count {
		if i&7 == 7 && over() {
			return
		}
		v := (float64(i) - float64(count-1)/2) * spacing
		row := ln.along(p, a.c.plus(n.times(v)), a.d, n, s.half, s.step, thick)
		ef.find(row, 0.15, 4)
		if len(ef.pos) < 17 {
			continue
		}
		if sharp > 0 {
			ln.sharpen(sharp)
			ef.find(ln.w, 0.15, 4)
		}
		from := len(s.slab)
		for _, x := range ef.pos {
			s.slab = append(s.slab, float32(float64(x)*s.step-s.half))
		}
		s.lines = append(s.lines, scanLine{v: v, pos: s.slab[from:], dark: ef.dark})
		s.match(&s.lines[len(s.lines)-1])
	}
}

// match looks for the start and stop patterns in a line, in either direction
// and colour.
func (s *stacked) match(l *scanLine) {
	for i := range l.pos {
		if i+8 < len(l.pos) {
			if m := like(l.pos[i:i+9], startRuns[:], pdf417.StartBits, false); m > 0 {
				s.hits[startForward] = append(s.hits[startForward], hit{l.v, float64(l.pos[i]), float64(l.pos[i+8])})
				s.inverted = l.dark != (i&1 == 1)
			}
			if m := like(l.pos[i:i+9], startRuns[:], pdf417.StartBits, true); m > 0 {
				s.hits[startBack] = append(s.hits[startBack], hit{l.v, float64(l.pos[i+8]), float64(l.pos[i])})
			}
		}
		if i+9 < len(l.pos) {
			if m := like(l.pos[i:i+10], stopRuns[:], pdf417.StopBits, false); m > 0 {
				s.hits[stopForward] = append(s.hits[stopForward], hit{l.v, float64(l.pos[i+9]), float64(l.pos[i])})
				s.inverted = l.dark != (i&1 == 1)
			}
			if m := like(l.pos[i:i+10], stopRuns[:], pdf417.StopBits, true); m > 0 {
				s.hits[stopBack] = append(s.hits[stopBack], hit{l.v, float64(l.pos[i]), float64(l.pos[i+9])})
			}
		}
	}
}

// like compares the edges of a line with a pattern of runs by the distances
// between edges of the same kind, which spreading ink or light does not change.
// It returns the module width, or 0.
func like(pos []float32, runs []float32, modules float32, back bool) float32 {
	n := len(runs)
	m := (pos[n] - pos[0]) / modules
	wide := pos[1] - pos[0]
	if back {
		wide = pos[n] - pos[n-1]
	}
	if m < 0.7 || wide < 4.5*m {
		return 0
	}
	t := 0.5 * m
	for i := range n - 1 {
		a, b := runs[i], runs[i+1]
		if back {
			a, b = runs[n-1-i], runs[n-2-i]
		}
		if e := pos[i+2] - pos[i] - (a+b)*m; e > t || -e > t {
			return 0
		}
	}
	return m
}

// sides fits the straight sides of the symbol to the hits and finds how many
// columns fit between them.
func (s *stacked) sides() bool {
	st, sp := s.hits[startForward], s.hits[stopForward]
	left, m0, okL := fitSide(st, pdf417.StartBits)
	right, m1, okR := fitSide(sp, pdf417.StopBits)
	s.left, s.right, s.m0 = left, right, m0
	switch {
	case okL && okR:
		w := right.at(0) - left.at(0)
		m := 2 / (1/m0 + 1/m1)
		if w <= 0 || m0 > 2*m1 || m1 > 2*m0 {
			return false
		}
		s.cols = int(math.Round((w/m - 69) / 17))
		s.m0 = m0 * w / (m * float64(17*s.cols+69))
	case okL || okR:
		// the other side follows from walking over the codewords
		return s.walk(okL, m0, m1)
	default:
		return false
	}
	return s.cols >= 1 && s.cols <= 30
}

// fitSide is the median line through the outer ends of the hits.
func fitSide(h []hit, modules float64) (side, float64, bool) {
	if len(h) < 3 {
		return side{}, 0, false
	}
	var slopes, widths, rest []float64
	for i := range h {
		widths = append(widths, math.Abs(h[i].inner-h[i].outer)/modules)
	}
	m := median(widths)
	for gap := max(1, len(h)/3); gap < len(h); gap += max(1, len(h)/6) {
		for i := 0; i+gap < len(h); i++ {
			if dv := h[i+gap].v - h[i].v; dv > 2 {
				slopes = append(slopes, (h[i+gap].outer-h[i].outer)/dv)
			}
		}
	}
	if len(slopes) == 0 {
		return side{}, 0, false
	}
	f := side{b: median(slopes)}
	for i := range h {
		rest = append(rest, h[i].outer-f.b*h[i].v)
	}
	f.a = median(rest)
	n := 0
	for i := range h {
		if math.Abs(h[i].outer-f.at(h[i].v)) < 1.5*m {
			n++
		}
	}
	return f, m, n >= 3 && n*2 >= len(h)
}

func median(v []float64) float64 {
	slices.Sort(v)
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

// walk finds the missing side: from the known one, codeword by codeword, as far
// as eight runs make seventeen modules.
func (s *stacked) walk(fromLeft bool, m0, m1 float64) bool {
	var ends []hit
	var cols []int
	known, m, dir := s.left, m0, 1
	if !fromLeft {
		known, m, dir = s.right, m1, -1
	}
	skip := 8
	if !fromLeft {
		skip = 9
	}
	for i := range s.lines {
		l := &s.lines[i]
		k := l.near(known.at(l.v), 1.2*m)
		if k < 0 {
			continue
		}
		k += dir * skip
		w, n := 17*m, 0
		for {
			e := k + dir*8
			if e < 0 || e >= len(l.pos) || k < 0 || k >= len(l.pos) {
				break
			}
			x := math.Abs(float64(l.pos[e] - l.pos[k]))
			if x < 0.85*w || x > 1.15*w {
				break
			}
			w = 0.7*w + 0.3*x
			k, n = e, n+1
		}
		if n >= 3 {
			cols = append(cols, n-2)
			ends = append(ends, hit{v: l.v, outer: float64(l.pos[k]), inner: w / 17})
		}
	}
	if len(cols) < 3 {
		return false
	}
	votes := map[int]int{}
	best := 0
	for _, c := range cols {
		votes[c]++
		if votes[c] > votes[best] || votes[c] == votes[best] && c > best {
			best = c
		}
	}
	var ws []float64
	var at []float64
	for i, e := range ends {
		if cols[i] == best {
			ws = append(ws, e.inner)
			w := 18.0
			if !fromLeft {
				w = 17
			}
			at = append(at, e.outer+float64(dir)*w*e.inner-known.b*e.v)
		}
	}
	if len(ws) < 2 {
		return false
	}
	s.cols = best
	other := side{a: median(at), b: known.b}
	if fromLeft {
		s.right = other
	} else {
		s.left = other
		s.m0 = median(ws)
	}
	return s.cols >= 1 && s.cols <= 30
}

// near is the index of the edge nearest to u, or -1.
func (l *scanLine) near(u, within float64) int {
	i, _ := slices.BinarySearch(l.pos, float32(u))
	best := -1
	for _, k := range [2]int{i - 1, i} {
		if k >= 0 && k < len(l.pos) && math.Abs(float64(l.pos[k])-u) < within {
			if best < 0 || math.Abs(float64(l.pos[k])-u) < math.Abs(float64(l.pos[best])-u) {
				best = k
			}
		}
	}
	return best
}
