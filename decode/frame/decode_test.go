package frame_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

func draw(t testing.TB, kind, format string, severity int, seed uint64) (phonescreen.Picture, frame.Frame) {
	t.Helper()
	p, err := phonescreen.Draw(kind, format, severity, seed)
	if err != nil {
		t.Fatal(err)
	}
	return p, frame.Frame{W: p.W, H: p.H, Stride: p.W, Y: p.Y}
}

var patient = frame.Options{Budget: time.Minute}

func TestDecodeReadsEveryFormat(t *testing.T) {
	kinds := []string{"lowres", "dark", "rotated"}
	for i, format := range phonescreen.Formats {
		p, f := draw(t, kinds[i%len(kinds)], format, 1+i%2, 5)
		got, _, err := frame.Decode(context.Background(), f, patient)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || plain(format, got[0].Text) != plain(format, p.Text) {
			t.Errorf("%s: got %+v, want %q", p.Name(), got, p.Text)
			continue
		}
		if want, err := frame.ParseFormat(format); err != nil || got[0].Format != want {
			t.Errorf("%s: format %v", p.Name(), got[0].Format)
		}
		if !strings.HasPrefix(got[0].AIM, "]") || got[0].Inverted != (p.Kind == "dark") {
			t.Errorf("%s: AIM %q, inverted %v", p.Name(), got[0].AIM, got[0].Inverted)
		}
		for _, c := range got[0].Corners {
			if c.X < -40 || c.Y < -40 || c.X > float64(p.W)+40 || c.Y > float64(p.H)+40 {
				t.Errorf("%s: corner %v is far outside", p.Name(), c)
			}
		}
	}
}

// Every format as it comes before a camera: in dark mode, turned to any side,
// in perspective, at the rim of the frame.
func TestDecodeReadsEveryAttitude(t *testing.T) {
	for i, format := range phonescreen.Formats {
		if thin && i%3 > 0 {
			continue
		}
		for _, k := range []struct {
			kind     string
			severity int
			linear   bool
		}{{"rotated", 3, phonescreen.Linear(format)}, {"dark", 2, true}, {"perspective", 2, false}} {
			if k.linear != phonescreen.Linear(format) {
				continue
			}
			p, f := draw(t, k.kind, format, k.severity, 21)
			got, _, err := frame.Decode(context.Background(), f, patient)
			if err != nil || len(got) != 1 || plain(format, got[0].Text) != plain(format, p.Text) {
				t.Errorf("%s: got %+v, %v, want %q", p.Name(), got, err, p.Text)
			}
		}
	}
}

// Symbols lie where they lie: here in the four corners of a frame.
func TestDecodeReadsOffCentre(t *testing.T) {
	for i, format := range []string{"datamatrix", "qr", "aztec", "code128"} {
		if thin && i > 0 {
			break
		}
		p, f := draw(t, "lowres", format, 1, 5)
		for i := range 4 {
			big := frame.Frame{W: 1200, H: 900, Stride: 1200, Y: slices.Repeat([]byte{40}, 1200*900)}
			paste(big, f, i%2*(big.W-f.W), i/2*(big.H-f.H))
			got, _, err := frame.Decode(context.Background(), big, patient)
			if err != nil || len(got) != 1 || got[0].Text != p.Text {
				t.Errorf("%s in corner %d: got %+v, %v, want %q", format, i, got, err, p.Text)
				continue
			}
			c := got[0].Corners
			x, y := (c[0].X+c[2].X)/2, (c[0].Y+c[2].Y)/2
			if x < float64(i%2*(big.W-f.W)) || x > float64(i%2*(big.W-f.W)+f.W) || y < float64(i/2*(big.H-f.H)) || y > float64(i/2*(big.H-f.H)+f.H) {
				t.Errorf("%s in corner %d: its middle is said to be at %.0f, %.0f", format, i, x, y)
			}
		}
	}
}

func paste(big, f frame.Frame, x, y int) {
	for r := range f.H {
		copy(big.Y[(y+r)*big.Stride+x:][:f.W], f.Y[r*f.Stride:])
	}
}

