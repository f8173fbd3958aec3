package frame

import "math"

// grid samples the modules of a matrix symbol whose corners are known, and
// moves the corners until the modules come out as black and white as can be.
//
// It is the step that makes perspective, a wrong guess at one corner and a
// slight bend harmless: whatever a detector got nearly right, the contrast of
// the modules themselves puts right.
type grid struct {
	cols, rows int
	v          []float32 // grey of each module
	thr        []float32 // what separates dark from light there
	tmp        []float32
	sharp      []float32
	known      []int8 // 1 dark, -1 light, 0 not known
	bits       [][]bool
	back       []bool
	x, y, z    []float32 // of restore
}

func (g *grid) size(cols, rows int) {
	g.cols, g.rows = cols, rows
	n := cols * rows
	g.v, g.thr, g.tmp, g.sharp = grow(g.v, n), grow(g.thr, n), grow(g.tmp, n), grow(g.sharp, n)
	g.known = grow(g.known, n)
	clear(g.known)
}

// sample reads the modules: one point in the middle of each, or nine.
func (g *grid) sample(p *plane, q quad, nine bool) {
	h := ofUnitSquare(q)
	du, dv := 1/float64(g.cols), 1/float64(g.rows)
	i := 0
	for r := range g.rows {
		for c := range g.cols {
			u, v := (float64(c)+0.5)*du, (float64(r)+0.5)*dv
			if !nine {
				s := h.at(u, v)
				g.v[i] = p.at(s.X, s.Y)
			} else {
				var sum float32
				for k := range 9 {
					s := h.at(u+float64(k%3-1)*0.27*du, v+float64(k/3-1)*0.27*dv)
					sum += p.at(s.X, s.Y)
				}
				g.v[i] = sum / 9
			}
			i++
		}
	}
}

// levels sets the threshold of each module half-way between the darkest and the
// brightest within three modules, or of all where these are too near.
func (g *grid) levels() {
	lo, hi := float32(255), float32(0)
	for _, x := range g.v {
		lo, hi = min(lo, x), max(hi, x)
	}
	mid, span := (lo+hi)/2, (hi-lo)*0.3
	const reach = 3
	// rows first into tmp (low) and sharp (high), then columns
	for r := range g.rows {
		row := g.v[r*g.cols:][:g.cols]
		for c := range row {
			l, h := row[c], row[c]
			for _, x := range row[max(0, c-reach):min(g.cols, c+reach+1)] {
				l, h = min(l, x), max(h, x)
			}
			g.tmp[r*g.cols+c], g.sharp[r*g.cols+c] = l, h
		}
	}
	for r := range g.rows {
		for c := range g.cols {
			l, h := float32(255), float32(0)
			for k := max(0, r-reach); k <= min(g.rows-1, r+reach); k++ {
				l, h = min(l, g.tmp[k*g.cols+c]), max(h, g.sharp[k*g.cols+c])
			}
			t := mid
			if h-l > span {
				t = (l + h) / 2
			}
			g.thr[r*g.cols+c] = t
		}
	}
}

// score says how far the modules under these corners lie from their thresholds,
// those that are known on their own side.
func (g *grid) score(p *plane, q quad, stride int) float64 {
	h := ofUnitSquare(q)
	du, dv := 1/float64(g.cols), 1/float64(g.rows)
	var s float32
	for r := range g.rows {
		v := (float64(r) + 0.5) * dv
		nx, ny, nd := h[1]*v+h[2], h[4]*v+h[5], h[7]*v+h[8]
		first := 0
		if stride > 1 {
			first = r % stride
		}
		for c := range g.cols {
			i := r*g.cols + c
			k := g.known[i]
			if k == 0 && stride > 1 && (c+first)%stride != 0 {
				continue
			}
			u := (float64(c) + 0.5) * du
			d := 1 / (h[6]*u + nd)
			e := g.thr[i] - p.at((h[0]*u+nx)*d, (h[3]*u+ny)*d)
			switch {
			case k != 0:
				s += 2 * float32(k) * e
			case e < 0:
				s -= e
			default:
				s += e
			}
		}
	}
	return float64(s)
}

