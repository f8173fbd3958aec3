package frame

import (
	"math"
	"slices"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/common"
	qrdecoder "github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// corner is a finder pattern with its outline, if that could be fitted.
type corner struct {
	mark
	q  quad
	ok bool
}

// triple is three finder patterns as they may stand in one symbol: the middle
// one of the angle, then the one clockwise of it (top right), then the third.
type triple struct {
	a, b, c int
	badness float64
}

const maxCorners = 12

// readQR looks for QR codes among the finder patterns of a layer.
func (j *job) readQR(l *layer) {
	marks := j.finder.squares
	j.stats.Finders += len(marks)
	if len(marks) > maxCorners {
		marks = marks[:maxCorners]
	}
	if len(marks) < 3 {
		return
	}
	var backing [maxCorners]corner
	corners := backing[:0]
	for _, m := range marks {
		k := corner{mark: m}
		k.q, k.ok = j.ring.fit(&l.p, m.c, m.module, 3, 3.5)
		if k.ok {
			k.c = k.q.crossing()
			k.module = math.Sqrt(k.q.area()) / 7
		}
		corners = append(corners, k)
		if j.over() {
			return
		}
	}
	tries := 6
	if l.deep {
		tries = 16
	}
	var used [maxCorners]bool
	for _, t := range triples(corners) {
		if tries == 0 || j.over() || j.full() {
			return
		}
		if used[t.a] || used[t.b] || used[t.c] {
			continue
		}
		tries--
		if j.covered(l, corners[t.a].c) && j.covered(l, corners[t.b].c) {
			continue
		}
		if j.tryQR(l, &corners[t.a], &corners[t.b], &corners[t.c]) {
			used[t.a], used[t.b], used[t.c] = true, true, true
		}
	}
}

func triples(k []corner) []triple {
	var list []triple
	for a := range k {
		for b := range k {
			for c := range k {
				if a == b || a == c || b == c || k[a].inverted != k[b].inverted || k[a].inverted != k[c].inverted {
					continue
				}
				u, v := k[b].c.minus(k[a].c), k[c].c.minus(k[a].c)
				if u.cross(v) <= 0 {
					continue // b is top right, clockwise
				}
				m := (k[a].module + k[b].module + k[c].module) / 3
				lo := min(k[a].module, k[b].module, k[c].module)
				hi := max(k[a].module, k[b].module, k[c].module)
				nu, nv := u.norm(), v.norm()
				if hi > 2*lo || nu < 10*m || nv < 10*m || nu > 190*m || nv > 190*m {
					continue
				}
				cos := math.Abs(u.dot(v)) / (nu * nv)
				ratio := math.Abs(math.Log(nu / nv))
				if cos > 0.75 || ratio > 0.9 {
					continue
				}
				bad := cos + ratio + 0.8*math.Log(hi/lo)
				for _, i := range [3]int{a, b, c} {
					if !k[i].ok {
						bad += 0.15
					}
					bad -= 0.02 * float64(min(k[i].hits, 8))
				}
				list = append(list, triple{a, b, c, bad})
			}
		}
	}
	slices.SortFunc(list, func(x, y triple) int {
		if x.badness < y.badness {
			return -1
		}
		return 1
	})
	return list
}

// width is how many pixels a module of the finder pattern takes towards d.
func (k *corner) width(d Point) float64 {
	if !k.ok {
		return k.module
	}
	u, v := k.q[1].minus(k.q[0]).plus(k.q[2].minus(k.q[3])), k.q[3].minus(k.q[0]).plus(k.q[2].minus(k.q[1]))
	// the side that runs more along d, its length as it is
	if math.Abs(u.dot(d))*v.norm() > math.Abs(v.dot(d))*u.norm() {
		return u.norm() / 14
	}
	return v.norm() / 14
}

func (j *job) tryQR(l *layer, a, b, c *corner) bool {
	u, v := b.c.minus(a.c), c.c.minus(a.c)
	wide := u.norm() / ((a.width(u) + b.width(u)) / 2)
	tall := v.norm() / ((a.width(v) + c.width(v)) / 2)
	guess := (wide+tall)/2 + 7
	near := int(math.Round((guess-17)/4))*4 + 17
	type option struct {
		dim   int
		q     quad
		score float64
	}
	var back [5]option
	opts := back[:0]
	for _, d := range [...]int{0, -4, 4, -8, 8} {
		dim := near + d
		if dim < 21 || dim > 177 {
			continue
		}
		q, ok := qrQuad(a, b, c, dim)
		if !ok {
			continue
		}
		opts = append(opts, option{dim, q, j.timing(l, a, dim, q) - 0.02*math.Abs(float64(dim)-guess)})
	}
	slices.SortFunc(opts, func(x, y option) int {
		if x.score > y.score {
			return -1
		}
		return 1
	})
	n := 1
	if l.deep {
		n = 2
	}
	for i, o := range opts {
		if i >= n || o.score < 0.25 || j.over() {
			break
		}
		if j.decodeQR(l, o.dim, o.q, a.inverted) {
			return true
		}
	}
	return false
}

// qrQuad guesses the corners of a symbol of dim modules from its three finder
// patterns: by their outlines where known, else as a parallelogram.
func qrQuad(a, b, c *corner, dim int) (quad, bool) {
	d := float64(dim)
	var backFrom, backTo [12]Point
	from, to := backFrom[:0], backTo[:0]
	u, v := b.c.minus(a.c), c.c.minus(a.c)
	all := true
	for i, k := range [3]*corner{a, b, c} {
		o := [3]Point{{3.5, 3.5}, {d - 3.5, 3.5}, {3.5, d - 3.5}}[i]
		if !k.ok {
			all = false
			continue
		}
		// name the outline's corners by the direction in which they lie
		for _, s := range [4]Point{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
			dir := u.times(s.X / u.norm()).plus(v.times(s.Y / v.norm()))
			best, top := k.q[0], math.Inf(-1)
			for _, p := range k.q {
				if x := p.minus(k.c).dot(dir); x > top {
					best, top = p, x
				}
			}
			from = append(from, Point{o.X + 3.5*s.X, o.Y + 3.5*s.Y})
			to = append(to, best)
		}
	}
	if all {
		if h, ok := fitProjection(from, to); ok {
			q := quad{h.at(0, 0), h.at(d, 0), h.at(d, d), h.at(0, d)}
			if q.convex() && q.area() > 0 {
				return q, true
			}
		}
	}
	s, t := u.times(1/(d-7)), v.times(1/(d-7))
	o := a.c.minus(s.times(3.5)).minus(t.times(3.5))
	q := quad{o, o.plus(s.times(d)), o.plus(s.times(d)).plus(t.times(d)), o.plus(t.times(d))}
	return q, q.area() > 0
}

// timing correlates the timing patterns with what they should be, -1 to 1.
func (j *job) timing(l *layer, a *corner, dim int, q quad) float64 {
	h := ofUnitSquare(q)
	best := 0.0
	for axis := range 2 {
		var prev, cur, sum, all float32
		for i := 7; i < dim-7; i++ {
			u, v := (float64(i)+0.5)/float64(dim), 6.5/float64(dim)
			if axis == 1 {
				u, v = v, u
			}
			s := h.at(u, v)
			cur = l.p.at(s.X, s.Y)
			if i > 7 {
				d := cur - prev // odd to even gets darker
				if i&1 == 0 {
					d = -d
				}
				sum += d
				if d < 0 {
					d = -d
				}
				all += d
			}
			prev = cur
		}
		if a.inverted {
			sum = -sum
		}
		if all > 0 {
			best += float64(sum/all) / 2
		}
	}
	return best
}

// qrKnown marks the modules whose colour the standard fixes.
func (g *grid) qrKnown(dim int, dark int8) {
	put := func(x, y int, isDark bool) {
		if x >= 0 && y >= 0 && x < dim && y < dim {
			g.known[y*dim+x] = -dark
			if isDark {
				g.known[y*dim+x] = dark
			}
		}
	}
	for i := 8; i < dim-8; i++ {
		put(i, 6, i&1 == 0)
		put(6, i, i&1 == 0)
	}
	for _, o := range [3][2]int{{0, 0}, {dim - 7, 0}, {0, dim - 7}} {
		for y := -1; y < 8; y++ {
			for x := -1; x < 8; x++ {
				ring := max(x-3, 3-x, y-3, 3-y)
				put(o[0]+x, o[1]+y, ring != 2 && ring != 4)
			}
		}
	}
	if v, err := qrdecoder.Version_GetVersionForNumber((dim - 17) / 4); err == nil {
		at := v.GetAlignmentPatternCenters()
		for _, cy := range at {
			for _, cx := range at {
				if cx < 8 && cy < 8 || cx < 8 && cy > dim-9 || cx > dim-9 && cy < 8 {
					continue
				}
				for y := -2; y <= 2; y++ {
					for x := -2; x <= 2; x++ {
						put(cx+x, cy+y, max(x, -x, y, -y) != 1)
					}
				}
			}
		}
	}
}

func (j *job) decodeQR(l *layer, dim int, q quad, inverted bool) bool {
	g := &j.grid
	g.size(dim, dim)
	dark := int8(1)
	if inverted {
		dark = -1
	}
	g.qrKnown(dim, dark)
	attempt := func(k spread) bool {
		var res *common.DecoderResult
		ok := j.guard(func() bool {
			r, err := j.qr.DecodeBoolMap(g.dark(k, inverted), nil)
			res = r
			return err == nil && r.GetText() != ""
		})
		if !ok {
			return false
		}
		s := Symbol{Text: res.GetText(), Format: QR, AIM: qrAIM(res), Corners: q, Votes: 1, Inverted: inverted}
		s.Raw = []byte(s.Text)
		if seg := res.GetByteSegments(); len(seg) == 1 && len(seg[0]) >= utf8.RuneCountInString(s.Text) {
			s.Raw = seg[0]
			if utf8.Valid(s.Raw) && len(seg[0]) > 0 && !utf8.ValidString(s.Text) {
				s.Text = string(s.Raw)
			}
		}
		if m, is := res.GetOther().(*qrdecoder.QRCodeDecoderMetaData); is && m != nil && m.IsMirrored() {
			s.Mirrored = true
		}
		j.add(l, s)
		return true
	}
	g.sample(&l.p, q, false)
	g.levels()
	switch a := g.agreement(); {
	case a > 0.9:
		if attempt(spread{}) {
			return true
		}
	case a < 0.64 && !l.deep:
		return false
	}
	q = g.refine(&l.p, q, 1.0, j.over)
	for _, nine := range [2]bool{true, false} {
		g.sample(&l.p, q, nine)
		g.levels()
		a := g.agreement()
		if a < 0.72 {
			return false
		}
		n := few
		if l.deep || a > 0.85 {
			n = len(spreads)
		}
		for _, k := range spreads[:n] {
			if attempt(k) {
				return true
			}
			if j.over() {
				return false
			}
		}
		if !l.deep && a < 0.85 {
			return false
		}
	}
	return false
}
