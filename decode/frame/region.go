package frame

import (
	"math"
	"slices"
)

// area is a region of print: where the gradient is strong, with its dominant
// direction from the structure tensor.
type area struct {
	c      Point   // middle
	d      Point   // unit vector along the dominant gradient: across the bars
	axis   Point   // unit vector along the code: d, unless perspective slants it
	length float64 // extent along d, pixels
	width  float64 // extent across d, pixels
	coher  float64 // 0: no direction, 1: one direction only
	cells  int
	energy float64
}

func (a *area) corners(grow float64) quad {
	n := Point{-a.d.Y, a.d.X}
	u, v := a.axis.times(a.length/2+grow), n.times(a.width/2+grow)
	return quad{a.c.minus(u).minus(v), a.c.plus(u).minus(v), a.c.plus(u).plus(v), a.c.minus(u).plus(v)}
}

// areas finds the regions of a plane.
type areas struct {
	cols, rows int
	xx, xy, yy []int32   // tensor of each cell
	energy     []float32 // of the cell and its neighbours
	cx, cy     []float32 // direction as a doubled angle, length = coherence
	sorted     []float32
	label      []int32
	queue      []int32
	part       []int32
	bins       []float32
	lines      []area // one direction: linear codes
	print      []area // any print: matrix codes, PDF417
}

const cell = 8 // pixels

// find looks for cells whose gradient stands out from the quiet quarter of the
// frame and is at least the share rim of the strongest: a lone edge, as the
// border of a panel is, would otherwise tie what lies beside it together.
func (a *areas) find(p *plane, rim float32, over func() bool) {
	a.cols, a.rows = p.w/cell, p.h/cell
	n := a.cols * a.rows
	a.lines, a.print = a.lines[:0], a.print[:0]
	if n == 0 {
		return
	}
	a.xx, a.xy, a.yy = grow(a.xx, n), grow(a.xy, n), grow(a.yy, n)
	a.energy, a.cx, a.cy = grow(a.energy, n), grow(a.cx, n), grow(a.cy, n)
	a.tensor(p, over)
	if over() {
		return
	}
	a.smooth()
	if over() {
		return
	}
	a.sorted = append(a.sorted[:0], a.energy...)
	quiet, loud, top := quantile(a.sorted, 0.25), quantile(a.sorted, 0.95), quantile(a.sorted, 0.98)
	floor := max(min(2.4*quiet, 0.6*loud)+14, rim*top)
	a.label = grow(a.label, n)
	clear(a.label)
	a.components(floor, true)
	if over() {
		return
	}
	clear(a.label)
	a.components(floor, false)
	for _, l := range []*[]area{&a.lines, &a.print} {
		slices.SortFunc(*l, func(x, y area) int {
			if x.energy > y.energy {
				return -1
			}
			return 1
		})
	}
}

// quantile reorders v.
func quantile(v []float32, f float64) float32 {
	k := int(f * float64(len(v)-1))
	lo, hi := 0, len(v)-1
	for lo < hi {
		pivot := v[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		if k <= j {
			hi = j
		} else if k >= i {
			lo = i
		} else {
			break
		}
	}
	return v[k]
}

// tensor sums the products of the gradient over the cells, every other pixel of
// every other row.
func (a *areas) tensor(p *plane, over func() bool) {
	for r := range a.rows {
		if r&15 == 15 && over() {
			return
		}
		clear(a.xx[r*a.cols : (r+1)*a.cols])
		clear(a.xy[r*a.cols : (r+1)*a.cols])
		clear(a.yy[r*a.cols : (r+1)*a.cols])
		for y := max(1, r*cell); y < min(p.h-1, (r+1)*cell); y += 2 {
			up, mid, down := p.px[(y-1)*p.stride:][:p.w], p.px[y*p.stride:][:p.w], p.px[(y+1)*p.stride:][:p.w]
			for c := range a.cols {
				var xx, xy, yy int32
				x0 := max(1, c*cell)
				for x := x0; x < min(p.w-1, (c+1)*cell); x += 2 {
					gx := int32(mid[x+1]) - int32(mid[x-1])
					gy := int32(down[x]) - int32(up[x])
					xx, xy, yy = xx+gx*gx, xy+gx*gy, yy+gy*gy
				}
				i := r*a.cols + c
				a.xx[i], a.xy[i], a.yy[i] = a.xx[i]+xx, a.xy[i]+xy, a.yy[i]+yy
			}
		}
	}
}

func (a *areas) smooth() {
	for r := range a.rows {
		for c := range a.cols {
			var xx, xy, yy int64
			n := 0
			for y := max(0, r-1); y <= min(a.rows-1, r+1); y++ {
				for x := max(0, c-1); x <= min(a.cols-1, c+1); x++ {
					i := y*a.cols + x
					xx, xy, yy, n = xx+int64(a.xx[i]), xy+int64(a.xy[i]), yy+int64(a.yy[i]), n+1
				}
			}
			i := r*a.cols + c
			a.energy[i] = float32(xx+yy) / float32(n*cell*cell/4)
			s := float32(xx + yy)
			if s == 0 {
				s = 1
			}
			a.cx[i], a.cy[i] = float32(xx-yy)/s, 2*float32(xy)/s
		}
	}
}

func (a *areas) components(floor float32, oneWay bool) {
	next := int32(1)
	const coherent = 0.5 * 0.5
	takes := func(i int32) bool {
		return a.label[i] == 0 && a.energy[i] >= floor && (!oneWay || a.cx[i]*a.cx[i]+a.cy[i]*a.cy[i] > coherent)
	}
	for i := range a.label {
		if !takes(int32(i)) {
			continue
		}
		a.queue = append(a.queue[:0], int32(i))
		a.label[i] = next
		for k := 0; k < len(a.queue); k++ {
			at := a.queue[k]
			x, y := int(at)%a.cols, int(at)/a.cols
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					nx, ny := x+dx, y+dy
					if nx < 0 || ny < 0 || nx >= a.cols || ny >= a.rows {
						continue
					}
					o := int32(ny*a.cols + nx)
					if !takes(o) {
						continue
					}
					if oneWay && a.cx[at]*a.cx[o]+a.cy[at]*a.cy[o] < 0.75*
						float32(math.Sqrt(float64((a.cx[at]*a.cx[at]+a.cy[at]*a.cy[at])*(a.cx[o]*a.cx[o]+a.cy[o]*a.cy[o])))) {
						continue
					}
					a.label[o] = next
					a.queue = append(a.queue, o)
				}
			}
		}
		next++
		if len(a.queue) >= 4 {
			a.measure(oneWay)
		}
	}
}

