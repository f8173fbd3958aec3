package frame

import (
	"math"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
)

// dmSize is a Data Matrix symbol: rows, columns and regions of ISO/IEC
// 16022:2006, table 7, and of ISO/IEC 21471:2020, table 7.
type dmSize struct{ rows, cols, down, across int }

var dmSizes = []dmSize{
	{10, 10, 1, 1}, {12, 12, 1, 1}, {14, 14, 1, 1}, {16, 16, 1, 1}, {18, 18, 1, 1}, {20, 20, 1, 1}, {22, 22, 1, 1},
	{24, 24, 1, 1}, {26, 26, 1, 1}, {32, 32, 2, 2}, {36, 36, 2, 2}, {40, 40, 2, 2}, {44, 44, 2, 2}, {48, 48, 2, 2},
	{52, 52, 2, 2}, {64, 64, 4, 4}, {72, 72, 4, 4}, {80, 80, 4, 4}, {88, 88, 4, 4}, {96, 96, 4, 4}, {104, 104, 4, 4},
	{120, 120, 6, 6}, {132, 132, 6, 6}, {144, 144, 6, 6},
	{8, 18, 1, 1}, {8, 32, 1, 2}, {12, 26, 1, 1}, {12, 36, 1, 2}, {16, 36, 1, 2}, {16, 48, 1, 2},
	{8, 48, 1, 2}, {8, 64, 1, 4}, {8, 80, 1, 4}, {8, 96, 1, 4}, {8, 120, 1, 6}, {8, 144, 1, 6}, {12, 64, 1, 4}, {12, 88, 1, 4},
	{16, 64, 1, 4}, {20, 36, 1, 2}, {20, 44, 1, 2}, {20, 64, 1, 4}, {22, 48, 1, 2}, {24, 48, 1, 2}, {24, 64, 1, 4},
	{26, 40, 1, 2}, {26, 48, 1, 2}, {26, 64, 1, 4},
}

// readDataMatrix looks for the solid border of Data Matrix symbols: the L is
// connected, so it is a blob whose hull has two straight, solid sides.
func (j *job) readDataMatrix(l *layer, b *bitmap) {
	for _, inverted := range [2]bool{false, true} {
		j.blobs.find(b, !inverted, 12, j.over)
		limit := 40
		if l.deep {
			limit = 120
		}
		for i := range j.blobs.list {
			o := &j.blobs.list[i]
			w, h := o.x1-o.x0, o.y1-o.y0
			box := w * h
			long := int32(6)
			if l.deep {
				long = 20
			}
			if int(w) > b.w*19/20 && int(h) > b.h*19/20 || o.size*12 < box || o.size*5 > box*4 || w > long*h || h > long*w {
				continue
			}
			if limit == 0 || j.over() || j.full() {
				return
			}
			if j.covered(l, Point{float64(o.x0+o.x1) / 2, float64(o.y0+o.y1) / 2}) {
				continue
			}
			limit--
			j.tryBlob(l, b, o, inverted)
		}
	}
}

func (j *job) tryBlob(l *layer, b *bitmap, o *blob, inverted bool) bool {
	size := math.Hypot(float64(o.x1-o.x0), float64(o.y1-o.y0))
	short := math.Min(float64(o.x1-o.x0), float64(o.y1-o.y0))
	var back [16]Point
	p := j.blobs.simplify(j.blobs.hull(o), math.Max(1.3, math.Min(size*0.022, short*0.08)), back[:0])
	n := len(p)
	if n < 3 {
		return false
	}
	var solid [len(back)]bool
	for i := range p {
		a, c := p[i], p[(i+1)%n]
		d := c.minus(a)
		if d.norm() < math.Min(size*0.18, short*0.7) {
			continue
		}
		// just inside: the hull runs clockwise, so inside is to the right of d
		in := Point{-d.Y, d.X}.times(1 / d.norm())
		dark, all := 0, 0
		for k := 2; k <= 38; k++ {
			q := a.mix(c, float64(k)/40).plus(in.times(math.Max(1.2, math.Min(size*0.014, short*0.05))))
			x, y := int(q.X), int(q.Y)
			if x < 0 || y < 0 || x >= b.w || y >= b.h {
				continue
			}
			all++
			if b.dark(x, y) != inverted {
				dark++
			}
		}
		solid[i] = all > 20 && dark*10 >= all*9
	}
	for i := range p {
		k := (i + 1) % n
		if !solid[i] || !solid[k] {
			continue
		}
		// clockwise: side i runs into the corner, side k leaves it
		e, c, s := p[i], p[k], p[(k+1)%n]
		u, v := e.minus(c), s.minus(c)
		cos := math.Abs(u.dot(v)) / (u.norm() * v.norm())
		ratio := u.norm() / v.norm()
		if cos > 0.7 || ratio > 20 || ratio < 0.05 {
			continue
		}
		// clockwise on the screen, bottom side comes first, then the left one
		if j.tryL(l, b, c, s, e, inverted) {
			return true
		}
		if j.over() {
			return false
		}
	}
	return false
}

