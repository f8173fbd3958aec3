package frame

import (
	"math"
	"slices"
)

// blob is a connected region of one colour.
type blob struct {
	x0, y0, x1, y1 int32 // bounding box, x1 and y1 outside
	size           int32 // pixels
	label          int32
}

type run struct{ y, x0, x1, label int32 }

// blobs labels connected runs of a bitmap.
type blobs struct {
	runs   []run
	rows   []int32 // first run of each row
	parent []int32
	row    []int32
	list   []blob
	byID   []int32
	left   []Point
	right  []Point
	keep   []bool
}

func (b *blobs) root(i int32) int32 {
	for b.parent[i] != i {
		b.parent[i] = b.parent[b.parent[i]]
		i = b.parent[i]
	}
	return i
}

// find labels the regions of one colour and lists those whose box is at least
// small pixels wide and high, the largest first.
func (b *blobs) find(bm *bitmap, dark bool, small int32, over func() bool) {
	b.runs, b.rows, b.parent, b.list = b.runs[:0], b.rows[:0], b.parent[:0], b.list[:0]
	prev := 0
	for y := range bm.h {
		if y&63 == 63 && over() {
			break
		}
		begin := len(b.runs)
		b.rows = append(b.rows, int32(begin))
		var first bool
		b.row, first = bm.edges(y, b.row[:0])
		i := 0
		x := int32(0)
		if first != dark {
			if len(b.row) == 0 {
				prev = begin
				continue
			}
			x, i = b.row[0], 1
		}
		k := prev
		for {
			end := int32(bm.w)
			if i < len(b.row) {
				end = b.row[i]
			}
			label := int32(-1)
			// all runs above that touch x-1 .. end
			for k < begin && b.runs[k].x1 < x {
				k++
			}
			for m := k; m < begin && b.runs[m].x0 <= end; m++ {
				r := b.root(b.runs[m].label)
				if label < 0 {
					label = r
				} else if r != label {
					lo, hi := min(r, label), max(r, label)
					b.parent[hi] = lo
					label = lo
				}
			}
			if label < 0 {
				label = int32(len(b.parent))
				b.parent = append(b.parent, label)
			}
			b.runs = append(b.runs, run{int32(y), x, end, label})
			i++
			if i >= len(b.row) {
				break
			}
			x = b.row[i]
			i++
		}
		prev = begin
	}
	b.rows = append(b.rows, int32(len(b.runs)))
	b.byID = grow(b.byID, len(b.parent))
	for i := range b.byID {
		b.byID[i] = -1
	}
	for i := range b.runs {
		if i&0xffff == 0xffff && over() {
			break
		}
		r := &b.runs[i]
		r.label = b.root(r.label)
		id := b.byID[r.label]
		if id < 0 {
			id = int32(len(b.list))
			b.byID[r.label] = id
			b.list = append(b.list, blob{r.x0, r.y, r.x1, r.y + 1, 0, r.label})
		}
		o := &b.list[id]
		o.x0, o.x1, o.y1 = min(o.x0, r.x0), max(o.x1, r.x1), r.y+1
		o.size += r.x1 - r.x0
	}
	b.list = slices.DeleteFunc(b.list, func(o blob) bool { return o.x1-o.x0 < small || o.y1-o.y0 < small })
	slices.SortFunc(b.list, func(p, q blob) int {
		return int((q.x1-q.x0)*(q.y1-q.y0)) - int((p.x1-p.x0)*(p.y1-p.y0))
	})
}

// hull is the convex hull of a blob, clockwise on the screen, good until the
// next call.
func (b *blobs) hull(o *blob) []Point {
	right, left := b.right[:0], b.left[:0]
	for y := o.y0; y < o.y1 && int(y)+1 < len(b.rows); y++ {
		lo, hi := int32(1<<30), int32(-1)
		for _, r := range b.runs[b.rows[y]:b.rows[y+1]] {
			if r.label == o.label {
				lo, hi = min(lo, r.x0), max(hi, r.x1)
			}
		}
		if hi < 0 {
			continue
		}
		for _, yy := range [2]float64{float64(y), float64(y) + 1} {
			left = turning(left, Point{float64(lo), yy}, -1)
			right = turning(right, Point{float64(hi), yy}, 1)
		}
	}
	for i := len(left) - 1; i >= 0; i-- {
		right = append(right, left[i])
	}
	b.right, b.left = right, left
	return right
}

// turning appends a point to a chain that turns one way only.
func turning(h []Point, p Point, sign float64) []Point {
	for len(h) >= 2 && sign*h[len(h)-1].minus(h[len(h)-2]).cross(p.minus(h[len(h)-1])) <= 0 {
		h = h[:len(h)-1]
	}
	return append(h, p)
}

// simplify appends to out the corners of a closed polygon, without those that lie
// within tolerance of the line between others. It gives nothing if there are more
// than out has room for.
func (b *blobs) simplify(h []Point, tolerance float64, out []Point) []Point {
	if len(h) < 4 {
		return append(out, h...)
	}
	// from the two points furthest apart
	from, to, far := 0, 0, -1.0
	for i := range h {
		for k := i + 1; k < len(h); k++ {
			if d := h[k].minus(h[i]); d.dot(d) > far {
				from, to, far = i, k, d.dot(d)
			}
		}
	}
	b.keep = grow(b.keep, len(h))
	clear(b.keep)
	b.keep[from], b.keep[to] = true, true
	b.split(h, from, to, tolerance)
	b.split(h, to, from+len(h), tolerance)
	for i := range h {
		if b.keep[i] {
			if len(out) == cap(out) {
				return nil
			}
			out = append(out, h[i])
		}
	}
	return out
}

// split keeps the corner between two that lies furthest from the line through
// them, and goes on with both parts.
func (b *blobs) split(h []Point, from, to int, tolerance float64) {
	n := len(h)
	d := h[to%n].minus(h[from%n])
	worst, at := tolerance*(d.norm()+1e-9), -1
	for m := from + 1; m < to; m++ {
		if e := math.Abs(h[m%n].minus(h[from%n]).cross(d)); e > worst {
			worst, at = e, m
		}
	}
	if at >= 0 {
		b.keep[at%n] = true
		b.split(h, from, at, tolerance)
		b.split(h, at, to, tolerance)
	}
}
