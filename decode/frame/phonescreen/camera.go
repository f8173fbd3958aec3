package phonescreen

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// project lays the screen into the frame through a pinhole camera, the code
// near the middle, and paints what is behind the phone.
func (v view) project(s *screen, r *rand.Rand) []float32 {
	w, h := v.w, v.h
	out := make([]float32, w*h)
	cx, cy := s.code[0]+s.code[2]/2, s.code[1]+s.code[3]/2
	if v.flat {
		ox, oy := cx-float64(w)/2, cy-float64(h)*(0.4+0.2*r.Float64())
		oy = max(0, min(float64(s.h-h), oy))
		for y := range h {
			for x := range w {
				out[y*w+x] = 255 * s.px[min(s.h-1, y+int(oy))*s.w+max(0, min(s.w-1, x+int(ox)))]
			}
		}
		return out
	}
	scale := v.module / float64(s.unit)
	focal := 1.1 * float64(w)
	sy, ky := math.Sincos(rad(v.yaw))
	sp, kp := math.Sincos(rad(v.pitch))
	sr, kr := math.Sincos(rad(v.roll))
	// columns of the rotation: roll in the screen's plane, then yaw, then pitch
	ax, ay, az := kr*ky, sr*kp+kr*sy*sp, sr*sp-kr*sy*kp
	bx, by, bz := -sr*ky, kr*kp-sr*sy*sp, kr*sp+sr*sy*kp
	slackX := max(0, float64(w)*0.92-s.code[2]*scale*math.Abs(kr)-s.code[3]*scale*math.Abs(sr)) / 2
	slackY := max(0, float64(h)*0.88-s.code[3]*scale*math.Abs(kr)-s.code[2]*scale*math.Abs(sr)) / 2
	ox := float64(w)/2 + slackX*(r.Float64()*1.4-0.7)
	oy := float64(h)/2 + slackY*(r.Float64()*1.4-0.7)
	// the frame from the screen, p = (a*X + b*Y)*scale + (0, 0, focal), and back
	m := [9]float64{
		focal * ax * scale, focal * bx * scale, 0,
		focal * ay * scale, focal * by * scale, 0,
		az * scale, bz * scale, focal,
	}
	inv := invert(m)
	fog, slope := 40+120*r.Float64(), (r.Float64()-0.5)*60
	tile := 30 + 60*r.Float64()
	n := max(2, int(math.Ceil(1/scale)))
	for y := range h {
		for x := range w {
			var sum float32
			for k := range n * n {
				fx := float64(x) + (float64(k%n)+0.5)/float64(n) - ox
				fy := float64(y) + (float64(k/n)+0.5)/float64(n) - oy
				d := inv[6]*fx + inv[7]*fy + inv[8]
				tx, ty := (inv[0]*fx+inv[1]*fy+inv[2])/d+cx, (inv[3]*fx+inv[4]*fy+inv[5])/d+cy
				if d > 0 && tx >= 0 && ty >= 0 && tx < float64(s.w) && ty < float64(s.h) {
					sum += float32(v.black) + float32(v.white-v.black)*s.at(tx, ty)
				} else {
					sum += float32(fog + slope*float64(y)/float64(h) + 8*math.Sin(float64(x)/tile)*math.Cos(float64(y)/tile))
				}
			}
			out[y*w+x] = sum / float32(n*n)
		}
	}
	return out
}

func invert(m [9]float64) [9]float64 {
	a, b, c, d, e, f, g, h, i := m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
	det := a*(e*i-f*h) - b*(d*i-f*g) + c*(d*h-e*g)
	o := [9]float64{e*i - f*h, c*h - b*i, b*f - c*e, f*g - d*i, a*i - c*g, c*d - a*f, d*h - e*g, b*g - a*h, a*e - b*d}
	for k := range o {
		o[k] /= det
	}
	return o
}