// tryL reads the symbol whose solid sides run from corner up to top and from
// corner along to right.
func (j *job) tryL(l *layer, b *bitmap, corner, top, right Point, inverted bool) bool {
	type option struct {
		s     dmSize
		q     quad
		score float64
	}
	var opts [3]option // the best, in order
	up, along := top.minus(corner), right.minus(corner)
	aspect := along.norm() / up.norm()
	across, down := manyModules, manyModules
	if !l.deep {
		if !b.quiet(corner, right, up, inverted) || !b.quiet(corner, top, along, inverted) {
			return false
		}
		across, down = b.modules(corner, along, up), b.modules(corner, up, along)
	}
	for _, s := range dmSizes {
		a := aspect / (float64(s.cols) / float64(s.rows))
		if a > 1.6 || a < 0.62 || up.norm() < 1.2*float64(s.rows) && along.norm() < 1.2*float64(s.cols) ||
			!across.may(s.cols) || !down.may(s.rows) {
			continue
		}
		best := option{s: s, score: -1}
		for x := -2; x <= 2; x++ {
			for y := -2; y <= 2; y++ {
				d := top.plus(along).plus(along.times(0.05 * float64(x))).plus(up.times(0.05 * float64(y)))
				q := quad{top, d, right, corner}
				if !q.convex() || q.area() <= 0 {
					continue
				}
				if t := dmTiming(&l.p, q, s, inverted) - 0.01*float64(x*x+y*y); t > best.score {
					best.score, best.q = t, q
				}
			}
		}
		if best.score <= 0.3 {
			continue
		}
		for i := range opts {
			if best.score > opts[i].score {
				opts[i], best = best, opts[i]
			}
		}
	}
	for _, o := range opts {
		if o.score == 0 || j.over() {
			break
		}
		if j.decodeDM(l, o.s, o.q, inverted) {
			return true
		}
	}
	return false
}

// modules is how many modules a side of a symbol may have.
type modules struct{ least, most int }

var manyModules = modules{0, math.MaxInt}

func (m modules) may(n int) bool { return n >= m.least && n <= m.most }

// modules estimates how many modules lie along a side, from the changes of colour
// on some lines beside it: one for every two modules of data, or thereabouts, and
// never more than there are modules. What has next to none is no symbol, but a
// panel, a letter, a stripe.
func (b *bitmap) modules(corner, side, other Point) modules {
	const lines = 5
	sum, most := 0, 0
	for i := range lines {
		from := corner.plus(other.times((float64(i) + 1) / (lines + 1)))
		n := b.changes(from, from.plus(side.times(0.97)))
		sum, most = sum+n, max(most, n)
	}
	if sum < 2*lines {
		return modules{math.MaxInt, 0}
	}
	return modules{most * 8 / 10, 6 + 7*sum/(2*lines)}
}

// quiet says whether it is light just beyond a solid side, away from inside.
func (b *bitmap) quiet(from, to, inside Point, inverted bool) bool {
	out := inside.times(-2.5 / inside.norm())
	light := 0
	const spots = 20
	for i := range spots {
		p := from.mix(to, (float64(i)+0.5)/spots).plus(out)
		if x, y := int(math.Floor(p.X)), int(math.Floor(p.Y)); x >= 0 && y >= 0 && x < b.w && y < b.h && b.dark(x, y) == inverted {
			light++
		}
	}
	return light*10 >= 7*spots
}

