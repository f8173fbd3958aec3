package frame

import (
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
)

// liner reads linear codes along the direction of a region.
type liner struct {
	ef      edgeFinder
	v, w    []float32
	x, y, z []float32 // work of deblur
	votes   []vote
	readers []rowReader
	fine    []float32
	bits    []float32 // edges of the current piece, as bits of its row
	row     *gozxing.BitArray
	line    int     // place of the current line across the bars, 0 to 63
	end     float32 // last sample of the current line
	exact   bool    // only pieces that look like a code are decoded
	alone   bool    // the current piece of it has quiet zones
}

type rowReader struct {
	format Format
	dec    oned.RowDecoder
}

func aimOf(f Format) string {
	switch f {
	case EAN13, UPCE:
		return "]E0"
	case EAN8:
		return "]E4"
	case Code39:
		return "]A0"
	case ITF:
		return "]I0"
	case Codabar:
		return "]F0"
	}
	return ""
}

// decoders are made once for a job; each is asked only if its format is wanted.
func (n *liner) decoders() []rowReader {
	if n.readers == nil {
		for _, k := range []struct {
			f Format
			r gozxing.Reader
		}{
			{Code128, oned.NewCode128Reader()}, {EAN13, oned.NewEAN13Reader()}, {EAN8, oned.NewEAN8Reader()},
			{UPCE, oned.NewUPCEReader()}, {ITF, oned.NewITFReader()}, {Codabar, oned.NewCodaBarReader()}, {Code39, oned.NewCode39Reader()},
		} {
			if d, ok := k.r.(oned.RowDecoder); ok {
				n.readers = append(n.readers, rowReader{k.f, d})
			}
		}
	}
	return n.readers
}

// readLinear scans the regions of one direction.
func (j *job) readLinear(l *layer) {
	list := j.area.lines
	limit := 5
	if l.deep {
		limit = 12
	}
	for i := range list {
		a := list[i]
		if limit == 0 || j.over() || j.full() {
			return
		}
		if a.length < 30 || a.width < 6 || j.covered(l, a.c) {
			continue
		}
		limit--
		j.tryLinear(l, a)
	}
}

// along fills v with the greys of a band through c in direction d, averaged over
// thick pixels in direction across, which is that of the bars.
func (n *liner) along(p *plane, c, d, across Point, half, step, thick float64) []float32 {
	m := 1
	if thick > 1 {
		m = min(7, int(math.Ceil(thick/1.3)))
	}
	count := int(2*half/step) + 1
	n.v = grow(n.v, count)
	for i := range n.v {
		n.v[i] = 0
	}
	for k := range m {
		o := 0.0
		if m > 1 {
			o = (float64(k)/float64(m-1) - 0.5) * thick
		}
		x, y := c.X-d.X*half+across.X*o, c.Y-d.Y*half+across.Y*o
		p.addLine(n.v, x, y, d.X*step, d.Y*step)
	}
	f := 1 / float32(m)
	for i := range n.v {
		n.v[i] *= f
	}
	return n.v
}

// aim turns the direction of a region until a thick band across the bars shows
// the most contrast; the gradient of fine bars is biased towards the diagonals.
func (n *liner) aim(p *plane, a *area) {
	half, thick := a.length/2, math.Min(a.width*0.6, 24)
	best, turn := -1.0, 0.0
	t0 := math.Atan2(a.d.Y, a.d.X)
	try := func(t float64) {
		s, c := math.Sincos(t0 + t)
		v := n.along(p, a.c, a.axis, Point{-s, c}, half, 1, thick)
		var sum float64
		for i := 1; i < len(v); i++ {
			d := float64(v[i] - v[i-1])
			sum += d * d
		}
		if sum > best {
			best, turn = sum, t
		}
	}
	const deg = math.Pi / 180
	for _, t := range [...]float64{0, -2, 2, -4, 4, -6, 6} {
		try(t * deg)
	}
	at := turn
	for _, t := range [...]float64{-1, 1, -0.5, 0.5} {
		try(at + t*deg)
	}
	s, c := math.Sincos(t0 + turn)
	if a.axis == a.d {
		a.axis = Point{c, s}
	}
	a.d = Point{c, s}
}

