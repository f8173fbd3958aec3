package frame_test

import (
	"context"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

// BenchmarkStream plays a camera of 640 x 480 at 15 frames a second for some
// seconds of real time, and gives the share of one core that this took:
//
//	go test ./decode/frame -run '^$' -bench Stream -benchtime 1x
func BenchmarkStream(b *testing.B) {
	const rate, seconds = 15, 6
	if cpuTime() == 0 {
		b.Skip("CPU time is not known here")
	}
	lowres := func(severity int) []frame.Frame {
		var all []frame.Frame
		for seed := range uint64(8) {
			_, f := draw(b, "lowres", phonescreen.Formats[seed%4], severity, seed)
			all = append(all, f)
		}
		return all
	}
	var counter []frame.Frame
	for i := range 8 {
		p := phonescreen.Negative(i, uint64(i))
		f := frame.Frame{W: min(640, p.W), H: min(480, p.H), Stride: p.W, Y: p.Y}
		counter = append(counter, f)
	}
	for _, scene := range []struct {
		name  string
		every int // frames for which a picture stays
		film  []frame.Frame
	}{
		{"counter", 15, counter},
		{"card held", 90, lowres(1)},
		{"cards, hard to read", 15, lowres(4)},
	} {
		b.Run(scene.name, func(b *testing.B) {
			for range b.N {
				views, deep := 0, 0
				s := frame.NewStream(frame.Options{}, func(v frame.View) {
					views++
					if v.Deep {
						deep++
					}
				})
				ctx, cancel := context.WithCancel(b.Context())
				done := make(chan error, 1)
				go func() { done <- s.Run(ctx) }()
				tick := time.NewTicker(time.Second / rate)
				before, start := cpuTime(), time.Now()
				for i := range rate * seconds {
					<-tick.C
					if err := s.Offer(scene.film[i/scene.every%len(scene.film)]); err != nil {
						b.Fatal(err)
					}
				}
				took := time.Since(start)
				tick.Stop()
				cancel()
				<-done
				b.ReportMetric(100*float64(cpuTime()-before)/float64(took), "%core")
				b.ReportMetric(float64(views)/took.Seconds(), "looks/s")
				b.ReportMetric(float64(deep)/took.Seconds(), "deep/s")
			}
		})
	}
}
