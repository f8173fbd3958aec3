package frame

import (
	"image"
	"strings"

	"github.com/makiuchi-d/gozxing"
	aztecdetector "github.com/makiuchi-d/gozxing/aztec/detector"
	dmdetector "github.com/makiuchi-d/gozxing/datamatrix/detector"
)

// asTheyAre asks gozxing's own detectors, last of all: they know pictures that
// ours do not, those drawn by a program with the symbol in the middle. Only for
// Aztec and Data Matrix, whose error correction vouches for the answer, and
// only in small pictures, since it can not be stopped.
func (j *job) asTheyAre(l *layer) {
	if l.p.w*l.p.h > 1<<20 || !j.want(Aztec|DataMatrix) {
		return
	}
	l = &layer{p: l.p, scale: l.scale, off: l.off, stage: "plain"}
	j.stats.Stages = append(j.stats.Stages, l.stage)
	src := gozxing.NewLuminanceSourceFromImage(&image.Gray{Pix: l.p.px, Stride: l.p.stride, Rect: image.Rect(0, 0, l.p.w, l.p.h)})
	for _, inverted := range [2]bool{false, true} {
		j.guard(func() bool {
			s := src
			if inverted {
				s = src.Invert()
			}
			m, err := gozxing.NewHybridBinarizer(s).GetBlackMatrix()
			if err != nil {
				return false
			}
			if j.want(Aztec) && !j.over() {
				j.plainAztec(l, m, inverted)
			}
			if j.want(DataMatrix) && !j.over() {
				j.plainDataMatrix(l, m, inverted)
			}
			return true
		})
		if len(j.found) > 0 || j.over() {
			return
		}
	}
}

func (j *job) plainAztec(l *layer, m *gozxing.BitMatrix, inverted bool) {
	for _, mirrored := range [2]bool{false, true} {
		r, err := aztecdetector.NewDetector(m).Detect(mirrored)
		if err != nil {
			continue
		}
		b := r.GetBits()
		dark := make([][]bool, b.GetHeight())
		for y := range dark {
			dark[y] = make([]bool, b.GetWidth())
			for x := range dark[y] {
				dark[y][x] = b.Get(x, y)
			}
		}
		bits, err := aztecWords(dark, r.IsCompact(), r.GetNbLayers(), r.GetNbDatablocks())
		if err != nil {
			continue
		}
		if text, err := j.aztec.HighLevelDecode(bits); err == nil && strings.Trim(text, gs) != "" {
			text, aim := aztecSaid(text)
			j.add(l, Symbol{Text: text, Raw: []byte(text), Format: Aztec, AIM: aim, Corners: outline(r.GetPoints()),
				Votes: 1, Inverted: inverted, Mirrored: mirrored})
			return
		}
	}
}

func (j *job) plainDataMatrix(l *layer, m *gozxing.BitMatrix, inverted bool) {
	d, err := dmdetector.NewDetector(m)
	if err != nil {
		return
	}
	r, err := d.Detect()
	if err != nil {
		return
	}
	if res, err := j.dm.Decode(r.GetBits()); err == nil && strings.Trim(res.GetText(), gs) != "" {
		text, aim := dataMatrixSaid(res)
		j.add(l, Symbol{Text: text, Raw: []byte(text), Format: DataMatrix, AIM: aim, Corners: outline(r.GetPoints()),
			Votes: 1, Inverted: inverted})
	}
}

// outline is the upright box round the points that gozxing gives.
func outline(pts []gozxing.ResultPoint) (q quad) {
	if len(pts) == 0 {
		return q
	}
	a, b := Point{pts[0].GetX(), pts[0].GetY()}, Point{pts[0].GetX(), pts[0].GetY()}
	for _, p := range pts {
		a, b = Point{min(a.X, p.GetX()), min(a.Y, p.GetY())}, Point{max(b.X, p.GetX()), max(b.Y, p.GetY())}
	}
	return quad{a, {b.X, a.Y}, b, {a.X, b.Y}}
}
