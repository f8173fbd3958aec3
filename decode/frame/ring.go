package frame

import "math"

const rays = 48

// ringFitter finds the outline of concentric squares, seen in any perspective,
// from rays that leave their middle.
type ringFitter struct {
	ef   edgeFinder
	line []float32
	pts  []Point
}

// fit returns the corners of the square at whose rim the n-th change of colour
// lies, for a middle of the colour dark. radius is that rim's distance in
// modules, m the module in pixels as seen along a scan line.
func (f *ringFitter) fit(p *plane, c Point, m float64, n int, radius float64) (quad, bool) {
	lo, hi := p.extremes(c, 2.5*m)
	if hi-lo < 6 {
		return quad{}, false
	}
	step := math.Max(0.3, math.Min(1, m/5))
	length := int((radius + 0.9) * m * 1.75 / step)
	f.pts = f.pts[:0]
	for k := range rays {
		dy, dx := math.Sincos(2 * math.Pi * (float64(k) + 0.5) / rays)
		f.line = f.line[:0]
		for i := range length {
			t := float64(i) * step
			x, y := c.X+dx*t, c.Y+dy*t
			if !p.inside(x, y) {
				break
			}
			f.line = append(f.line, p.at(x, y))
		}
		f.ef.find(f.line, 0.3, (hi-lo)*0.22)
		if len(f.ef.pos) < n {
			continue
		}
		t := float64(f.ef.pos[n-1]) * step
		if t < radius*m*0.3 {
			continue
		}
		f.pts = append(f.pts, Point{c.X + dx*t, c.Y + dy*t})
	}
	if len(f.pts) < rays*6/10 {
		return quad{}, false
	}
	return squareThrough(f.pts, c)
}

// squareThrough fits the four sides of a square in perspective to points of
// its outline.
func squareThrough(pts []Point, c Point) (quad, bool) {
	// make the cloud round, then find the four-fold direction of its corners
	var xx, xy, yy float64
	for _, p := range pts {
		d := p.minus(c)
		xx, xy, yy = xx+d.X*d.X, xy+d.X*d.Y, yy+d.Y*d.Y
	}
	det := xx*yy - xy*xy
	if det <= 1e-6*xx*yy {
		return quad{}, false
	}
	// inverse square root of the covariance by its Cholesky factor
	a := math.Sqrt(xx)
	b := xy / a
	d := math.Sqrt(yy - b*b)
	round := func(p Point) Point {
		p = p.minus(c)
		u := p.X / a
		return Point{u, (p.Y - b*u) / d}
	}
	var cs, sn float64
	for _, p := range pts {
		w := round(p)
		t, r := 4*math.Atan2(w.Y, w.X), w.norm()
		cs, sn = cs+r*math.Cos(t), sn+r*math.Sin(t)
	}
	t0 := math.Atan2(sn, cs) / 4
	var q quad
	for i := range q {
		sin, cos := math.Sincos(t0 + float64(i)*math.Pi/2)
		q[i] = c.plus(Point{a * cos, b*cos + d*sin})
	}
	if q.area() < 0 {
		q[1], q[3] = q[3], q[1]
	}
	for range 3 {
		var sides [4]struct{ at, dir Point }
		for i := range q {
			u, v := q[i].minus(c), q[(i+1)%4].minus(c)
			var in []Point
			var back [rays]Point
			in = back[:0]
			for _, p := range pts {
				w := p.minus(c)
				s, e := u.cross(w), w.cross(v)
				if s > 0 && e > 0 && u.cross(v) > 0 && s > 0.14*(s+e) && e > 0.14*(s+e) {
					in = append(in, p)
				}
			}
			at, dir, ok := lineThrough(in)
			if !ok {
				return quad{}, false
			}
			sides[i].at, sides[i].dir = at, dir
		}
		var n quad
		for i := range n {
			l, k := sides[(i+3)%4], sides[i]
			p, ok := meet(l.at, l.dir, k.at, k.dir)
			if !ok {
				return quad{}, false
			}
			n[i] = p
		}
		q = n
	}
	return q, q.convex() && q.area() > 0
}

// lineThrough is the line of least squares, found again without the quarter of
// the points that lie worst.
func lineThrough(pts []Point) (at, dir Point, ok bool) {
	if len(pts) < 3 {
		return at, dir, false
	}
	keep := pts
	for pass := range 2 {
		at = Point{}
		for _, p := range keep {
			at = at.plus(p.times(1 / float64(len(keep))))
		}
		var xx, xy, yy float64
		for _, p := range keep {
			d := p.minus(at)
			xx, xy, yy = xx+d.X*d.X, xy+d.X*d.Y, yy+d.Y*d.Y
		}
		t := math.Atan2(2*xy, xx-yy) / 2
		dir = Point{math.Cos(t), math.Sin(t)}
		if pass == 1 || len(pts) < 5 {
			break
		}
		for range len(pts) / 4 {
			worst, far := 0, -1.0
			for i, p := range keep {
				if e := math.Abs(p.minus(at).cross(dir)); e > far {
					worst, far = i, e
				}
			}
			last := len(keep) - 1
			keep[worst] = keep[last]
			keep = keep[:last]
		}
	}
	return at, dir, true
}