// beat is the moiré of the screen's grid with the sensor's.
func (v view) beat(f []float32, r *rand.Rand) {
	type wave struct{ x, y, phase float64 }
	waves := make([]wave, 2)
	for i := range waves {
		period, a := 2.6+6*r.Float64(), r.Float64()*math.Pi
		waves[i] = wave{2 * math.Pi / period * math.Cos(a), 2 * math.Pi / period * math.Sin(a), r.Float64() * 6}
	}
	for y := range v.h {
		for x := range v.w {
			k := 1.0
			for _, q := range waves {
				k *= 1 - v.moire/2*(1+math.Sin(q.x*float64(x)+q.y*float64(y)+q.phase))
			}
			f[y*v.w+x] *= float32(k)
		}
	}
}

// shine lays the reflection of a lamp over the glass: a veil all over and a
// blob that saturates, at the edge of the code.
func (v view) shine(f []float32, s *screen, r *rand.Rand) {
	scale := v.module / float64(s.unit)
	size := math.Hypot(s.code[2], s.code[3]) * scale / 2
	a := r.Float64() * 2 * math.Pi
	gx := float64(v.w)/2 + math.Cos(a)*size*0.75
	gy := float64(v.h)/2 + math.Sin(a)*size*0.75*min(1, s.code[3]/s.code[2]+0.3)
	core, veil := size*(0.12+0.25*v.glare), size*(0.6+0.5*v.glare)
	for y := range v.h {
		for x := range v.w {
			d := math.Hypot(float64(x)-gx, float64(y)-gy)
			f[y*v.w+x] += float32(v.glare * (60*math.Exp(-d*d/(2*veil*veil)) + 400*math.Exp(-d*d/(2*core*core/2))))
		}
	}
}

func gauss(f []float32, w, h int, sigma float64) {
	n := int(math.Ceil(3 * sigma))
	k := make([]float32, 2*n+1)
	var sum float32
	for i := range k {
		k[i] = float32(math.Exp(-float64((i-n)*(i-n)) / (2 * sigma * sigma)))
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
	t := make([]float32, len(f))
	pass := func(dst, src []float32, dx, dy int) {
		for y := range h {
			for x := range w {
				var s float32
				for i, c := range k {
					xx, yy := max(0, min(w-1, x+(i-n)*dx)), max(0, min(h-1, y+(i-n)*dy))
					s += c * src[yy*w+xx]
				}
				dst[y*w+x] = s
			}
		}
	}
	pass(t, f, 1, 0)
	pass(f, t, 0, 1)
}

func smear(f []float32, w, h int, length, angle float64) {
	n := max(2, int(math.Ceil(2*length)))
	dy, dx := math.Sincos(angle)
	src := append([]float32{}, f...)
	for y := range h {
		for x := range w {
			var s float32
			for i := range n {
				t := (float64(i)/float64(n-1) - 0.5) * length
				fx, fy := float64(x)+t*dx, float64(y)+t*dy
				x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
				a, b := float32(fx-float64(x0)), float32(fy-float64(y0))
				x0, y0 = max(0, min(w-2, x0)), max(0, min(h-2, y0))
				p := src[y0*w+x0:]
				s += (p[0]*(1-a)+p[1]*a)*(1-b) + (p[w]*(1-a)+p[w+1]*a)*b
			}
			f[y*w+x] = s / float32(n)
		}
	}
}

func compress(y []byte, w, h, quality int) []byte {
	var b bytes.Buffer
	if jpeg.Encode(&b, &image.Gray{Pix: y, Stride: w, Rect: image.Rect(0, 0, w, h)}, &jpeg.Options{Quality: quality}) != nil {
		return y
	}
	m, err := jpeg.Decode(&b)
	if err != nil {
		return y
	}
	g, ok := m.(*image.Gray)
	if !ok {
		return y
	}
	out := make([]byte, w*h)
	for j := range h {
		copy(out[j*w:(j+1)*w], g.Pix[j*g.Stride:])
	}
	return out
}