func (j *job) tryLinear(l *layer, a area) bool {
	n := &j.line
	if !l.deep && n.count(&l.p, a) < 18 {
		return false // the edge of something
	}
	n.aim(&l.p, &a)
	n.votes, n.exact = n.votes[:0], !l.deep
	half := a.length*0.56 + 26
	step := 0.5
	if half > 450 {
		step = 1
	}
	lines := min(13, max(5, int(a.width*0.8/1.6)))
	passes := [][2]float64{{0.12, 0}} // thickness as a share of the width, sharpening
	if l.deep {
		passes = [][2]float64{{0.12, 0}, {0.3, 0}, {0.12, 0.6}, {0.3, 0.6}, {0.3, 1.4}}
	}
	if l.stage == "half" || l.stage == "deep" {
		passes = append(passes, [2]float64{0.3, smeared})
	}
	normal := Point{-a.d.Y, a.d.X}
	c, half := n.whole(&l.p, a, half, step)
	if !l.deep && n.module(n.ef.pos)*float32(step) > 3 {
		step = 1 // three samples a module are enough
	}
	for _, ps := range passes {
		thick := math.Max(1, math.Min(ps[0]*a.width, 14))
		for i := range lines {
			if j.over() {
				return false
			}
			// from the middle outwards
			k := float64((i+1)/2) / float64(lines/2)
			if i&1 == 1 {
				k = -k
			}
			n.line = int(31.5 + 31*k)
			c := c.plus(normal.times(k * 0.4 * a.width))
			v := n.along(&l.p, c, a.axis, normal, half, step, thick)
			n.ef.find(v, 0.16, 4)
			n.end = float32(len(v) - 1)
			if len(n.ef.pos) < 18 {
				continue
			}
			switch {
			case ps[1] == smeared:
				if !n.deblur() {
					continue
				}
				n.ef.find(n.w, 0.16, 4)
			case ps[1] > 0:
				n.sharpen(float32(ps[1]))
				n.ef.find(n.w, 0.16, 4)
			}
			start := c.minus(a.axis.times(half))
			j.decodeRow(start, a.axis.times(step))
			if j.linearDone(l, &a, false) {
				return true
			}
			if i >= 3 && len(n.votes) == 0 && (!l.deep || ps[1] == smeared) {
				break
			}
		}
	}
	return j.linearDone(l, &a, true)
}

// count is how many edges a line along a region has.
func (n *liner) count(p *plane, a area) int {
	n.ef.find(n.along(p, a.c, a.axis, Point{-a.d.Y, a.d.X}, a.length*0.56+8, 1, 1), 0.16, 4)
	return len(n.ef.pos)
}

// whole lengthens the line through a region, given by its middle and half its
// length, while there are edges up to its end: moiré and glare cut a code into
// several regions, and a part of a code must not pass for one.
func (n *liner) whole(p *plane, a area, half, step float64) (Point, float64) {
	c := a.c
	for range 4 {
		v := n.along(p, c, a.axis, Point{-a.d.Y, a.d.X}, half, step, 1)
		n.ef.find(v, 0.16, 4)
		pos := n.ef.pos
		if len(pos) < 18 {
			break
		}
		gap := 14 * n.module(pos)
		more := math.Min(half, 150) / 2
		ahead, behind := float32(len(v)-1)-pos[len(pos)-1] < gap, pos[0] < gap
		if ahead = ahead && p.inside(c.X+a.axis.X*half, c.Y+a.axis.Y*half); ahead {
			c, half = c.plus(a.axis.times(more)), half+more
		}
		if behind = behind && p.inside(c.X-a.axis.X*half, c.Y-a.axis.Y*half); behind {
			c, half = c.minus(a.axis.times(more)), half+more
		}
		if !ahead && !behind {
			break
		}
	}
	return c, half
}

