package phonescreen

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Negatives is how many sorts of picture without a code there are.
const Negatives = 8

// Negative draws a picture in which there is no code, but much that looks like
// one: text, stripes, checks, rings, noise, an empty desk, a cut linear code.
func Negative(sort int, seed uint64) Picture {
	r := rand.New(rand.NewPCG(seed, uint64(sort)))
	const w, h = 640, 480
	p := Picture{Kind: "negative", Format: fmt.Sprint(sort % Negatives), W: w, H: h, Y: make([]byte, w*h)}
	v := view{w: w, h: h, module: 3, yaw: 10 * r.Float64(), pitch: 10 * r.Float64(), roll: 360 * r.Float64(),
		blur: 0.2, black: 30, white: 210, noise: 4}
	s := &screen{w: 700, h: 700, px: make([]float32, 700*700), unit: 4, code: [4]float64{150, 150, 400, 400}}
	s.fill(0, 0, 700, 700, 1)
	switch sort % Negatives {
	case 0: // text
		s.lines(20, 20, 660, 660, 0.05, r)
	case 1: // stripes of chance
		for x := 20; x < 680; {
			b := 2 + r.IntN(10)
			s.fill(x, 100, b, 500, 0)
			x += b + 2 + r.IntN(10)
		}
	case 2: // checks of chance, like a matrix without finder
		for y := range 60 {
			for x := range 60 {
				s.fill(50+x*10, 50+y*10, 10, 10, float32(r.IntN(2)))
			}
		}
	case 3: // rings
		for y := range 700 {
			for x := range 700 {
				d := math.Hypot(float64(x-350), float64(y-350))
				s.px[y*700+x] = float32(0.5 + 0.5*math.Cos(d/float64(4+r.IntN(2))))
			}
		}
	case 4:
		v.noise = 50
	case 5: // even stripes and squares
		for x := 20; x < 680; x += 16 {
			s.fill(x, 20, 8, 330, 0)
			s.fill(20, x, 660, 8, 0)
		}
	case 6: // a desk
		s.fill(0, 0, 700, 700, 0.5)
		s.fill(200, 200, 200, 100, 0.2)
	case 7: // a linear code without its right third
		m, err := Encode("code128", Text("code128", r), r)
		if err == nil {
			for x := range m.W * 2 / 3 {
				if m.Dark(x, 0) {
					s.fill(80+x*4, 200, 4, 200, 0)
				}
			}
		}
	}
	p.Y = v.shoot(s, r)
	return p
}
