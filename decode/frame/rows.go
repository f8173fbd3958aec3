package frame

import (
	"math"
	"slices"
	"sync"

	"github.com/tillgate/tillgate/decode/frame/pdf417"
)

// readRows reads the codewords between the sides and makes the message of them.
func (j *job) readRows(l *layer, deep bool) bool {
	s := &j.stack
	s.readCodewords()
	if !s.indicators() {
		return false
	}
	if !s.rowLines() {
		return false
	}
	words, sure, k := s.ballot()
	n := len(words)
	if k >= n {
		return false
	}
	var erased []int
	for i, w := range words {
		if w < 0 {
			erased = append(erased, i)
		}
	}
	if len(erased)*2 > n && !deep && !l.deep {
		// too little for the correction: see what the greys say
		if len(erased)*10 > n*9 {
			return false
		}
	}
	if j.finishPDF417(l, words, erased, k, sure) {
		return true
	}
	return j.softly(l, words, sure, k)
}

// place is the u of a module's left edge in the line at v. Perspective makes
// the modules at one end narrower; the width at the left says how much.
func (s *stacked) place(v, module float64) float64 {
	left, w := s.left.at(v), s.right.at(v)-s.left.at(v)
	total := float64(17*s.cols + 69)
	w0 := s.right.at(0) - s.left.at(0)
	b := (s.m0*total/w0 - 1) / total
	return left + s.m0*w/w0*module/(1+b*module)
}

// readCodewords reads, in every line, every codeword whose edges can be told.
func (s *stacked) readCodewords() {
	s.readings = s.readings[:0]
	for i := range s.lines {
		l := &s.lines[i]
		for c := range s.cols + 2 {
			from, to := s.place(l.v, float64(17+17*c)), s.place(l.v, float64(34+17*c))
			m := (to - from) / 17
			k := l.bar(from, 1.4*m, s.inverted)
			if k < 0 || k+8 >= len(l.pos) || math.Abs(float64(l.pos[k+8])-to) > 1.4*m {
				continue
			}
			if cl, val, ok := codeword(l.pos[k : k+9]); ok {
				s.readings = append(s.readings, reading{l.v, c, cl, val})
			}
		}
	}
}

// bar is the index of the edge nearest to u at which a bar begins, or -1.
func (l *scanLine) bar(u, within float64, inverted bool) int {
	i, _ := slices.BinarySearch(l.pos, float32(u))
	best := -1
	for k := max(0, i-2); k <= min(len(l.pos)-1, i+1); k++ {
		if (l.dark == (k&1 == 1)) == inverted || math.Abs(float64(l.pos[k])-u) > within {
			continue
		}
		if best < 0 || math.Abs(float64(l.pos[k])-u) < math.Abs(float64(l.pos[best])-u) {
			best = k
		}
	}
	return best
}

// codeword reads nine edges. Where the plain rounding makes no codeword, bars
// are taken to be a little wider or narrower than they look.
func codeword(pos []float32) (cluster, val int, ok bool) {
	w := (pos[8] - pos[0]) / pdf417.Modules
	for _, spread := range [...]float32{0, 0.25, -0.25} {
		var bits uint32
		at := 0
		good := true
		for i := 1; i <= 8; i++ {
			x := (pos[i] - pos[0]) / w
			if i < 8 {
				if i&1 == 1 {
					x -= spread
				} else {
					x += spread
				}
			}
			n := int(x+0.5) - at
			if n < 1 || n > 6 {
				good = false
				break
			}
			at += n
			bits <<= n
			if i&1 == 1 {
				bits |= 1<<n - 1
			}
		}
		if !good || at != pdf417.Modules {
			continue
		}
		if cluster, val, ok = pdf417.Lookup(bits); ok {
			return cluster, val, true
		}
	}
	return 0, 0, false
}

// indicators lets the row indicators vote on the shape of the symbol.
func (s *stacked) indicators() bool {
	for try := range 2 {
		var hi, lo, cols [30]int
		for _, r := range s.readings {
			right := r.col == s.cols+1
			if r.col != 0 && !right {
				continue
			}
			kind := r.cluster
			if right {
				kind = (r.cluster + 2) % 3 // the right side says what the left does one row on
			}
			n := r.val % 30
			switch kind {
			case 0:
				hi[n]++
			case 1:
				lo[n]++
			default:
				cols[n]++
			}
		}
		a, na := most(hi[:])
		b, nb := most(lo[:])
		c, nc := most(cols[:])
		if na == 0 || nb == 0 {
			return false
		}
		s.rows, s.level = a*3+b%3+1, b/3
		if nc > 0 && c+1 != s.cols && try == 0 {
			if nc < 2 || math.Abs(float64(c+1-s.cols)) > 2 {
				return false
			}
			s.m0 *= float64(17*s.cols+69) / float64(17*(c+1)+69)
			s.cols = c + 1
			s.readCodewords()
			continue
		}
		return s.rows >= 3 && s.rows <= 90 && s.level <= 8 && s.rows*s.cols <= 928
	}
	return false
}

