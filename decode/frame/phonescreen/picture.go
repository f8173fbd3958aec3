// Package phonescreen draws what a camera sees when a customer holds out a
// phone: a wallet pass with its code, through fifteen kinds of trouble in four
// severities. A picture follows from its kind, format, severity and seed alone,
// so a rate measured on a fresh seed can be repeated by anybody.
//
// It is for tests and measuring. Synthetic pictures lack rolling shutter,
// sub-pixel colour and the double image of a cover glass; they rank readers and
// find regressions, they do not replace a walk past a till.
package phonescreen

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Kinds are the kinds of trouble.
var Kinds = []string{
	"blur", "combo", "dark", "frontal", "glare", "jpeg", "lowcontrast", "lowres",
	"moire", "motion", "noise", "perspective", "rotated", "screenshot", "smallfar",
}

// Severities is the number of degrees of each kind, 1 being the mildest.
const Severities = 4

// Picture is one grey picture and what it says.
type Picture struct {
	Kind, Format string
	Severity     int
	Text         string
	W, H         int
	Y            []byte
}

// Name tells the picture from others of its seed.
func (p Picture) Name() string { return fmt.Sprintf("%s_%s_%d", p.Kind, p.Format, p.Severity) }

// view is how the camera stands to the screen, and what it does to the light.
type view struct {
	w, h             int
	module           float64 // width of a module in the picture, pixels
	yaw, pitch, roll float64 // degrees
	blur             float64 // sigma, modules
	motion           float64 // length, modules
	black, white     float64 // grey levels of the screen
	noise            float64 // sigma, grey levels
	moire            float64 // depth, 0 to 1
	glare            float64 // 0 to 1
	jpeg             int     // quality, 0 = none
	inverted         bool
	flat             bool // a screenshot, not a photograph
}

// Draw makes the picture of a kind, format, severity (1 to 4) and seed.
func Draw(kind, format string, severity int, seed uint64) (Picture, error) {
	return DrawText(kind, format, "", severity, seed)
}

// DrawText is Draw with a text of the caller's; "" makes one up.
func DrawText(kind, format, text string, severity int, seed uint64) (Picture, error) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s/%d", kind, format, severity)
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	p := Picture{Kind: kind, Format: format, Severity: severity, Text: Text(format, r)}
	if text != "" {
		p.Text = text
	}
	m, err := Encode(format, p.Text, r)
	if err != nil {
		return p, err
	}
	v, err := viewOf(kind, format, severity-1, r)
	if err != nil {
		return p, err
	}
	p.W, p.H = v.w, v.h
	s := newScreen(m, format, v, r)
	p.Y = v.shoot(s, r)
	return p, nil
}

func viewOf(kind, format string, s int, r *rand.Rand) (view, error) {
	span := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	sign := func() float64 { return float64(2*r.IntN(2) - 1) }
	v := view{w: 1280, h: 720, yaw: span(-6, 6), pitch: span(-6, 6), roll: span(-4, 4),
		blur: span(0.1, 0.2), black: span(15, 35), white: span(190, 240), noise: 2.5, moire: 0.04}
	switch format {
	case "qr", "datamatrix":
		v.module = span(5, 7)
	case "aztec":
		v.module = span(5.5, 8)
	case "pdf417":
		v.module = span(2.6, 3.4)
	default:
		v.module = span(2.8, 3.6)
	}
	v.w, v.h = 1280, 720
	switch kind {
	case "frontal":
	case "blur":
		v.blur = [...]float64{0.3, 0.42, 0.54, 0.66}[s]
	case "motion":
		v.motion = [...]float64{0.6, 1.0, 1.4, 1.8}[s]
	case "noise":
		v.noise = [...]float64{9, 17, 26, 36}[s]
	case "lowcontrast":
		d := [...]float64{70, 45, 28, 18}[s]
		v.black = span(60, 150)
		v.white, v.noise = v.black+d, 2
	case "dark":
		v.inverted = true
		v.white = [...]float64{220, 150, 100, 70}[s]
		v.noise = [...]float64{3, 4, 5, 6}[s]
	case "jpeg":
		v.jpeg = [...]int{35, 20, 11, 7}[s]
	case "glare":
		v.glare = [...]float64{0.25, 0.5, 0.75, 1}[s]
	case "moire":
		v.moire = [...]float64{0.15, 0.3, 0.45, 0.6}[s]
	case "perspective":
		t := [...]float64{22, 34, 44, 52}[s]
		v.yaw, v.pitch = sign()*t*span(0.7, 1), sign()*t*span(0.4, 0.8)
		v.module *= 1 + 0.1*float64(s)
	case "rotated":
		v.roll = [...]float64{sign() * span(8, 16), sign() * span(20, 34), sign() * span(38, 52), span(0, 360)}[s]
	case "lowres":
		v.w, v.h = 640, 480
		v.module = [...]float64{3.2, 2.5, 2.0, 1.7}[s] * (1 - 0.15*boolf(Linear(format) || format == "pdf417"))
	case "smallfar":
		v.module = [...]float64{2.8, 2.3, 1.9, 1.65}[s] * (1 - 0.15*boolf(Linear(format) || format == "pdf417"))
	case "screenshot":
		v.flat, v.w, v.h = true, 1170, 2532
		v.yaw, v.pitch, v.roll, v.blur, v.noise, v.moire, v.black, v.white = 0, 0, 0, 0, 0, 0, 0, 255
		v.module = [...]float64{9, 7, 5, 4}[s]
		if Linear(format) || format == "pdf417" {
			v.module = [...]float64{5, 4, 3, 2.5}[s]
		}
		v.jpeg = [...]int{0, 60, 30, 15}[s]
	case "combo":
		f := float64(s + 1)
		v.blur, v.noise, v.moire = 0.15+0.05*f, 4+3*f, 0.06*f
		v.yaw, v.pitch, v.roll = sign()*8*f, sign()*5*f, sign()*9*f
		v.black, v.white = span(30, 60), 200-20*f
		v.jpeg, v.glare, v.inverted = 70-10*s, 0.1*f, r.IntN(4) == 0
	default:
		return v, fmt.Errorf("phonescreen: no kind %q", kind)
	}
	return v, nil
}

func boolf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// shoot takes the picture.
func (v view) shoot(s *screen, r *rand.Rand) []byte {
	if span := s.code[2] / float64(s.unit) * v.module * (math.Abs(math.Cos(rad(v.roll)))); span > 0.92*float64(v.w) {
		v.module *= 0.92 * float64(v.w) / span
	}
	if tall := s.code[2] / float64(s.unit) * v.module * math.Abs(math.Sin(rad(v.roll))); tall > 0.88*float64(v.h) {
		v.module *= 0.88 * float64(v.h) / tall
	}
	f := v.project(s, r)
	if v.motion > 0 {
		smear(f, v.w, v.h, v.motion*v.module, r.Float64()*math.Pi)
	}
	if sigma := v.blur * v.module; sigma > 0.15 {
		gauss(f, v.w, v.h, sigma)
	}
	if v.moire > 0 {
		v.beat(f, r)
	}
	if v.glare > 0 {
		v.shine(f, s, r)
	}
	out := make([]byte, len(f))
	for i, x := range f {
		if v.noise > 0 {
			x += float32(v.noise * r.NormFloat64())
		}
		out[i] = byte(max(0, min(255, x+0.5)))
	}
	if v.jpeg > 0 {
		out = compress(out, v.w, v.h, v.jpeg)
	}
	return out
}

func rad(deg float64) float64 { return deg * math.Pi / 180 }
