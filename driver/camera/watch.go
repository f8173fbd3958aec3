package camera

import (
	"context"
	"runtime/debug"

	"github.com/tillgate/tillgate/driver"
)

// watch is a reader with the judge behind it: it says what to deliver.
type watch struct {
	reader Reader
	found  chan Symbol   // to be delivered
	doubt  chan struct{} // 1-buffered: different codes came into view
	show   func(Look)

	// Of the goroutine of the reader.
	ctx   context.Context
	judge judge
	state State
}

// newWatch makes one; show is called with what each frame showed.
func newWatch(newReader NewReader, show func(Look)) *watch {
	w := &watch{found: make(chan Symbol), doubt: make(chan struct{}, 1), show: show}
	w.reader = newReader(w.saw)
	return w
}

// start lets the reader run until ctx ends, and then gives its error. A panic is
// one like any other: a picture that nobody foresaw must not stop the till.
func (w *watch) start(ctx context.Context) (ended <-chan error) {
	w.ctx = ctx
	done := make(chan error, 1)
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				done <- &driver.PanicError{Value: v, Stack: debug.Stack()}
			}
		}()
		done <- w.reader.Run(ctx)
	}()
	return done
}

func (w *watch) saw(v View) {
	s, l := w.judge.look(v)
	w.show(l)
	if l.State == Several && w.state != Several {
		select {
		case w.doubt <- struct{}{}:
		default:
		}
	}
	w.state = l.State
	if s == nil {
		return
	}
	select {
	case w.found <- *s:
	case <-w.ctx.Done():
	}
}
