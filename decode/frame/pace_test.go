package frame

import (
	"testing"
	"time"
)

// A camera of 15 frames a second, for a minute: how often the stream looks, how
// often deeply, and the share of a core that this takes.
func TestPaceKeepsTheShare(t *testing.T) {
	for _, c := range []struct {
		name         string
		first, deep  time.Duration // what a look takes
		moving       bool
		looks, deeps [2]int // a minute, from and to
	}{
		{"a till's PC", 4 * time.Millisecond, 150 * time.Millisecond, true, [2]int{750, 900}, [2]int{60, 100}},
		{"a fast one", time.Millisecond, 20 * time.Millisecond, true, [2]int{880, 900}, [2]int{200, 241}},
		{"a slow one", 30 * time.Millisecond, 400 * time.Millisecond, true, [2]int{350, 520}, [2]int{0, 25}},
		{"nothing moves", 4 * time.Millisecond, 150 * time.Millisecond, false, [2]int{850, 900}, [2]int{8, 15}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const interval = time.Second / 15
			now := time.Unix(0, 0)
			p := newPace(250*time.Millisecond, 150*time.Millisecond, now)
			f := Frame{W: 640, H: 480, Stride: 640, Y: make([]byte, 640*480)}
			looks, deeps, used, free := 0, 0, time.Duration(0), now
			for i := range 15 * 60 {
				at := now.Add(time.Duration(i) * interval)
				if at.Before(free) {
					continue // still busy with an earlier one: this one gave way
				}
				if c.moving {
					for k := range f.Y {
						f.Y[k] = byte(i * 40)
					}
				}
				took, deep := c.first, p.deep(at.Add(c.first), f)
				if deep {
					took += c.deep
					deeps++
				}
				looks++
				used += took
				free = at.Add(took).Add(p.spent(at.Add(took), took, deep))
			}
			if looks < c.looks[0] || looks > c.looks[1] || deeps < c.deeps[0] || deeps > c.deeps[1] {
				t.Errorf("%d looks and %d deep ones, want %v and %v", looks, deeps, c.looks, c.deeps)
			}
			if most := time.Minute/4 + time.Second; used > most {
				t.Errorf("used %v of a minute, want at most %v", used, most)
			}
		})
	}
}

// Noise is no change; a phone that is held out is.
func TestPaceSeesAPhone(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPace(250*time.Millisecond, 150*time.Millisecond, now)
	f := Frame{W: 640, H: 480, Stride: 640, Y: make([]byte, 640*480)}
	p.deep(now, f)
	differs := func() bool { return p.scene.differs(f) }
	for i := range f.Y {
		f.Y[i] = byte(uint32(i) * 2654435761 >> 24 & 15)
	}
	if differs() {
		t.Error("noise is taken for a change")
	}
	for y := 200; y < 320; y++ {
		for x := 300; x < 380; x++ {
			f.Y[y*640+x] = 200
		}
	}
	if !differs() {
		t.Error("a phone is not seen")
	}
}
