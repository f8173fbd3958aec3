package frame

import "time"

const (
	// share is the part of a core that a stream may use.
	share = 4
	// calm is how long a scene that does not change waits for the next deep look
	// at most: the same picture gives the same answer, all but its noise.
	calm = 8 * time.Second
)

// pace keeps a stream within its share of a core. Time earns credit, a quarter of
// it; every look at a frame spends. The first stage is let through as long as
// there is no debt, a deep look when there is credit for one like the last. So
// deep looks use what the first stage of every frame leaves over, and on a machine
// that is busy with something else they become rare by themselves.
type pace struct {
	every  time.Duration // between two deep looks
	most   time.Duration // credit that is kept
	credit time.Duration
	at     time.Time // when credit was right

	deepAt time.Time
	cost   time.Duration // of the last deep look
	wait   time.Duration // until the next one, if the scene stays as it is
	scene  scene         // what the last deep look saw
}

// scene is a picture of a picture: one pixel in 256.
type scene []byte

func newPace(every, budget time.Duration, now time.Time) *pace {
	return &pace{every: every, most: budget, credit: budget, at: now, wait: every}
}

func (p *pace) earn(now time.Time) {
	p.credit = min(p.most, p.credit+now.Sub(p.at)/share)
	p.at = now
}

// deep says whether a frame in which the first stage read nothing is looked at
// in full depth.
func (p *pace) deep(now time.Time, f Frame) bool {
	p.earn(now)
	since := now.Sub(p.deepAt)
	if since < p.every || p.credit < min(p.cost, p.most) {
		return false
	}
	switch {
	case p.scene.differs(f):
		p.wait = p.every
	case since < p.wait:
		return false
	default:
		p.wait = min(2*p.wait, calm)
	}
	p.deepAt = now
	p.scene = p.scene.take(f)
	return true
}

// spent takes a look off the credit, and says how long to rest.
func (p *pace) spent(now time.Time, took time.Duration, deep bool) (rest time.Duration) {
	p.earn(now)
	if p.credit -= took; deep {
		p.cost = took
	}
	return max(0, -p.credit*share)
}

// take makes the scene of a frame, in the memory of the one before.
func (s scene) take(f Frame) scene {
	s = s[:0]
	for y := 8; y < f.H; y += 16 {
		for x := 8; x < f.W; x += 16 {
			s = append(s, f.Y[y*f.Stride+x])
		}
	}
	return s
}

// differs says whether a fiftieth of a frame is other than in the scene, by more
// than noise.
func (s scene) differs(f Frame) bool {
	n, other := 0, 0
	for y := 8; y < f.H; y += 16 {
		for x := 8; x < f.W; x += 16 {
			if v := f.Y[y*f.Stride+x]; n >= len(s) || max(v, s[n])-min(v, s[n]) > 24 {
				other++
			}
			n++
		}
	}
	return n != len(s) || other*50 > n
}