// module is the width of a module in a line with these edges, in samples: in
// all linear codes two neighbouring runs make three to four modules.
func (n *liner) module(pos []float32) float32 {
	n.fine = n.fine[:0]
	for i := 2; i < len(pos); i++ {
		n.fine = append(n.fine, pos[i]-pos[i-2])
	}
	if len(n.fine) == 0 {
		return 0
	}
	return max(quantile(n.fine, 0.5)/3.3, quantile(n.fine, 0.2)/2)
}

// sharpen takes v, with the edges found in it, to w: what blur carried over a
// module's width is taken back.
func (n *liner) sharpen(k float32) {
	// twice the module is the shortest usual distance from edge to next edge but one
	n.fine = n.fine[:0]
	for i := 2; i < len(n.ef.pos); i++ {
		n.fine = append(n.fine, n.ef.pos[i]-n.ef.pos[i-2])
	}
	s := max(1, int(quantile(n.fine, 0.2)/2+0.5))
	n.w = grow(n.w, len(n.v))
	for i := range n.v {
		n.w[i] = n.v[i] + k*(n.v[i]-(n.v[max(0, i-s)]+n.v[min(len(n.v)-1, i+s)])/2)
	}
}

// decodeRow asks the decoders about the edges found in a line that begins at
// start and takes a step for each sample. The edges are cut where a gap is wider
// than any bar or space can be; each piece goes to the decoders with quiet zones
// of its own, so that a border close to the code does no harm.
func (j *job) decodeRow(start, step Point) {
	n := &j.line
	pos := n.ef.pos
	module := n.module(pos)
	if module <= 0 {
		return
	}
	for from := 0; from < len(pos); {
		to := from + 1
		for to < len(pos) && pos[to]-pos[to-1] < 7.5*module {
			to++
		}
		if to-from >= 24 {
			for _, inverted := range [2]bool{false, true} {
				a, b := from, to-1
				// begin and end with a bar
				if (n.ef.dark == (a&1 == 1)) == inverted {
					a++
				}
				if (n.ef.dark == (b&1 == 1)) != inverted {
					b--
				}
				n.alone = lone(pos, a, b, n.end, module)
				if b-a >= 24 && j.decodePiece(pos[a:b+1], start, step, inverted) {
					break
				}
			}
		}
		from = to
	}
}

// lone says whether the edges from a to b have quiet zones as a code has, so
// that they can not be a part of a longer one: the line goes on for six modules
// at least, and within two dozen lie no more edges than those of a border or two.
func lone(pos []float32, a, b int, end, module float32) bool {
	if pos[a] < 6*module || end-pos[b] < 6*module {
		return false
	}
	const many = 5
	return (a < many || pos[a]-pos[a-many] > 24*module) && (b+many >= len(pos) || pos[b+many]-pos[b] > 24*module)
}

// bitsModule is how many bits of a row a module gets.
const bitsModule = 5

func (j *job) decodePiece(pos []float32, start, step Point, inverted bool) bool {
	n := &j.line
	k := n.trend(pos)
	flat := func(x float32) float32 { // x from the first edge, with the trend taken out
		x -= pos[0]
		if k == 0 {
			return x
		}
		return float32(math.Log1p(float64(k*x))) / k
	}
	n.fine = n.fine[:0]
	for i := 2; i < len(pos); i++ {
		n.fine = append(n.fine, flat(pos[i])-flat(pos[i-2]))
	}
	small := quantile(n.fine, 0.2) / 2
	scale := bitsModule / small
	const margin = 14 * bitsModule
	size := int(flat(pos[len(pos)-1])*scale) + 2*margin
	if !(scale > 0) || size > 12000 || size < 0 {
		return false
	}
	n.bits = grow(n.bits, len(pos))
	for i, x := range pos {
		n.bits[i] = margin + flat(x)*scale
	}
	place := func(bit float64) Point {
		x := (bit - margin) / float64(scale)
		if k != 0 {
			x = math.Expm1(x*float64(k)) / float64(k)
		}
		return start.plus(step.times(x + float64(pos[0])))
	}
	for _, back := range [2]bool{false, true} {
		if back {
			slices.Reverse(n.bits)
			for i := range n.bits {
				n.bits[i] = float32(size) - n.bits[i]
			}
		}
		if j.askReaders(place, size, inverted, back) {
			return true
		}
	}
	return false
}

