package frame_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
)

func TestStreamReportsACardOnce(t *testing.T) {
	p, shown := draw(t, "lowres", "qr", 1, 5)
	blank := frame.Frame{W: 640, H: 480, Stride: 640, Y: make([]byte, 640*480)}
	synctest.Test(t, func(t *testing.T) {
		var views []frame.View
		s := frame.NewStream(frame.Options{}, func(v frame.View) { views = append(views, v) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		offer := func(f frame.Frame) frame.View {
			n := len(views)
			if err := s.Offer(f); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(190 * time.Millisecond)
			synctest.Wait()
			if len(views) != n+1 {
				t.Fatalf("%d views after frame %d", len(views), n+1)
			}
			return views[n]
		}
		if v := offer(shown); len(v.Symbols) != 1 || v.Symbols[0].Text != p.Text {
			t.Errorf("first frame: %+v", v)
		}
		if v := offer(shown); len(v.Symbols) != 0 || len(v.Held) != 1 {
			t.Errorf("second frame: %+v", v)
		}
		if v := offer(blank); len(v.Symbols)+len(v.Held) != 0 || !v.Deep {
			t.Errorf("blank frame: %+v", v)
		}
		if v := offer(blank); v.Deep {
			t.Error("two deep frames within 250 ms")
		}
		time.Sleep(3 * time.Second)
		if v := offer(shown); len(v.Symbols) != 1 {
			t.Errorf("shown again after a while: %+v", v)
		}
		// while nobody reads, the newest frame wins
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestStreamDropsOldFrames(t *testing.T) {
	_, shown := draw(t, "lowres", "qr", 1, 5)
	blank := frame.Frame{W: 640, H: 480, Stride: 640, Y: make([]byte, 640*480)}
	synctest.Test(t, func(t *testing.T) {
		var views []frame.View
		s := frame.NewStream(frame.Options{}, func(v frame.View) { views = append(views, v) })
		for range 5 {
			_ = s.Offer(blank)
		}
		_ = s.Offer(shown)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		cancel()
		<-done
		if len(views) != 1 || len(views[0].Symbols) != 1 || views[0].Dropped != 5 {
			t.Errorf("views: %+v", views)
		}
	})
}
