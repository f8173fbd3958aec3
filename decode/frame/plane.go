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

// at is the grey level between pixels; beyond the rim the rim's.
func (p *plane) at(x, y float64) float32 {
	x, y = x-0.5, y-0.5 // pixel (0,0) covers 0..1
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
	k := j*p.stride + i
	r, d := 1, p.stride
	if i+1 >= p.w {
		r = 0
	}
	if j+1 >= p.h {
		d = 0
	}
	p00, p10, p01, p11 := float32(p.px[k]), float32(p.px[k+r]), float32(p.px[k+d]), float32(p.px[k+d+r])
	top, low := p00+(p10-p00)*a, p01+(p11-p01)*a
	return top + (low-top)*b
}

// halve writes the picture at half the size into buf.
func (p *plane) halve(buf []byte) plane {
	o := plane{w: p.w / 2, h: p.h / 2, stride: p.w / 2}
	o.px = grow(buf, o.w*o.h)
	for y := range o.h {
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
func (p *plane) soften(buf []byte) plane {
	o := plane{w: p.w, h: p.h, stride: p.w}
	o.px = grow(buf, o.w*o.h)
	for y := range p.h {
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
func (p *plane) sharpen(buf []byte, rows []int32) (plane, []int32) {
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
