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
	all      bool    // keep doubtful marks
	liveSq   []int32 // those that a further row may belong to
	liveEyes []int32
}

func (f *finder) scan(b *bitmap, step int, over func() bool) {
	f.squares, f.eyes, f.liveSq, f.liveEyes = f.squares[:0], f.eyes[:0], f.liveSq[:0], f.liveEyes[:0]
	for y := step / 2; y < b.h; y += step {
		if y&15 < step && over() {
			return
		}
		var dark bool
		f.row, dark = b.edges(y, f.row[:0])
		f.liveSq = live(f.squares, f.liveSq, y, 3)
		f.liveEyes = live(f.eyes, f.liveEyes, y, 1)
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
			if equal((*[8]int32)(e[i:])) {
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

// equal says whether the seven runs between eight edges are of one width.
func equal(e *[8]int32) bool {
	s := e[7] - e[0]
	// the two in the middle alone rule out most
	if mid := e[5] - e[3]; s < 9 || 7*mid > 3*s+3 || 7*mid < s-3 {
		return false
	}
	m := float32(s) / 7
	t := m*0.55 + 0.4
	for i := range 6 {
		x := float32(e[i+2]-e[i]) - 2*m
		if x > t || -x > t {
			return false
		}
	}
	for i := range 7 {
		if float32(e[i+1]-e[i]) > 1.8*m+0.5 {
			return false
		}
	}
	return true
}

// evenly is equal for the widths of the runs.
func evenly(v *[7]int32) bool {
	var e [8]int32
	for i, w := range v {
		e[i+1] = e[i] + w
	}
	return equal(&e)
}

// live drops the marks that end above a row.
func live(list []mark, live []int32, y int, high float64) []int32 {
	return slices.DeleteFunc(live, func(i int32) bool { return float64(y)+0.5-list[i].c.Y >= reach(&list[i], high) })
}

// reach is how far above and below its middle, so many modules high, a mark's rows lie.
func reach(m *mark, high float64) float64 { return (0.5+high)*m.module + 1 }

// known finds a place among the marks, whose middle is so many modules high.
func known(list []mark, live []int32, c Point, module, high float64, inverted bool) int {
	for _, i := range live {
		m := &list[i]
		if m.inverted == inverted && math.Abs(m.c.X-c.X) < (0.3+0.4*high)*m.module+1 && math.Abs(m.c.Y-c.Y) < reach(m, high) &&
			module < 1.9*m.module && m.module < 1.9*module {
			return int(i)
		}
	}
	return -1
}

func (f *finder) square(b *bitmap, x float64, y int, m float64, inverted bool) {
	if i := known(f.squares, f.liveSq, Point{x, float64(y) + 0.5}, m, 3, inverted); i >= 0 {
		f.squares[i].hits++
		return
	}
	if len(f.squares) > 200 {
		return
	}
	var v [5]int32
	cy, ok := b.cross(int(x), y, 0, 1, !inverted, m, 12, v[:])
	if !ok || !square(v[0], v[1], v[2], v[3], v[4]) {
		return
	}
	n := float64(v[0]+v[1]+v[2]+v[3]+v[4]) / 7
	if n > 2.6*m || m > 2.6*n {
		return
	}
	cx, ok := b.cross(int(x), int(cy), 1, 0, !inverted, m, 12, v[:])
	if !ok || !square(v[0], v[1], v[2], v[3], v[4]) {
		return
	}
	f.liveSq = append(f.liveSq, int32(len(f.squares)))
	f.squares = append(f.squares, mark{c: Point{cx, cy}, module: (m + n) / 2, hits: 1, inverted: inverted})
}

func (f *finder) eye(b *bitmap, x float64, y int, m float64, dark bool) {
	if i := known(f.eyes, f.liveEyes, Point{x, float64(y) + 0.5}, m, 1, !dark); i >= 0 {
		f.eyes[i].hits++
		return
	}
	if len(f.eyes) > 200 {
		return
	}
	var v [7]int32
	cy, ok := b.cross(int(x), y, 0, 1, dark, m, 5, v[:])
	if !ok || !evenly(&v) {
		return
	}
	n := float64(v[0]+v[1]+v[2]+v[3]+v[4]+v[5]+v[6]) / 7
	if n > 2.6*m || m > 2.6*n {
		return
	}
	cx, ok := b.cross(int(x), int(cy), 1, 0, dark, m, 5, v[:])
	if !ok || !evenly(&v) {
		return
	}
	f.liveEyes = append(f.liveEyes, int32(len(f.eyes)))
	f.eyes = append(f.eyes, mark{c: Point{cx, cy}, module: (m + n) / 2, hits: 1, inverted: !dark})
}

// cross measures the runs of a row (dx = 1) or a column (dy = 1) through a place,
// the middle one of colour dark and at most longest long, and returns the middle
// of that.
func (b *bitmap) cross(x, y, dx, dy int, dark bool, module, longest float64, v []int32) (float64, bool) {
	if x < 0 || y < 0 || x >= b.w || y >= b.h || b.dark(x, y) != dark {
		return 0, false
	}
	clear(v)
	limit, most := int(11.7*module)+4, int32(longest*module+1)
	before, after, origin := x, b.w-x, float64(x)
	if dy == 1 {
		before, after, origin = y, b.h-y, float64(y)
	}
	half := len(v) / 2
	down, all := b.walk(x, y, dx, dy, min(limit, after), dark, most, v, 1)
	if !all && (after >= limit || v[len(v)-1] == 0) { // the rim may cut the last run
		return 0, false
	}
	up, all := b.walk(x-dx, y-dy, -dx, -dy, min(limit, before), dark, most, v, -1)
	if !all && (before >= limit || v[0] == 0) || v[half] > most {
		return 0, false
	}
	return origin + float64(down-up)/2, true
}

// walk counts so many pixels to the runs from the middle one of v to one end,
// and says how many are in the middle one, and whether it got beyond the end.
func (b *bitmap) walk(x, y, dx, dy, steps int, dark bool, most int32, v []int32, dir int) (middle int, all bool) {
	run := len(v) / 2
	in := int32(0)
	for ; steps > 0; steps-- {
		if d := b.dark(x, y); d != dark {
			v[run] += in
			if run == len(v)/2 {
				middle = int(in)
			}
			if run += dir; run < 0 || run >= len(v) {
				return middle, true
			}
			dark, in = d, 0
		}
		if in++; in > most && run == len(v)/2 {
			return 0, false
		}
		x, y = x+dx, y+dy
	}
	v[run] += in
	return middle, false
}
