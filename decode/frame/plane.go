package frame

import "math"

// plane is a grey picture.
type plane struct {
	w, h, stride int
	px           []byte
}

func (p *plane) inside(x, y float64) bool {
	return x >= 0 && y >= 0 && x <= float64(p.w-1) && y <= float64(p.h-1)
}

// at is the grey level between pixels, pixel (0,0) covering 0 to 1 both ways;
// beyond the rim it is the rim's.
func (p *plane) at(x, y float64) float32 {
	x, y = x-0.5, y-0.5
	if x >= 0 && y >= 0 && x < float64(p.w-1) && y < float64(p.h-1) {
		i, j := int(x), int(y)
		a, b := float32(x-float64(i)), float32(y-float64(j))
		k := j*p.stride + i
		u, v := p.px[k:k+2], p.px[k+p.stride:k+p.stride+2]
		top := float32(u[0]) + float32(int(u[1])-int(u[0]))*a
		low := float32(v[0]) + float32(int(v[1])-int(v[0]))*a
		return top + (low-top)*b
	}
	return p.rim(x, y)
}

func (p *plane) rim(x, y float64) float32 {
	if !(x >= 0) {
		x = 0
	} else if x > float64(p.w-1) {
		x = float64(p.w - 1)
	}
	if !(y >= 0) {
		y = 0
	} else if y > float64(p.h-1) {
		y = float64(p.h - 1)
	}
	i, j := int(x), int(y)
	a, b := float32(x-float64(i)), float32(y-float64(j))
	r, d := min(i+1, p.w-1), min(j+1, p.h-1)
	p00, p10 := float32(p.px[j*p.stride+i]), float32(p.px[j*p.stride+r])
	p01, p11 := float32(p.px[d*p.stride+i]), float32(p.px[d*p.stride+r])
	top, low := p00+(p10-p00)*a, p01+(p11-p01)*a
	return top + (low-top)*b
}

// addLine adds the greys along a line to v: from (x, y), by (dx, dy) for each.
func (p *plane) addLine(v []float32, x, y, dx, dy float64) {
	n := float64(len(v) - 1)
	within := func(x, y float64) bool {
		return x >= 0.5 && y >= 0.5 && x < float64(p.w)-1 && y < float64(p.h)-1
	}
	if !within(x, y) || !within(x+n*dx, y+n*dy) {
		for i := range v {
			v[i] += p.at(x, y)
			x, y = x+dx, y+dy
		}
		return
	}
	const one = 1 << 16
	fx, fy := int((x-0.5)*one), int((y-0.5)*one)
	sx, sy := int(math.Round(dx*one)), int(math.Round(dy*one))
	// rounding the step must not lead out of the picture
	if ex, ey := fx+sx*len(v), fy+sy*len(v); ex < 0 || ey < 0 || ex>>16 >= p.w-1 || ey>>16 >= p.h-1 {
		for i := range v {
			v[i] += p.at(x, y)
			x, y = x+dx, y+dy
		}
		return
	}
	for i := range v {
		k := fy>>16*p.stride + fx>>16
		a, b := fx>>8&255, fy>>8&255
		u, w := p.px[k:k+2], p.px[k+p.stride:k+p.stride+2]
		top := int(u[0])<<8 + (int(u[1])-int(u[0]))*a
		low := int(w[0])<<8 + (int(w[1])-int(w[0]))*a
		v[i] += float32(top<<8+(low-top)*b) * (1.0 / one)
		fx, fy = fx+sx, fy+sy
	}
}

// halve writes the picture at half the size into buf. As the other filters, it
// stops where it is when the time is over.
func (p *plane) halve(buf []byte, over func() bool) plane {
	o := plane{w: p.w / 2, h: p.h / 2, stride: p.w / 2}
	o.px = grow(buf, o.w*o.h)
	for y := range o.h {
		if y&127 == 127 && over() {
			break
		}
		a := p.px[2*y*p.stride:][:2*o.w]
		b := p.px[(2*y+1)*p.stride:][:2*o.w]
		d := o.px[y*o.stride:][:o.w]
		for x := range d {
			d[x] = byte((uint(a[2*x]) + uint(a[2*x+1]) + uint(b[2*x]) + uint(b[2*x+1]) + 2) >> 2)
		}
	}
	return o
}

// soften writes the picture through a 3 x 3 binomial filter into buf.
func (p plane) soften(buf []byte, over func() bool) plane {
	o := plane{w: p.w, h: p.h, stride: p.w}
	o.px = grow(buf, o.w*o.h)
	for y := range p.h {
		if y&63 == 63 && over() {
			break
		}
		a := p.px[max(0, y-1)*p.stride:][:p.w]
		b := p.px[y*p.stride:][:p.w]
		c := p.px[min(p.h-1, y+1)*p.stride:][:p.w]
		d := o.px[y*o.stride:][:o.w]
		left := uint(a[0]) + 2*uint(b[0]) + uint(c[0])
		mid := left
		for x := range d {
			right := mid
			if x+1 < p.w {
				right = uint(a[x+1]) + 2*uint(b[x+1]) + uint(c[x+1])
			}
			d[x] = byte((left + 2*mid + right + 8) >> 4)
			left, mid = mid, right
		}
	}
	return o
}

// sharpen writes the picture with its fine detail raised into buf: what differs
// from the mean of 5 x 5 pixels is added twice. rows is scratch.
func (p plane) sharpen(buf []byte, rows []int32, over func() bool) (plane, []int32) {
	o := plane{w: p.w, h: p.h, stride: p.w}
	o.px = grow(buf, o.w*o.h)
	rows = grow(rows, p.w)
	clear(rows)
	for y := -2; y < 2; y++ {
		for x, v := range p.px[max(0, min(p.h-1, y))*p.stride:][:p.w] {
			rows[x] += int32(v)
		}
	}
	for y := range p.h {
		if y&63 == 63 && over() {
			break
		}
		for x, v := range p.px[min(p.h-1, y+2)*p.stride:][:p.w] {
			rows[x] += int32(v)
		}
		src, dst := p.px[y*p.stride:][:p.w], o.px[y*o.stride:][:p.w]
		sum := 3*rows[0] + rows[min(1, p.w-1)]
		for x := range dst {
			sum += rows[min(p.w-1, x+2)]
			v := int32(src[x])
			dst[x] = byte(max(0, min(255, v+2*(v-sum/25))))
			sum -= rows[max(0, x-2)]
		}
		for x, v := range p.px[max(0, y-2)*p.stride:][:p.w] {
			rows[x] -= int32(v)
		}
	}
	return o, rows
}

// enlarge writes a part of the picture, twice as large, into buf.
func (p *plane) enlarge(buf []byte, x0, y0, w, h int) plane {
	o := plane{w: 2 * w, h: 2 * h, stride: 2 * w}
	o.px = grow(buf, o.w*o.h)
	for y := range o.h {
		for x := range o.w {
			o.px[y*o.stride+x] = byte(p.at(float64(x0)+(float64(x)+0.5)/2, float64(y0)+(float64(y)+0.5)/2) + 0.5)
		}
	}
	return o
}

// extremes are the darkest and the brightest grey round a place, each the mean
// of a few, from a coarse grid.
func (p *plane) extremes(c Point, radius float64) (lo, hi float32) {
	lo, hi = 255, 0
	step := math.Max(1, radius/8)
	for y := -radius; y <= radius; y += step {
		for x := -radius; x <= radius; x += step {
			v := p.at(c.X+x, c.Y+y)
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}

func grow[T any](buf []T, n int) []T {
	if cap(buf) < n {
		return make([]T, n)
	}
	return buf[:n]
}
