package frame

import (
	"strings"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
)

// readAztec looks for Aztec codes round the bull's eyes of a layer.
func (j *job) readAztec(l *layer) {
	eyes := j.finder.eyes
	j.stats.Finders += len(eyes)
	limit := 6
	if l.deep {
		limit = 16
	}
	for i := range eyes {
		if i >= limit || j.over() || j.full() {
			return
		}
		if !j.covered(l, eyes[i].c) {
			j.tryAztec(l, eyes[i], 4)
		}
	}
	if !l.deep {
		return
	}
	// blur swallows the dot in the middle: what is left looks like the finder
	// pattern of a QR code in the other colour
	for i, m := range j.finder.squares {
		if i >= 6 || j.over() || j.full() {
			return
		}
		if m.inverted = !m.inverted; !j.covered(l, m.c) {
			j.tryAztec(l, m, 3)
		}
	}
}

// tryAztec reads the code round a bull's eye, whose rim at 3.5 modules is the
// given change of colour from the middle.
func (j *job) tryAztec(l *layer, m mark, change int) bool {
	// rims at 1.5, 2.5 and 3.5 modules are the same in every Aztec code
	q, ok := j.ring.fit(&l.p, m.c, m.module, change, 3.5)
	radius := 3.5
	if !ok {
		if q, ok = j.ring.fit(&l.p, m.c, m.module, change-1, 2.5); !ok {
			return false
		}
		radius = 2.5
	}
	for _, compact := range [2]bool{true, false} {
		core := 5
		if !compact {
			core = 7
		}
		h := ofUnitSquare(q)
		side := 2*core + 1
		f := (float64(side)/(2*radius) - 1) / 2
		n := quad{h.at(-f, -f), h.at(1+f, -f), h.at(1+f, 1+f), h.at(-f, 1+f)}
		if !n.convex() || n.area() <= 0 {
			continue
		}
		if j.aztecCore(l, m, n, core) {
			return true
		}
		if j.over() {
			break
		}
	}
	return false
}

// turn maps a place in the symbol, counted from its middle, into the picture
// for one of eight attitudes: four rotations, and the same mirrored.
func turn(x, y, attitude int) (int, int) {
	if attitude >= 4 {
		x, y = y, x
	}
	for range attitude % 4 {
		x, y = -y, x
	}
	return x, y
}

// aztecCore reads orientation and mode message from the bull's eye and the ring
// around it, n being the outline of that ring.
func (j *job) aztecCore(l *layer, m mark, n quad, core int) bool {
	g := &j.grid
	side := 2*core + 1
	g.size(side, side)
	dark := int8(1)
	if m.inverted {
		dark = -1
	}
	for y := -core; y <= core; y++ {
		for x := -core; x <= core; x++ {
			if ring := max(x, -x, y, -y); ring < core {
				g.known[(y+core)*side+x+core] = dark * int8(1-2*(ring&1))
			}
		}
	}
	g.sample(&l.p, n, true)
	g.levels()
	if g.agreement() < 0.75 {
		return false
	}
	n = g.refine(&l.p, n, 0.4, j.over)
	g.sample(&l.p, n, true)
	g.levels()
	if g.agreement() < 0.85 {
		return false
	}
	type corner struct {
		x, y int
		dark bool
	}
	c := core
	marks := [12]corner{
		{-c, -c, true}, {1 - c, -c, true}, {-c, 1 - c, true},
		{c, -c, true}, {c, 1 - c, true}, {c - 1, -c, false},
		{c, c - 1, true}, {c, c, false}, {c - 1, c, false},
		{-c, c, false}, {1 - c, c, false}, {-c, c - 1, false},
	}
	for _, k := range spreads {
		bits := g.dark(k, m.inverted)
		for attitude := range 8 {
			at := func(x, y int) bool {
				x, y = turn(x, y, attitude)
				return bits[y+c][x+c]
			}
			wrong := 0
			for _, o := range marks {
				if at(o.x, o.y) != o.dark {
					wrong++
				}
			}
			if wrong > 2 {
				continue
			}
			layers, words, ok := aztecMode(at, core)
			if ok && j.aztecData(l, m, n, core, attitude, layers, words) {
				return true
			}
			if j.over() {
				return false
			}
		}
	}
	return false
}