// Whatever is in the frame, only what was asked for is reported.
func TestDecodeKeepsToTheFormatsAskedFor(t *testing.T) {
	for i, format := range phonescreen.Formats {
		if thin && i%3 > 0 {
			continue
		}
		p, f := draw(t, "lowres", format, 1, 5)
		own, err := frame.ParseFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := frame.Decode(context.Background(), f, frame.Options{Formats: own, Budget: time.Minute})
		if err != nil || len(got) != 1 || plain(format, got[0].Text) != plain(format, p.Text) {
			t.Errorf("%s alone: got %v, %v", format, got, err)
		}
		got, _, err = frame.Decode(context.Background(), f, frame.Options{Formats: ^own, Depth: frame.First, Budget: time.Minute})
		if err != nil || len(got) != 0 {
			t.Errorf("all but %s: got %v, %v", format, got, err)
		}
	}
}

// Two cards in one frame are both reported.
func TestDecodeReportsBothCards(t *testing.T) {
	for _, pair := range [][2]string{{"qr", "code128"}, {"qr", "qr"}, {"code128", "ean13"}, {"pdf417", "aztec"}, {"datamatrix", "itf"}, {"pdf417", "pdf417"}} {
		a, fa := draw(t, "lowres", pair[0], 1, 5)
		b, fb := draw(t, "lowres", pair[1], 1, 6)
		both := frame.Frame{W: fa.W, H: fa.H + fb.H, Stride: fa.W, Y: slices.Concat(fa.Y, fb.Y)}
		got, _, err := frame.Decode(context.Background(), both, patient)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, s := range got {
			texts = append(texts, plain(s.Format.String(), s.Text))
		}
		if len(got) != 2 || !slices.Contains(texts, plain(pair[0], a.Text)) || !slices.Contains(texts, plain(pair[1], b.Text)) {
			t.Errorf("got %q, want %q and %q", texts, a.Text, b.Text)
		}
	}
}

func TestDecodeReadsNothingWhereNothingIs(t *testing.T) {
	for i := range phonescreen.Negatives {
		p := phonescreen.Negative(i, 11)
		got, _, err := frame.Decode(context.Background(), frame.Frame{W: p.W, H: p.H, Stride: p.W, Y: p.Y},
			frame.Options{Formats: ^frame.Format(0), Budget: time.Minute})
		if err != nil || len(got) != 0 {
			t.Errorf("negative %d: got %+v, %v", i, got, err)
		}
	}
}

func TestDecodeRefusesWhatIsNoFrame(t *testing.T) {
	for _, f := range []frame.Frame{
		{}, {W: 10, H: 10, Stride: 5, Y: make([]byte, 100)}, {W: 10, H: 10, Stride: 10, Y: make([]byte, 99)},
		{W: frame.MaxSide + 1, H: 1, Stride: frame.MaxSide + 1, Y: make([]byte, frame.MaxSide+1)}, {W: -1, H: 4, Stride: 4},
	} {
		if _, _, err := frame.Decode(context.Background(), f, patient); err == nil {
			t.Errorf("%d x %d was taken", f.W, f.H)
		}
	}
	for _, side := range []int{1, 7, 15, 16, 17, 33} {
		if _, _, err := frame.Decode(context.Background(), frame.Frame{W: side, H: side, Stride: side, Y: make([]byte, side*side)}, patient); err != nil {
			t.Errorf("%d x %d: %v", side, side, err)
		}
	}
	y := make([]byte, frame.MaxSide*40)
	for i := range y {
		y[i] = byte(i * i >> 3)
	}
	for _, f := range []frame.Frame{
		{W: frame.MaxSide, H: 17, Stride: frame.MaxSide, Y: y}, {W: 17, H: frame.MaxSide, Stride: 20, Y: y}, {W: 3000, H: 40, Stride: 3000, Y: y}, {W: 161, H: 97, Stride: 170, Y: y},
	} {
		if _, stats, err := frame.Decode(context.Background(), f, frame.Options{Formats: ^frame.Format(0), Budget: 300 * time.Millisecond}); err != nil || stats.Panics > 0 {
			t.Errorf("%d x %d: %v, %d panics", f.W, f.H, err, stats.Panics)
		}
	}
}

