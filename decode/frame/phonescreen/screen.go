package phonescreen

import (
	"math"
	"math/rand/v2"
)

// screen is the phone as the customer sees it, in texture pixels, 0 = black and
// 1 = white: dark rim, pass with header and texts, panel with the code.
type screen struct {
	w, h int
	px   []float32
	unit int        // texture pixels in a module
	code [4]float64 // x, y, width, height of the code
}

func newScreen(m Matrix, format string, v view, r *rand.Rand) *screen {
	s := &screen{unit: max(3, int(math.Ceil(1.6*v.module)))}
	if v.flat {
		s.unit = int(math.Round(v.module))
		if s.unit < 2 {
			s.unit = 2
		}
	}
	u := s.unit
	tall, quiet := m.H*u, 4*u
	switch {
	case format == "pdf417":
		tall = m.H * u * 3
	case Linear(format):
		tall, quiet = int(float64(m.W*u)*(0.22+0.1*r.Float64())), 10*u
	}
	cw := m.W * u
	pw, ph := cw+2*quiet, tall+2*quiet
	margin := 6*u + r.IntN(4*u)
	s.w = pw + 2*margin
	if v.flat {
		s.w = max(s.w, v.w)
	}
	s.h = max(int(1.9*float64(s.w)), ph+40*u)
	if v.flat {
		s.h = max(s.h, v.h)
	}
	s.px = make([]float32, s.w*s.h)
	pass, ink := float32(0.25+0.5*r.Float64()), float32(0.9)
	panel, dark := float32(1), float32(0)
	if v.inverted {
		pass, panel, dark = 0.08, 0.02, 0.95
	}
	if pass > 0.5 {
		ink = 0.1
	}
	s.fill(0, 0, s.w, s.h, 0.03)
	rim := 2 * u
	s.fill(rim, rim, s.w-2*rim, s.h-2*rim, pass)
	py := s.h/2 - ph/2 + r.IntN(4*u+1)
	px := (s.w - pw) / 2
	s.lines(rim+3*u, rim+4*u, s.w-2*rim-6*u, py-rim-8*u, ink, r)
	s.lines(rim+3*u, py+ph+6*u, s.w-2*rim-6*u, s.h-py-ph-10*u-rim, ink, r)
	s.fill(px, py, pw, ph, panel)
	for y := range m.H {
		for x := range m.W {
			if m.Dark(x, y) {
				s.fill(px+quiet+x*u, py+quiet+y*tall/m.H, u, (y+1)*tall/m.H-y*tall/m.H, dark)
			}
		}
	}
	s.code = [4]float64{float64(px + quiet), float64(py + quiet), float64(cw), float64(tall)}
	return s
}

func (s *screen) fill(x, y, w, h int, grey float32) {
	for j := max(0, y); j < min(s.h, y+h); j++ {
		row := s.px[j*s.w:]
		for i := max(0, x); i < min(s.w, x+w); i++ {
			row[i] = grey
		}
	}
}

// lines writes something that looks like text: words of strokes.
func (s *screen) lines(x, y, w, h int, ink float32, r *rand.Rand) {
	u := s.unit
	for top := y; top+5*u < y+h; top += 6*u + r.IntN(5*u) {
		size := 2*u + r.IntN(3*u)
		if r.IntN(4) == 0 {
			continue
		}
		end := x + int(float64(w)*(0.3+0.7*r.Float64()))
		for at := x; at < end; {
			if r.IntN(6) == 0 {
				at += size
				continue
			}
			stroke := max(1, size/6)
			s.fill(at, top, stroke, size, ink)
			for range 1 + r.IntN(3) {
				s.fill(at, top+r.IntN(size), size/2, stroke, ink)
			}
			at += size*2/3 + 1
		}
	}
}

// at samples the texture between pixels.
func (s *screen) at(x, y float64) float32 {
	x, y = x-0.5, y-0.5
	i, j := int(math.Floor(x)), int(math.Floor(y))
	if i < 0 || j < 0 || i >= s.w-1 || j >= s.h-1 {
		i, j = max(0, min(s.w-1, i)), max(0, min(s.h-1, j))
		return s.px[j*s.w+i]
	}
	a, b := float32(x-float64(i)), float32(y-float64(j))
	p := s.px[j*s.w+i:]
	return (p[0]*(1-a)+p[1]*a)*(1-b) + (p[s.w]*(1-a)+p[s.w+1]*a)*b
}