// trend is by how much of itself a module grows for each sample along the line:
// perspective makes the near end of a code wider than the far one.
func (n *liner) trend(pos []float32) float32 {
	const window = 10
	n.fine = n.fine[:0]
	type spot struct{ at, width float32 }
	var spots [64]spot
	m := 0
	for i := 0; i+window < len(pos) && m < len(spots); i += 4 {
		spots[m] = spot{(pos[i]+pos[i+window])/2 - pos[0], pos[i+window] - pos[i]}
		m++
	}
	if m < 4 {
		return 0
	}
	for i := range m {
		for k := i + m/3 + 1; k < m; k++ {
			a, b := spots[i], spots[k]
			// width = w0 (1 + k x) at both places
			if d := a.width*b.at - b.width*a.at; d > 0 {
				n.fine = append(n.fine, (b.width-a.width)/d)
			}
		}
	}
	if len(n.fine) < 3 {
		return 0
	}
	k := quantile(n.fine, 0.5)
	length := pos[len(pos)-1] - pos[0]
	if e := k * length; e < 0.08 && e > -0.08 || e < -0.6 || e > 1.5 {
		return 0
	}
	return k
}

// picture is the current piece as a row of bits; it is good until the next call.
func (n *liner) picture(size int) *gozxing.BitArray {
	if n.row == nil || n.row.GetSize() < size {
		n.row = gozxing.NewBitArray((size + 1023) &^ 1023)
	} else {
		n.row.Clear()
	}
	for i := 0; i+1 < len(n.bits); i += 2 {
		if from, to := int(n.bits[i]+0.5), int(n.bits[i+1]+0.5); to > from && from >= 0 && to <= size {
			_ = n.row.SetRange(from, to)
		}
	}
	return n.row
}

func (j *job) askReaders(place func(float64) Point, size int, inverted, back bool) bool {
	edges := len(j.line.bits)
	var row *gozxing.BitArray
	for _, r := range j.line.decoders() {
		if !j.want(r.format) {
			continue
		}
		if edges < fewest(r.format) || r.format&unchecked != 0 && !j.line.alone || j.line.exact && !j.line.promising(r.format) {
			continue
		}
		if row == nil {
			row = j.line.picture(size)
		}
		var res *gozxing.Result
		if !j.guard(func() bool {
			var err error
			res, err = r.dec.DecodeRow(0, row, asGS1)
			return err == nil && res.GetText() != ""
		}) {
			continue
		}
		pts := res.GetResultPoints()
		if len(pts) < 2 || !fills(r.format, len(res.GetText()), edges) {
			continue
		}
		x0, x1 := pts[0].GetX(), pts[1].GetX()
		chars := len(res.GetText())
		if r.format == Code128 {
			chars = len(res.GetRawBytes()) - 1
		}
		q := j.line.fitOf(r.format, x0, chars)
		if q == poor {
			continue
		}
		if back {
			x0, x1 = float64(size)-x0, float64(size)-x1
		}
		text, aim := res.GetText(), aimOf(r.format)
		if r.format == Code128 {
			text, aim = code128Said(res)
			text = latin1(text)
		}
		if text != "" {
			j.vote(r.format, text, aim, place(x0), place(x1), inverted, q)
		}
		return true
	}
	return false
}
