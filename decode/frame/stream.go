package frame

import (
	"context"
	"sync"
	"time"
)

// Stream reads the frames of a camera as they come and never lags: while one is
// being read, the newest of those offered waits and older ones are dropped.
//
// Every frame gets the first stage, one that shows what the one before showed too:
// noise and a hand that shakes decide whether a hard code is read. When that reads
// nothing, the full depth is spent on one frame in DeepEvery, within Budget, and
// less often on a scene that does not change. Over some seconds at most a quarter of
// a core is used, whatever the camera delivers: deep looks become rarer for that, and
// where the first stage alone is more, frames are left out. A card that stays in view
// is reported once, and again only when it was away for Hold. A text of a format
// without check character (Code 39, ITF, Codabar) must be read in two frames.
type Stream struct {
	o         Options
	view      func(View)
	DeepEvery time.Duration // 0 = 250 ms
	Budget    time.Duration // of a deep frame; 0 = 150 ms
	Hold      time.Duration // 0 = 2 s

	mu    sync.Mutex
	next  Frame
	fresh bool
	buf   [2][]byte // the frame being read and the one that waits
	which int
	wake  chan struct{}
	drops int
}

// View is what a stream saw in one frame.
type View struct {
	Symbols []Symbol // shown anew
	Held    []Symbol // still or again in view
	Advice  []Advice // if nothing was read
	Deep    bool
	Cut     bool // the budget ended before the frame was searched whole
	Took    time.Duration
	Dropped int // frames since the last view that were not looked at
}

// NewStream makes a stream; view is called from Run for each frame read.
func NewStream(o Options, view func(View)) *Stream {
	return &Stream{o: o, view: view, wake: make(chan struct{}, 1)}
}

// Offer hands over a frame, which is copied, and returns at once.
func (s *Stream) Offer(f Frame) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.fresh {
		s.drops++
	}
	b := grow(s.buf[s.which], f.W*f.H)
	for y := range f.H {
		copy(b[y*f.W:(y+1)*f.W], f.Y[y*f.Stride:])
	}
	s.buf[s.which] = b
	s.next, s.fresh = Frame{W: f.W, H: f.H, Stride: f.W, Y: b}, true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

func (s *Stream) take() (Frame, int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fresh {
		return Frame{}, 0, false
	}
	f, n := s.next, s.drops
	s.fresh, s.drops = false, 0
	s.which = 1 - s.which
	return f, n, true
}

// Run reads frames until ctx ends.
func (s *Stream) Run(ctx context.Context) error {
	every, budget, hold := s.DeepEvery, s.Budget, s.Hold
	if every <= 0 {
		every = 250 * time.Millisecond
	}
	if budget <= 0 {
		budget = 150 * time.Millisecond
	}
	if hold <= 0 {
		hold = 2 * time.Second
	}
	pace := newPace(every, budget, time.Now())
	seen := map[sighting]*sightings{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		}
		f, dropped, ok := s.take()
		if !ok {
			continue
		}
		start := time.Now()
		o := s.o
		o.Depth, o.Budget = First, budget
		found, stats, err := Decode(ctx, f, o)
		v := View{Dropped: dropped}
		if err == nil && len(found) == 0 && pace.deep(time.Now(), f) {
			v.Deep = true
			o.Depth = Full
			found, stats, err = Decode(ctx, f, o)
		}
		if err != nil {
			continue // ctx ended; the next turn sees it
		}
		v.Cut = stats.OutOfIt
		v.Took, v.Advice = time.Since(start), stats.Hints
		v.sort(found, seen, start, hold)
		s.view(v)
		if pause := pace.spent(start.Add(v.Took), v.Took, v.Deep); pause > 0 {
			rest := time.NewTimer(pause)
			select {
			case <-ctx.Done():
				rest.Stop()
				return nil
			case <-rest.C:
			}
		}
	}
}

type sighting struct {
	format Format
	text   string
}

type sightings struct {
	last   time.Time
	frames int
	told   bool
}

// sort tells new symbols from those held in view.
func (v *View) sort(found []Symbol, seen map[sighting]*sightings, now time.Time, hold time.Duration) {
	for k, s := range seen {
		if now.Sub(s.last) > hold {
			delete(seen, k)
		}
	}
	for _, f := range found {
		k := sighting{f.Format, f.Text}
		s := seen[k]
		if s == nil {
			s = &sightings{}
			seen[k] = s
		}
		s.last, s.frames = now, s.frames+1
		switch {
		case s.told:
			v.Held = append(v.Held, f)
		case s.frames > 1 || f.Format&unchecked == 0:
			s.told = true
			v.Symbols = append(v.Symbols, f)
		}
	}
}
