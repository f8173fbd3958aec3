package frame

import "math"

// Point is a place in a frame, in pixels, the origin at its top left corner.
type Point struct{ X, Y float64 }

func (p Point) plus(q Point) Point           { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) minus(q Point) Point          { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) times(f float64) Point        { return Point{p.X * f, p.Y * f} }
func (p Point) dot(q Point) float64          { return p.X*q.X + p.Y*q.Y }
func (p Point) cross(q Point) float64        { return p.X*q.Y - p.Y*q.X }
func (p Point) norm() float64                { return math.Hypot(p.X, p.Y) }
func (p Point) to(q Point) float64           { return q.minus(p).norm() }
func (p Point) mix(q Point, f float64) Point { return p.plus(q.minus(p).times(f)) }

// quad is four corners in order round the shape.
type quad [4]Point

func (q quad) centre() Point {
	return q[0].plus(q[1]).plus(q[2]).plus(q[3]).times(0.25)
}

// crossing is where the diagonals meet: the image of a square's middle.
func (q quad) crossing() Point {
	if p, ok := meet(q[0], q[2].minus(q[0]), q[1], q[3].minus(q[1])); ok {
		return p
	}
	return q.centre()
}

// area is positive when the corners run clockwise on the screen.
func (q quad) area() float64 {
	return (q[2].minus(q[0]).cross(q[3].minus(q[1]))) / 2
}

// convex says whether no corner points inwards and none is nearly flat.
func (q quad) convex() bool {
	sign := 0.0
	for i := range q {
		a, b := q[(i+1)%4].minus(q[i]), q[(i+2)%4].minus(q[(i+1)%4])
		c := a.cross(b) / (a.norm()*b.norm() + 1e-9)
		if math.Abs(c) < 0.15 || math.IsNaN(c) || c*sign < 0 {
			return false
		}
		sign = c
	}
	return true
}

// meet is where two lines cross, each given by a point and a direction.
func meet(p, d, q, e Point) (Point, bool) {
	c := d.cross(e)
	if math.Abs(c) < 1e-9*(d.norm()*e.norm()+1e-12) || c == 0 {
		return Point{}, false
	}
	return p.plus(d.times(q.minus(p).cross(e) / c)), true
}

// projection maps a plane onto another, row by row of its 3 x 3 matrix.
type projection [9]float64

func (h *projection) at(x, y float64) Point {
	d := h[6]*x + h[7]*y + h[8]
	return Point{(h[0]*x + h[1]*y + h[2]) / d, (h[3]*x + h[4]*y + h[5]) / d}
}

// ofUnitSquare maps (0,0) (1,0) (1,1) (0,1) onto the corners of q.
func ofUnitSquare(q quad) projection {
	s := q[0].minus(q[1]).plus(q[2]).minus(q[3])
	a, b := q[1].minus(q[2]), q[3].minus(q[2])
	det := a.cross(b)
	if det == 0 {
		det = 1e-12
	}
	g, h := s.cross(b)/det, a.cross(s)/det
	return projection{
		q[1].X - q[0].X + g*q[1].X, q[3].X - q[0].X + h*q[3].X, q[0].X,
		q[1].Y - q[0].Y + g*q[1].Y, q[3].Y - q[0].Y + h*q[3].Y, q[0].Y,
		g, h, 1,
	}
}

// fitProjection is the projection that takes from[i] nearest to to[i] (least
// squares of the algebraic error; at least four points).
func fitProjection(from, to []Point) (projection, bool) {
	var m [8][9]float64
	add := func(row [8]float64, v float64) {
		for i := range 8 {
			for j := range 8 {
				m[i][j] += row[i] * row[j]
			}
			m[i][8] += row[i] * v
		}
	}
	// coordinates near one keep the equations well conditioned
	var c Point
	for _, p := range to {
		c = c.plus(p.times(1 / float64(len(to))))
	}
	var s float64
	for _, p := range to {
		s += p.to(c) / float64(len(to))
	}
	if s == 0 {
		return projection{}, false
	}
	var fc Point
	for _, p := range from {
		fc = fc.plus(p.times(1 / float64(len(from))))
	}
	var fs float64
	for _, p := range from {
		fs += p.to(fc) / float64(len(from))
	}
	for i, p := range from {
		p = p.minus(fc).times(1 / fs)
		q := to[i].minus(c).times(1 / s)
		add([8]float64{p.X, p.Y, 1, 0, 0, 0, -p.X * q.X, -p.Y * q.X}, q.X)
		add([8]float64{0, 0, 0, p.X, p.Y, 1, -p.X * q.Y, -p.Y * q.Y}, q.Y)
	}
	for i := range 8 {
		best := i
		for r := i + 1; r < 8; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[best][i]) {
				best = r
			}
		}
		m[i], m[best] = m[best], m[i]
		if math.Abs(m[i][i]) < 1e-10 {
			return projection{}, false
		}
		for r := range 8 {
			if r == i {
				continue
			}
			f := m[r][i] / m[i][i]
			for k := i; k < 9; k++ {
				m[r][k] -= f * m[i][k]
			}
		}
	}
	var h projection
	for i := range 8 {
		h[i] = m[i][8] / m[i][i]
	}
	h[8] = 1
	// undo both scalings: T(to) * h * S(from)
	for r := range 3 {
		a, b := h[3*r]/fs, h[3*r+1]/fs
		h[3*r], h[3*r+1], h[3*r+2] = a, b, h[3*r+2]-a*fc.X-b*fc.Y
	}
	for k := range 3 {
		w := h[6+k]
		h[k], h[3+k] = h[k]*s+c.X*w, h[3+k]*s+c.Y*w
	}
	return h, true
}