// measure makes regions of the cells in the queue.
//
// The bars of a code and the long edges of the screen beside it often hang
// together. Seen along the bars, though, most of the gradient lies where the code
// is: a region of one direction is cut into the stretches that hold at least a
// third of what the strongest holds.
func (a *areas) measure(oneWay bool) {
	whole, ok := a.sum(a.queue, 0)
	if !ok {
		return
	}
	if !oneWay {
		a.print = append(a.print, whole)
		return
	}
	n := Point{-whole.d.Y, whole.d.X}
	slant := a.slant(a.queue, whole.d)
	across := func(i int32) float64 {
		p := a.centre(i)
		return p.dot(n) - slant*p.dot(whole.d)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, i := range a.queue {
		v := across(i)
		low, high = min(low, v), max(high, v)
	}
	a.bins = grow(a.bins, int((high-low)/cell)+1)
	clear(a.bins)
	top := float32(0)
	for _, i := range a.queue {
		b := int((across(i) - low) / cell)
		a.bins[b] += a.energy[i]
		top = max(top, a.bins[b])
	}
	for from := 0; from < len(a.bins); {
		if a.bins[from] < 0.35*top {
			from++
			continue
		}
		to := from
		for to < len(a.bins) && a.bins[to] >= 0.35*top {
			to++
		}
		a.part = a.part[:0]
		for _, i := range a.queue {
			if b := int((across(i) - low) / cell); b >= from && b < to {
				a.part = append(a.part, i)
			}
		}
		if len(a.part) >= 4 {
			if r, ok := a.sum(a.part, a.slant(a.part, whole.d)); ok {
				a.lines = append(a.lines, r)
			}
		}
		from = to
	}
}

// slant is the slope of the line of least squares through the strong cells:
// how far the code runs off to the side while it runs along d.
func (a *areas) slant(cells []int32, d Point) float64 {
	n := Point{-d.Y, d.X}
	top := float32(0)
	for _, i := range cells {
		top = max(top, a.energy[i])
	}
	slope, shift := 0.0, 0.0
	for pass := range 3 {
		var w, u, v, uu, uv float64
		for _, i := range cells {
			if a.energy[i] < 0.25*top {
				continue
			}
			p := a.centre(i)
			x, y := p.dot(d), p.dot(n)
			e := float64(a.energy[i])
			if pass > 0 && math.Abs(y-slope*x-shift) > 120/float64(pass) {
				continue
			}
			w, u, v, uu, uv = w+e, u+e*x, v+e*y, uu+e*x*x, uv+e*x*y
		}
		den := uu*w - u*u
		if w == 0 || den < 1e-6*uu*w {
			return 0
		}
		slope = (uv*w - u*v) / den
		shift = (v - slope*u) / w
	}
	if slope > 0.8 || slope < -0.8 || slope < 0.03 && slope > -0.03 {
		return 0
	}
	return slope
}

func (a *areas) centre(i int32) Point {
	return Point{float64(int(i)%a.cols)*cell + cell/2, float64(int(i)/a.cols)*cell + cell/2}
}

// sum is the region that some cells make, slanted so.
func (a *areas) sum(cells []int32, slant float64) (area, bool) {
	var xx, xy, yy, e float64
	for _, i := range cells {
		xx, xy, yy = xx+float64(a.xx[i]), xy+float64(a.xy[i]), yy+float64(a.yy[i])
		e += float64(a.energy[i])
	}
	if xx+yy == 0 {
		return area{}, false
	}
	t := math.Atan2(2*xy, xx-yy) / 2
	r := area{cells: len(cells), energy: e, d: Point{math.Cos(t), math.Sin(t)}}
	r.coher = math.Hypot(xx-yy, 2*xy) / (xx + yy)
	n := Point{-r.d.Y, r.d.X}
	lo, hi := Point{1e9, 1e9}, Point{-1e9, -1e9}
	for _, i := range cells {
		p := a.centre(i)
		u := p.dot(r.d)
		v := p.dot(n) - slant*u
		lo.X, lo.Y, hi.X, hi.Y = min(lo.X, u), min(lo.Y, v), max(hi.X, u), max(hi.Y, v)
	}
	long := math.Hypot(1, slant)
	r.axis = r.d.plus(n.times(slant)).times(1 / long)
	r.length, r.width = (hi.X-lo.X+cell)*long, hi.Y-lo.Y+cell
	mid := (lo.X + hi.X) / 2
	r.c = r.d.times(mid).plus(n.times((lo.Y+hi.Y)/2 + slant*mid))
	return r, true
}