func TestDecodeKeepsItsBudget(t *testing.T) {
	p := phonescreen.Negative(4, 3) // noise is the dearest
	f := frame.Frame{W: p.W, H: p.H, Stride: p.W, Y: p.Y}
	for _, b := range []time.Duration{time.Millisecond, 20 * time.Millisecond} {
		start := cpuTime()
		_, stats, err := frame.Decode(context.Background(), f, frame.Options{Budget: b})
		if err != nil {
			t.Fatal(err)
		}
		// CPU, since the wall is not ours alone; the race detector is slow
		if took := cpuTime() - start; took > 10*(b+50*time.Millisecond) {
			t.Errorf("budget %v: took %v (%+v)", b, took, stats)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := frame.Decode(ctx, f, patient); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAdviceForADarkFrame(t *testing.T) {
	y := make([]byte, 640*480)
	for i := range y {
		y[i] = byte(10 + i%7)
	}
	_, stats, err := frame.Decode(context.Background(), frame.Frame{W: 640, H: 480, Stride: 640, Y: y}, frame.Options{Depth: frame.First})
	if err != nil || !slices.Contains(stats.Hints, frame.Dark) {
		t.Errorf("hints %v, %v", stats.Hints, err)
	}
	for _, a := range []frame.Advice{frame.Dark, frame.Glare, frame.Cut, frame.Far, frame.Moving} {
		if a.Text("ru") == "" || a.Text("en") == "" || a.Text("ru") == a.Text("en") {
			t.Errorf("%s has no text", a)
		}
	}
}

// withoutCode are frames without a code, several of each sort.
func withoutCode(each int) [][]frame.Frame {
	sorts := make([][]frame.Frame, phonescreen.Negatives)
	for i := range sorts {
		for k := range each {
			p := phonescreen.Negative(i, 3+uint64(k))
			sorts[i] = append(sorts[i], frame.Frame{W: p.W, H: p.H, Stride: p.W, Y: p.Y})
		}
	}
	return sorts
}

// The first stage runs on every frame of a camera: it must not keep the
// collector busy. What it needs is in the job, once that has seen a frame.
func TestFirstStageMissAllocatesLittle(t *testing.T) {
	if thin {
		t.Skip("the race detector allocates too")
	}
	// The collector empties pools, and each processor has one of its own.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for i, sort := range withoutCode(1) {
		f := sort[0]
		const runs = 5
		var before, after runtime.MemStats
		for k := range runs + 2 {
			if k == 2 {
				runtime.ReadMemStats(&before)
			}
			if got, _, err := frame.Decode(t.Context(), f, frame.Options{Depth: frame.First, Budget: time.Minute}); err != nil || len(got) != 0 {
				t.Fatal(got, err)
			}
		}
		runtime.ReadMemStats(&after)
		n, size := (after.Mallocs-before.Mallocs)/runs, (after.TotalAlloc-before.TotalAlloc)/runs
		if n > 50 || size > 300_000 {
			t.Errorf("sort %d: %d allocations, %d bytes", i, n, size)
		}
	}
}

// BenchmarkFirstStageMiss640x480 is for each sort of frame without a code.
func BenchmarkFirstStageMiss640x480(b *testing.B) {
	for i, sort := range withoutCode(6) {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if got, _, err := frame.Decode(context.Background(), sort[n%len(sort)], frame.Options{Depth: frame.First, Budget: time.Minute}); err != nil || len(got) != 0 {
					b.Fatal(got, err)
				}
			}
		})
	}
}

func BenchmarkHit1280x720(b *testing.B) {
	for _, format := range []string{"qr", "aztec", "pdf417", "code128", "datamatrix"} {
		b.Run(format, func(b *testing.B) {
			_, f := draw(b, "frontal", format, 1, 3)
			b.ReportAllocs()
			for b.Loop() {
				if got, _, err := frame.Decode(context.Background(), f, frame.Options{Budget: time.Minute}); err != nil || len(got) != 1 {
					b.Fatal(got, err)
				}
			}
		})
	}
}
