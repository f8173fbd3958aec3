package frame

import (
	"context"
	"sync"
	"time"

	aztecdecoder "github.com/makiuchi-d/gozxing/aztec/decoder"
	dmdecoder "github.com/makiuchi-d/gozxing/datamatrix/decoder"
	qrdecoder "github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// job is one call of Decode with all its memory, which the next call takes over.
type job struct {
	ctx      context.Context
	o        Options
	deadline time.Time
	ended    bool
	stats    Stats
	found    []Symbol

	bin    binarizer
	finder finder
	ring   ringFitter
	grid   grid
	area   areas
	line   liner
	stack  stacked
	blobs  blobs
	half   []byte
	half2  []byte
	soft   []byte
	zoom   []byte
	sums   []int32

	qr    *qrdecoder.Decoder
	dm    *dmdecoder.Decoder
	aztec *aztecdecoder.Decoder
}

var jobs = sync.Pool{New: func() any {
	return &job{qr: qrdecoder.NewDecoder(), dm: dmdecoder.NewDecoder(), aztec: aztecdecoder.NewDecoder()}
}}

// clock is time.Now; tests put the processor's time in its place, which other
// programs on the machine do not lengthen.
var clock = time.Now

// layer is a picture to search: the frame itself or something made of it.
type layer struct {
	p     plane
	stage string
	scale float64 // pixels of the frame in one of the layer
	off   Point   // place of its origin in the frame
	deep  bool    // spend time on doubtful candidates
}

func (l *layer) inFrame(p Point) Point { return p.times(l.scale).plus(l.off) }

func (j *job) run(ctx context.Context, f Frame, o Options) ([]Symbol, Stats, error) {
	start := clock()
	j.ctx, j.o, j.deadline, j.ended = ctx, o, start.Add(o.Budget), false
	j.stats, j.found = Stats{}, nil
	defer func() { j.ctx = nil }()
	if f.W >= smallest && f.H >= smallest {
		j.guard(func() bool {
			j.stages(plane{w: f.W, h: f.H, stride: f.Stride, px: f.Y})
			return true
		})
	}
	j.stats.Took = clock().Sub(start)
	j.stats.OutOfIt = j.ended
	return j.found, j.stats, ctx.Err()
}

// over says whether the time is up.
func (j *job) over() bool {
	if !j.ended && (!clock().Before(j.deadline) || j.ctx.Err() != nil) {
		j.ended = true
	}
	return j.ended
}

func (j *job) full() bool { return len(j.found) >= j.o.MaxSymbols }

func (j *job) want(f Format) bool { return j.o.Formats&f != 0 }

// add takes a symbol, found in a layer, unless it is known already.
func (j *job) add(l *layer, s Symbol) {
	for i := range s.Corners {
		s.Corners[i] = l.inFrame(s.Corners[i])
	}
	s.Stage = l.stage
	for i := range j.found {
		if t := &j.found[i]; t.Format == s.Format && t.Text == s.Text {
			t.Votes = max(t.Votes, s.Votes)
			return
		}
	}
	if len(j.found) < j.o.MaxSymbols {
		j.found = append(j.found, s)
	}
}

// covered says whether a place of the layer lies on a symbol already read.
func (j *job) covered(l *layer, p Point) bool {
	p = l.inFrame(p)
	for i := range j.found {
		if quad(j.found[i].Corners).holds(p) {
			return true
		}
	}
	return false
}

func (q quad) holds(p Point) bool {
	c := q.crossing()
	for i := range q {
		// a tenth larger than the symbol
		a, b := c.mix(q[i], 1.1), c.mix(q[(i+1)%4], 1.1)
		if b.minus(a).cross(p.minus(a)) < 0 {
			return false
		}
	}
	return true
}

// guard runs a decoder of others; a panic counts as not decoded.
func (j *job) guard(f func() bool) (ok bool) {
	defer func() {
		if recover() != nil {
			j.stats.Panics++
			ok = false
		}
	}()
	return f()
}
