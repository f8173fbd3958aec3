package frame_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

// hostile are frames made to cost time: large symbols damaged beyond repair,
// finder patterns and bull's eyes by the hundred, noise and stripes up to the
// largest frame allowed.
func hostile(t testing.TB) map[string]frame.Frame {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	all := map[string]frame.Frame{}
	add := func(name string, w, h int, at func(x, y int) byte) {
		f := frame.Frame{W: w, H: h, Stride: w, Y: make([]byte, w*h)}
		for i := range f.Y {
			f.Y[i] = at(i%w, i/w)
		}
		all[name] = f
	}
	symbol := func(name, format, text string, u, v int) {
		m, err := phonescreen.Encode(format, text, r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		add(name, m.W*u+80, m.H*v+80, func(x, y int) byte {
			x, y = (x-40+u)/u-1, (y-40+v)/v-1
			dark := m.Dark(x, y)
			// leave the middle and the corners, by which symbols are found
			c := max(x-m.W/2, m.W/2-x, y-m.H/2, m.H/2-y)
			corner := (x < 20 || x > m.W-20) && (y < 20 || y > m.H-20)
			if dark && c > 9 && !corner && format != "pdf417" && r.IntN(4) == 0 || format == "pdf417" && x > 40 && x < m.W-40 && r.IntN(3) == 0 {
				dark = !dark
			}
			if dark {
				return 20
			}
			return 230
		})
	}
	symbol("qr", "qr", strings.Repeat("0123456789ABCDEF", 90), 3, 3)
	symbol("aztec", "aztec", strings.Repeat("0123456789", 140), 4, 4)
	symbol("datamatrix", "datamatrix", strings.Repeat("0123456789ABCDEF", 60), 4, 4)
	symbol("pdf417", "pdf417", strings.Repeat("ABCDEFGHIJ", 40), 2, 6)
	tile := func(name, format string, side, u int) {
		m, err := phonescreen.Encode(format, "1234567890", r)
		if err != nil {
			t.Fatal(err)
		}
		add(name, 1600, 1200, func(x, y int) byte {
			x, y = x/u%side, y/u%side
			if format == "aztec" {
				x, y = x+(m.W-side)/2, y+(m.H-side)/2
			}
			if m.Dark(x, y) && x < m.W {
				return 20
			}
			return 230
		})
	}
	tile("finder patterns", "qr", 8, 3)
	tile("eyes", "aztec", 12, 3)
	for _, s := range [][2]int{{640, 480}, {1920, 1080}, {4096, 4096}} {
		if s[0] > 1920 && !*rates || s[0] > 640 && thin {
			continue
		}
		size := fmt.Sprintf(" %d x %d", s[0], s[1])
		add("noise"+size, s[0], s[1], func(int, int) byte { return byte(r.Uint32()) })
		add("stripes"+size, s[0], s[1], func(x, y int) byte { return byte((x*x/97 + y/90) * 120) })
		add("blots"+size, s[0], s[1], func(x, y int) byte { return byte((uint32(x/7)*2654435761 ^ uint32(y/9)*40503) >> 3 & 1 * 200) })
	}
	return all
}

// TestOverrun measures by how much calls exceed their budget, by the clock of
// the processor, so that what else runs on the machine does not count.
func TestOverrun(t *testing.T) {
	if cpuTime() == 0 {
		t.Skip("processor time is not measured here")
	}
	defer frame.SetClock(func() time.Time { return time.Unix(0, int64(cpuTime())) })()
	budgets := []time.Duration{time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond}
	if thin {
		budgets = budgets[1:2]
	}
	if *rates {
		budgets = []time.Duration{time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond, 120 * time.Millisecond,
			200 * time.Millisecond, 350 * time.Millisecond, 600 * time.Millisecond, time.Second}
	}
	worst, where := time.Duration(0), ""
	try := func(name string, f frame.Frame, budgets []time.Duration) {
		for _, b := range budgets {
			_, stats, err := frame.Decode(context.Background(), f, frame.Options{Formats: ^frame.Format(0), Budget: b})
			if err != nil {
				t.Fatal(err)
			}
			if stats.Panics > 0 {
				t.Errorf("%s: %d panics", name, stats.Panics)
			}
			if over := stats.Took - b; over > worst {
				worst, where = over, name+" "+b.String()
			}
			if over := stats.Took - b; over > 20*time.Millisecond {
				t.Logf("%-20s %v over a budget of %v: %v", name, over, b, stats.Stages)
			}
		}
	}
	for name, f := range hostile(t) {
		try(name, f, budgets)
	}
	t.Logf("hostile frames: worst overrun %v (%s)", worst, where)
	// 50 ms is promised; the rest is for slow machines and the race detector
	if worst > 500*time.Millisecond {
		t.Errorf("worst overrun %v (%s)", worst, where)
	}
	if *rates {
		worst = 0
		for i, s := range drawSet(t) {
			try(s.kind+" "+s.format, frame.Frame{W: s.w, H: s.h, Stride: s.w, Y: s.y}, budgets[1+i%6:][:1])
		}
		t.Logf("pictures of seed %d: worst overrun %v (%s)", *seed, worst, where)
	}
}
