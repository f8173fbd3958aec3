package frame

import (
	"math"
	"slices"
)

// mark is a place that looks like the middle of concentric squares: the finder
// pattern of a QR code or the bull's eye of an Aztec code.
type mark struct {
	c        Point
	module   float64 // along the scan lines: up to 1.41 times the true one
	hits     int
	inverted bool
}

// finder collects marks from the rows of a bitmap. Both polarities are looked
// for at once: a code shown in dark mode has the same runs in the other colour.
type finder struct {
	row      []int32
	squares  []mark // QR finder patterns
	eyes     []mark // bull's eyes
	wantSq   bool
	wantEyes bool
	all      bool // keep doubtful marks
}

func (f *finder) scan(b *bitmap, step int, over func() bool) {
	f.squares, f.eyes = f.squares[:0], f.eyes[:0]
	for y := step / 2; y < b.h; y += step {
		if y&15 < step && over() {
			return
		}
		var dark bool
		f.row, dark = b.edges(y, f.row[:0])
		f.pass(b, y, dark)
	}
	if !f.all {
		// the middle of a finder pattern is three modules high: one of that size
		// that only a few rows saw is chance
		f.squares = slices.DeleteFunc(f.squares, func(m mark) bool { return float64(m.hits*step) < 0.5*m.module })
		f.eyes = slices.DeleteFunc(f.eyes, func(m mark) bool { return float64(m.hits*step) < 0.2*m.module })
	}
	for _, l := range []*[]mark{&f.squares, &f.eyes} {
		slices.SortStableFunc(*l, func(a, b mark) int { return b.hits - a.hits })
	}
}

// pass looks at one row. Edges i and i+1 bound run i; the run before edge 0 has
// the colour dark.
func (f *finder) pass(b *bitmap, y int, dark bool) {
	e := f.row
	for i := 0; i+5 < len(e); i++ {
		colour := dark != (i&1 == 0) // colour of the run from e[i] to e[i+1]
		a, bb, c, d, g := e[i+1]-e[i], e[i+2]-e[i+1], e[i+3]-e[i+2], e[i+4]-e[i+3], e[i+5]-e[i+4]
		if f.wantSq && square(a, bb, c, d, g) {
			f.square(b, float64(e[i+2]+e[i+3])/2, y, float64(e[i+5]-e[i])/7, !colour)
		}
		if f.wantEyes && i+7 < len(e) {
			if h, k := e[i+6]-e[i+5], e[i+7]-e[i+6]; equal(a, bb, c, d, g, h, k) {
				// seven runs: light dark light, the dark middle, light dark light
				f.eye(b, float64(e[i+3]+e[i+4])/2, y, float64(e[i+7]-e[i])/7, !colour)
			}
		}
	}
}

// square says whether five runs are as 1:1:3:1:1. Sums of neighbours do not
// change when dark or light spreads.
func square(a, b, c, d, e int32) bool {
	s := a + b + c + d + e
	if s < 7 || b == 0 || d == 0 {
		return false
	}
	m := float32(s) / 7
	t := m*0.7 + 0.4
	near := func(v int32, n float32) bool { x := float32(v) - n*m; return x < t && -x < t }
	return near(a+b, 2) && near(d+e, 2) && near(b+c, 4) && near(c+d, 4) &&
		float32(c) > 1.6*m && float32(b) < 1.9*m+0.6 && float32(d) < 1.9*m+0.6 &&
		2*c > 3*a-2 && 2*c > 3*e-2
}

// equal says whether seven runs are of one width.
func equal(r ...int32) bool {
	var s int32
	for _, v := range r {
		s += v
	}
	if s < 9 {
		return false
	}
	m := float32(s) / 7
	t := m*0.55 + 0.4
	for i := range 6 {
		x := float32(r[i]+r[i+1]) - 2*m
		if x > t || -x > t {
			return false
		}
	}
	for _, v := range r {
		if float32(v) > 1.8*m+0.5 {
			return false
		}
	}
	return true
}