func most(v []int) (at, n int) {
	for i, x := range v {
		if x > n {
			at, n = i, x
		}
	}
	return at, n
}

// rowLines finds which row a line crosses at the left and at the right.
func (s *stacked) rowLines() bool {
	var obs [2][]hit // v and row of the indicators
	for _, r := range s.readings {
		side := 0
		switch r.col {
		case 0:
		case s.cols + 1:
			side = 1
		default:
			continue
		}
		row := r.val/30*3 + r.cluster
		if row < s.rows {
			obs[side] = append(obs[side], hit{v: r.v, outer: float64(row) + 0.5})
		}
	}
	l, okL := fitRows(obs[0])
	r, okR := fitRows(obs[1])
	switch {
	case okL && okR && l.b*r.b > 0 && math.Abs(l.b) < 1.6*math.Abs(r.b) && math.Abs(r.b) < 1.6*math.Abs(l.b):
		s.topL, s.topR = l, r
	case okL && (!okR || len(obs[0]) >= len(obs[1])):
		s.topL = l
		s.topR = s.shifted(l, false)
	case okR:
		s.topR = r
		s.topL = s.shifted(r, true)
	default:
		return false
	}
	if s.topL.b < 0 {
		return false
	}
	return true
}

// fitRows is the median line through indicator rows.
func fitRows(h []hit) (side, bool) {
	if len(h) < 3 {
		return side{}, false
	}
	var slopes []float64
	stride := 1 + len(h)*len(h)/4000
	for i := 0; i < len(h); i += stride {
		for k := i + 1; k < len(h); k++ {
			if dr := h[k].outer - h[i].outer; math.Abs(h[k].v-h[i].v) > 2 && dr != 0 {
				slopes = append(slopes, dr/(h[k].v-h[i].v))
			}
		}
	}
	if len(slopes) < 2 {
		return side{}, false
	}
	f := side{b: median(slopes)}
	if math.Abs(f.b) < 0.01 || math.Abs(f.b) > 1.2 {
		return side{}, false
	}
	var rest []float64
	for i := range h {
		rest = append(rest, h[i].outer-f.b*h[i].v)
	}
	f.a = median(rest)
	n := 0
	for i := range h {
		if math.Abs(h[i].outer-f.at(h[i].v)) < 1 {
			n++
		}
	}
	return f, n >= 3 && n*2 > len(h)
}

// shifted is the row line of the side without indicators: the known one, moved
// to where most clusters fit.
func (s *stacked) shifted(f side, left bool) side {
	best, most := f, -1
	for shift := -5.0; shift <= 5; shift += 0.25 {
		n := 0
		t := side{f.a + shift, f.b}
		for _, r := range s.readings {
			w := (float64(r.col) + 1.5) / float64(s.cols+3)
			row := f.at(r.v)*(1-w) + t.at(r.v)*w
			if left {
				row = t.at(r.v)*(1-w) + f.at(r.v)*w
			}
			if k := int(math.Floor(row)); k >= 0 && k%3 == r.cluster {
				n++
			}
		}
		if n > most || n == most && math.Abs(shift) < math.Abs(best.a-f.a) {
			best, most = t, n
		}
	}
	return best
}

// row is where a reading lies, in rows from the top of the symbol.
func (s *stacked) row(v float64, col int) float64 {
	w := (float64(col) + 1.5) / float64(s.cols+3)
	return s.topL.at(v)*(1-w) + s.topR.at(v)*w
}

// ballot gives every codeword the value most lines read, or -1; sure says by
// how much it won.
func (s *stacked) ballot() (words []int, sure []float64, k int) {
	type choice struct {
		val    int
		weight float64
	}
	n := s.rows * s.cols
	cells := make([][]choice, n)
	for _, r := range s.readings {
		if r.col == 0 || r.col == s.cols+1 {
			continue
		}
		at := s.row(r.v, r.col) - 0.5
		row := int(math.Round((at-float64(r.cluster))/3))*3 + r.cluster
		off := math.Abs(float64(row) - at)
		if row < 0 || row >= s.rows || off > 1.2 {
			continue
		}
		i := row*s.cols + r.col - 1
		w := 1.3 - off
		found := false
		for c := range cells[i] {
			if cells[i][c].val == r.val {
				cells[i][c].weight += w
				found = true
			}
		}
		if !found {
			cells[i] = append(cells[i], choice{r.val, w})
		}
	}
	words, sure = make([]int, n), make([]float64, n)
	for i, list := range cells {
		words[i] = -1
		var top, next float64
		for _, c := range list {
			if c.weight > top {
				words[i], top, next = c.val, c.weight, top
			} else if c.weight > next {
				next = c.weight
			}
		}
		sure[i] = top - next
		if sure[i] < 0.3 {
			words[i] = -1
		}
	}
	return words, sure, 2 << s.level
}