// refine moves the corners, one coordinate at a time and in steps that shrink
// from the given number of modules, while the score rises.
func (g *grid) refine(p *plane, q quad, first float64, over func() bool) quad {
	module := math.Sqrt(math.Abs(q.area()) / float64(g.cols*g.rows))
	stride := 1 + g.cols*g.rows/1200
	best := g.score(p, q, stride)
	for step := first; step > 0.04; step /= 2 {
		for range 3 {
			moved := false
			for k := range 8 {
				for _, dir := range [2]float64{1, -1} {
					n := q
					if k&1 == 0 {
						n[k>>1].X += dir * step * module
					} else {
						n[k>>1].Y += dir * step * module
					}
					if s := g.score(p, n, stride); s > best {
						q, best, moved = n, s, true
						break
					}
				}
			}
			if !moved || over() {
				break
			}
		}
	}
	return q
}

// agreement is the share of known modules, selected by want, that are on the
// right side of their threshold.
func (g *grid) agreement() float64 {
	n, ok := 0, 0
	for i, k := range g.known {
		if k != 0 {
			n++
			if (g.v[i] < g.thr[i]) == (k > 0) {
				ok++
			}
		}
	}
	if n == 0 {
		return 0
	}
	return float64(ok) / float64(n)
}

// spread is how much of a module's light has gone to its neighbours: beside it
// in the row, in the column and on the two diagonals.
type spread struct{ row, col, down, up float32 }

// spreads are the blurs that are undone in turn: none, lens out of focus a
// little, more and much, and motion along the rows, the columns and diagonals.
var spreads = []spread{
	{},
	{0.06, 0.06, 0.01, 0.01},
	{0.1, 0.1, 0.025, 0.025},
	{0.12, 0.12, 0.045, 0.045},
	{0.19, 0.03, 0, 0},
	{0.03, 0.19, 0, 0},
	{0.03, 0.03, 0.17, 0},
	{0.03, 0.03, 0, 0.17},
}

// few is how many of the spreads are tried when there is no time for all.
const few = 4

// dark says which modules are dark once the blur is undone. The result is good
// until the next call.
//
// Undoing a blur by its inverse blows up the noise. Here light is moved back in
// small steps while no module may get brighter than white or darker than black,
// which are known from the larger areas of the symbol and keep the noise down.
func (g *grid) dark(k spread, inverted bool) [][]bool {
	v := g.v
	if k != (spread{}) {
		v = g.restore(k, inverted)
	}
	g.back, g.bits = grow(g.back, len(v)), grow(g.bits, g.rows)
	for r := range g.rows {
		g.bits[r] = g.back[r*g.cols : (r+1)*g.cols]
		for c := range g.cols {
			i := r*g.cols + c
			g.bits[r][c] = (v[i] < g.thr[i]) != inverted
		}
	}
	return g.bits
}

func (g *grid) restore(k spread, inverted bool) []float32 {
	w, h := g.cols+2, g.rows+2 // with a rim of quiet zone
	n := w * h
	g.y, g.x, g.z = grow(g.y, n), grow(g.x, n), grow(g.z, n)
	g.tmp = append(g.tmp[:0], g.v...)
	for i := range g.tmp {
		g.tmp[i] -= g.thr[i]
	}
	copy(g.sharp, g.tmp)
	lo, hi := quantile(g.sharp, 0.03), quantile(g.sharp, 0.97)
	quiet := hi
	if inverted {
		quiet = lo
	}
	for i := range g.y {
		g.y[i] = quiet
	}
	for r := range g.rows {
		copy(g.y[(r+1)*w+1:], g.tmp[r*g.cols:(r+1)*g.cols])
	}
	copy(g.x, g.y)
	copy(g.z, g.y)
	keep := 1 - 2*(k.row+k.col+k.down+k.up)
	for range 14 {
		for r := 1; r < h-1; r++ {
			for c := 1; c < w-1; c++ {
				i := r*w + c
				b := keep*g.x[i] + k.row*(g.x[i-1]+g.x[i+1]) + k.col*(g.x[i-w]+g.x[i+w]) +
					k.down*(g.x[i-w-1]+g.x[i+w+1]) + k.up*(g.x[i-w+1]+g.x[i+w-1])
				g.z[i] = min(hi, max(lo, g.x[i]+g.y[i]-b))
			}
		}
		g.x, g.z = g.z, g.x
	}
	for r := range g.rows {
		for c := range g.cols {
			i := r*g.cols + c
			g.sharp[i] = g.x[(r+1)*w+c+1] + g.thr[i]
		}
	}
	return g.sharp
}