// known finds a place among the marks, whose middle is so many modules high.
func known(list []mark, c Point, module, high float64, inverted bool) int {
	for i := range list {
		m := &list[i]
		if m.inverted == inverted && math.Abs(m.c.X-c.X) < (0.3+0.4*high)*m.module+1 && math.Abs(m.c.Y-c.Y) < (0.5+high)*m.module+1 &&
			module < 1.9*m.module && m.module < 1.9*module {
			return i
		}
	}
	return -1
}

func (f *finder) square(b *bitmap, x float64, y int, m float64, inverted bool) {
	if i := known(f.squares, Point{x, float64(y) + 0.5}, m, 3, inverted); i >= 0 {
		f.squares[i].hits++
		return
	}
	if len(f.squares) > 200 {
		return
	}
	var v [5]int32
	cy, ok := crossRuns(b, int(x), y, !inverted, m*4.5, v[:])
	if !ok || !square(v[0], v[1], v[2], v[3], v[4]) {
		return
	}
	n := float64(v[0]+v[1]+v[2]+v[3]+v[4]) / 7
	if n > 2.6*m || m > 2.6*n {
		return
	}
	cx, ok := crossRow(b, int(x), int(cy), !inverted, m*4.5, v[:])
	if !ok || !square(v[0], v[1], v[2], v[3], v[4]) {
		return
	}
	f.squares = append(f.squares, mark{c: Point{cx, cy}, module: (m + n) / 2, hits: 1, inverted: inverted})
}

func (f *finder) eye(b *bitmap, x float64, y int, m float64, dark bool) {
	if i := known(f.eyes, Point{x, float64(y) + 0.5}, m, 1, !dark); i >= 0 {
		f.eyes[i].hits++
		return
	}
	if len(f.eyes) > 200 {
		return
	}
	var v [7]int32
	cy, ok := crossRuns(b, int(x), y, dark, m*4.5, v[:])
	if !ok || !equal(v[:]...) {
		return
	}
	n := float64(v[0]+v[1]+v[2]+v[3]+v[4]+v[5]+v[6]) / 7
	if n > 2.6*m || m > 2.6*n {
		return
	}
	cx, ok := crossRow(b, int(x), int(cy), dark, m*4.5, v[:])
	if !ok || !equal(v[:]...) {
		return
	}
	f.eyes = append(f.eyes, mark{c: Point{cx, cy}, module: (m + n) / 2, hits: 1, inverted: !dark})
}

// crossRuns measures the runs of a column through (x, y), the middle one of
// colour dark, and returns the middle of that.
func crossRuns(b *bitmap, x, y int, dark bool, reach float64, v []int32) (float64, bool) {
	return cross(func(i int) (bool, bool) {
		yy := y + i
		if yy < 0 || yy >= b.h || x < 0 || x >= b.w {
			return false, false
		}
		return b.dark(x, yy), true
	}, float64(y), dark, reach, v)
}

func crossRow(b *bitmap, x, y int, dark bool, reach float64, v []int32) (float64, bool) {
	return cross(func(i int) (bool, bool) {
		xx := x + i
		if xx < 0 || xx >= b.w || y < 0 || y >= b.h {
			return false, false
		}
		return b.dark(xx, y), true
	}, float64(x), dark, reach, v)
}

func cross(at func(int) (dark, ok bool), origin float64, dark bool, reach float64, v []int32) (float64, bool) {
	clear(v)
	half := len(v) / 2
	limit := int(2.6*reach) + 4
	walk := func(dir int) (int, bool) {
		i, run, want, first := dir, half, dark, 0
		if dir > 0 {
			i = 0
		}
		for n := 0; n < limit; n++ {
			d, ok := at(i)
			if !ok {
				return first, run == half+dir*half && v[run] > 0
			}
			if d != want {
				if run == half {
					first = i
				}
				run += dir
				if run < 0 || run >= len(v) {
					return first, true
				}
				want = !want
			}
			v[run]++
			i += dir
		}
		return first, false
	}
	if d, ok := at(0); !ok || d != dark {
		return 0, false
	}
	down, ok1 := walk(1)
	up, ok2 := walk(-1)
	if !ok1 || !ok2 {
		return 0, false
	}
	return origin + float64(up+1+down)/2, true
}