// finishPDF417 corrects and decodes.
func (j *job) finishPDF417(l *layer, words []int, erased []int, k int, sure []float64) bool {
	s := &j.stack
	w := slices.Clone(words)
	for _, i := range erased {
		w[i] = 0
	}
	if _, err := pdf417.Correct(w, k, erased); err != nil {
		return false
	}
	if w[0] > len(w)-k {
		return false
	}
	var msg pdf417.Message
	if !j.guard(func() bool {
		m, err := pdf417.Decode(w[:len(w)-k])
		msg = m
		return err == nil && len(m.Raw) > 0
	}) {
		return false
	}
	n := Point{-s.d.Y, s.d.X}
	corner := func(f side, top side, row float64) Point {
		v := (row - top.a) / top.b
		return s.c.plus(s.d.times(f.at(v))).plus(n.times(v))
	}
	votes := 0
	for i := range sure {
		if sure[i] >= 0.3 {
			votes++
		}
	}
	rows := float64(s.rows)
	j.add(l, Symbol{Text: msg.Text(), Raw: msg.Raw, Format: PDF417, AIM: "]L2", Votes: max(1, votes/max(1, s.cols)), Inverted: s.inverted,
		Corners: [4]Point{corner(s.left, s.topL, 0), corner(s.right, s.topR, 0), corner(s.right, s.topR, rows), corner(s.left, s.topL, rows)}})
	return true
}

// templates are all codewords as a slightly blurred camera sees them, with mean
// zero and length one.
var templates = sync.OnceValue(func() *[3][pdf417.Codewords][pdf417.Modules]float32 {
	var t [3][pdf417.Codewords][pdf417.Modules]float32
	for c := range t {
		for w := range t[c] {
			// a space lies before every codeword and a bar after it
			bits := uint64(pdf417.Pattern(c, w))<<1 | 1
			var sum, sq float32
			v := &t[c][w]
			for i := range v {
				at := func(k int) float32 {
					if bits>>(pdf417.Modules-k)&1 == 1 {
						return -1
					}
					return 1
				}
				v[i] = 0.64*at(i) + 0.18*at(i-1) + 0.18*at(i+1)
				sum += v[i]
			}
			for i := range v {
				v[i] -= sum / pdf417.Modules
				sq += v[i] * v[i]
			}
			for i := range v {
				v[i] /= float32(math.Sqrt(float64(sq)))
			}
		}
	}
	return &t
})

// softly reads doubtful codewords again, by their greys: each cell is compared
// with all codewords its row can hold.
func (j *job) softly(l *layer, words []int, sure []float64, k int) bool {
	s := &j.stack
	t := templates()
	margin := make([]float64, len(words))
	n := Point{-s.d.Y, s.d.X}
	for i := range words {
		row, col := i/s.cols, i%s.cols+1
		if words[i] >= 0 && sure[i] >= 2.5 {
			margin[i] = 1
			continue
		}
		if j.over() {
			return false
		}
		slope := (s.row(1, col) - s.row(-1, col)) / 2
		v := (float64(row) + 0.5 - s.row(0, col)) / slope
		var g [pdf417.Modules]float32
		var sum float32
		for m := range g {
			for _, dv := range [...]float64{-0.22, 0, 0.22} {
				vv := v + dv/slope
				u := s.place(vv, float64(17+17*col+m)+0.5)
				p := s.c.plus(s.d.times(u)).plus(n.times(vv))
				g[m] += l.p.at(p.X, p.Y)
			}
			sum += g[m]
		}
		var sq float32
		for m := range g {
			g[m] -= sum / pdf417.Modules
			if s.inverted {
				g[m] = -g[m]
			}
			sq += g[m] * g[m]
		}
		norm := float32(math.Sqrt(float64(sq)) + 1e-3)
		best, top, next := 0, float32(-2), float32(-2)
		for w := range t[row%3] {
			q := &t[row%3][w]
			var dot float32
			for m := range q {
				dot += q[m] * g[m]
			}
			if dot > top {
				best, top, next = w, dot, top
			} else if dot > next {
				next = dot
			}
		}
		top, next = top/norm, next/norm
		if words[i] >= 0 && words[i] == best {
			margin[i] = 1
			continue
		}
		if words[i] >= 0 && sure[i] > 1.2 {
			margin[i] = 0.1
			continue
		}
		words[i], margin[i] = best, float64(top-next)*float64(max(0, top-0.5))
	}
	order := make([]int, len(words))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if margin[a] < margin[b] {
			return -1
		}
		return 1
	})
	// give up more and more of the doubtful ones
	for _, f := range [...]float64{0, 0.3, 0.6, 0.9} {
		e := int(f * float64(k-2))
		if e > len(order) {
			break
		}
		if j.finishPDF417(l, words, order[:e], k, sure) {
			return true
		}
	}
	return false
}