// changes counts the changes of colour between two places.
func (b *bitmap) changes(from, to Point) int {
	d := to.minus(from)
	steps := int(math.Max(math.Abs(d.X), math.Abs(d.Y)))
	if steps < 1 || steps > 2*(b.w+b.h) {
		return 0
	}
	const one = 1 << 16
	x, y := int(from.X*one), int(from.Y*one)
	dx, dy := int(d.X/float64(steps)*one), int(d.Y/float64(steps)*one)
	n := 0
	var last, known bool
	for range steps {
		if px, py := x>>16, y>>16; px >= 0 && py >= 0 && px < b.w && py < b.h {
			dark := b.dark(px, py)
			if known && dark != last {
				n++
			}
			last, known = dark, true
		}
		x, y = x+dx, y+dy
	}
	return n
}

// dmTiming correlates the two broken sides with light and dark in turn, -1 to 1.
func dmTiming(p *plane, q quad, s dmSize, inverted bool) float64 {
	h := ofUnitSquare(q)
	total := 0.0
	for axis := range 2 {
		n := s.cols
		if axis == 1 {
			n = s.rows
		}
		var prev, sum, all float32
		for i := range n {
			at := (float64(i) + 0.5) / float64(n)
			u, v := at, 0.5/float64(s.rows)
			if axis == 1 {
				u, v = 1-0.5/float64(s.cols), at
			}
			pt := h.at(u, v)
			cur := p.at(pt.X, pt.Y)
			if i > 0 {
				d := cur - prev
				// along the top even modules are dark, down the right odd ones
				if (i&1 == 0) != (axis == 1) {
					d = -d
				}
				sum += d
				if d < 0 {
					d = -d
				}
				all += d
			}
			prev = cur
		}
		if inverted {
			sum = -sum
		}
		if all == 0 {
			return -1
		}
		// the contrast counts too: a smooth line correlates by chance
		total += float64(sum/(all+3*float32(n))) / 2
	}
	return total
}

func (g *grid) dmKnown(s dmSize, dark int8) {
	hh, ww := s.rows/s.down, s.cols/s.across
	for r := range s.rows {
		for c := range s.cols {
			y, x := r%hh, c%ww
			k := int8(0)
			switch {
			case x == 0 || y == hh-1:
				k = 1
			case y == 0:
				k = int8(1 - 2*(x&1))
			case x == ww-1:
				k = int8(2*(y&1) - 1)
			}
			g.known[r*s.cols+c] = k * dark
		}
	}
}

func (j *job) decodeDM(l *layer, s dmSize, q quad, inverted bool) bool {
	g := &j.grid
	g.size(s.cols, s.rows)
	dark := int8(1)
	if inverted {
		dark = -1
	}
	g.dmKnown(s, dark)
	g.sample(&l.p, q, false)
	g.levels()
	// the solid sides alone make half of what is known
	if a := g.agreement(); a < 0.6 || a < 0.7 && !l.deep {
		return false
	}
	q = g.refine(&l.p, q, 0.5, j.over)
	for _, nine := range [2]bool{true, false} {
		g.sample(&l.p, q, nine)
		g.levels()
		if g.agreement() < 0.8 {
			return false
		}
		for _, k := range spreads {
			var res *common.DecoderResult
			if !j.guard(func() bool {
				bm, err := gozxing.ParseBoolMapToBitMatrix(g.dark(k, inverted))
				if err != nil {
					return false
				}
				res, err = j.dm.Decode(bm)
				return err == nil && strings.Trim(res.GetText(), gs) != ""
			}) {
				if j.over() {
					return false
				}
				continue
			}
			text, aim := dataMatrixSaid(res)
			j.add(l, Symbol{Text: text, Raw: []byte(text), Format: DataMatrix, AIM: aim, Corners: q, Votes: 1, Inverted: inverted})
			return true
		}
	}
	return false
}