// aztecMode reads and corrects the mode message (ISO/IEC 24778:2008, 7.2.2).
func aztecMode(at func(x, y int) bool, core int) (layers, words int, ok bool) {
	side := 7
	if core == 7 {
		side = 10
	}
	bit := make([]bool, 0, 40)
	for s := range 4 {
		for i := range side {
			o := i - side/2
			if core == 7 { // the reference grid lies in the middle of each side
				o = i - 5 + i/5
			}
			x, y := turn(o, -core, s)
			bit = append(bit, at(x, y))
		}
	}
	var word []int
	for i := 0; i < len(bit); i += 4 {
		w := 0
		for _, b := range bit[i : i+4] {
			w <<= 1
			if b {
				w |= 1
			}
		}
		word = append(word, w)
	}
	data := 2
	if core == 7 {
		data = 4
	}
	if err := reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_AZTEC_PARAM).Decode(word, len(word)-data); err != nil {
		return 0, 0, false
	}
	v := 0
	for _, w := range word[:data] {
		v = v<<4 | w
	}
	if core == 7 {
		return v>>11 + 1, v&0x7ff + 1, true
	}
	return v>>6 + 1, v&0x3f + 1, true
}

// aztecData samples the whole symbol, growing from the core outwards so that
// perspective cannot run away, and decodes it.
func (j *job) aztecData(l *layer, m mark, n quad, core, attitude, layers, words int) bool {
	compact := core == 5
	dim := 4*layers + 11
	if !compact {
		dim = 4*layers + 15 + 2*((2*layers+6)/15)
	}
	half := dim / 2
	if layers > 32 || words*6 > dim*dim {
		return false
	}
	// in the symbol's own attitude from here on
	var q quad
	for i, o := range [4][2]int{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		x, y := turn(o[0], o[1], attitude)
		k := map[[2]int]int{{-1, -1}: 0, {1, -1}: 1, {1, 1}: 2, {-1, 1}: 3}[[2]int{x, y}]
		q[i] = n[k]
	}
	g := &j.grid
	dark := int8(1)
	if m.inverted {
		dark = -1
	}
	for r := core; ; {
		next := min(half, r+4)
		f := (float64(2*next+1)/float64(2*r+1) - 1) / 2
		h := ofUnitSquare(q)
		q = quad{h.at(-f, -f), h.at(1+f, -f), h.at(1+f, 1+f), h.at(-f, 1+f)}
		r = next
		g.size(2*r+1, 2*r+1)
		g.aztecKnown(r, compact, dark)
		g.sample(&l.p, q, false)
		g.levels()
		q = g.refine(&l.p, q, 0.5, j.over)
		if r >= half || j.over() {
			break
		}
	}
	if g.cols != dim {
		return false
	}
	for _, nine := range [2]bool{true, false} {
		g.sample(&l.p, q, nine)
		g.levels()
		for _, k := range spreads {
			var text string
			bits, err := aztecWords(g.dark(k, m.inverted), compact, layers, words)
			ok := err == nil && j.guard(func() bool {
				text, err = j.aztec.HighLevelDecode(bits)
				return err == nil && strings.Trim(text, gs) != ""
			})
			if ok {
				corners := q
				if attitude >= 4 {
					corners[1], corners[3] = corners[3], corners[1]
				}
				text, aim := aztecSaid(text)
				j.add(l, Symbol{Text: text, Raw: []byte(text), Format: Aztec, AIM: aim,
					Corners: corners, Votes: 1, Inverted: m.inverted, Mirrored: attitude >= 4})
				return true
			}
			if j.over() {
				return false
			}
		}
	}
	return false
}

func (g *grid) aztecKnown(r int, compact bool, dark int8) {
	core := 5
	if !compact {
		core = 7
	}
	side := 2*r + 1
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			ring := max(x, -x, y, -y)
			switch {
			case ring < core:
				g.known[(y+r)*side+x+r] = dark * int8(1-2*(ring&1))
			case !compact && ring > core && (x%16 == 0 || y%16 == 0):
				g.known[(y+r)*side+x+r] = dark * int8(1-2*((x+y)&1))
			}
		}
	}
}
