package driver

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// runner runs one Source for the Supervisor and keeps the report on it.
type runner struct {
	source  Source
	id      string
	log     *slog.Logger
	scans   chan<- Scan
	queue   chan read    // between the device and scans, while the stages behind are busy
	waiting atomic.Int32 // in queue, or taken out of it and not handed over yet
	views   chan<- Picture
	view    chan Picture // the newest that nobody has taken
	changed func()
	ended   atomic.Bool
	events  *events
	plugged chan struct{} // a device came: those that wait for theirs look
	resumed chan struct{} // the machine was asleep: whoever waits looks

	// Touched by the goroutine of run alone.
	pace     pace
	failures flood
	losses   flood
	seq      uint64
	silent   bool // the last failure was not logged, so its end is not either
	untold   bool // an absent device is looked for without the system having told of one

	mu     sync.Mutex // guards what follows; held for copying only
	status Status
	reopen context.CancelCauseFunc // ends this run of the source
}

// read is a scan that waits for the stages behind.
type read struct {
	Scan
	old <-chan struct{} // closed when the machine was asleep since
}

func newRunner(src Source, id string, log *slog.Logger, scans chan<- Scan, views chan<- Picture, ev *events, changed func()) *runner {
	info := src.Info()
	info.ID = id
	return &runner{
		source: src, id: id, log: log.With("device", id), scans: scans, queue: make(chan read, held),
		views: views, view: make(chan Picture, 1), changed: changed,
		events: ev, plugged: make(chan struct{}, 1), resumed: make(chan struct{}, 1),
		failures: flood{every: time.Hour}, losses: flood{every: time.Minute},
		status: Status{Info: info, State: Opening, Since: time.Now()},
	}
}

func (r *runner) run(ctx context.Context) {
	defer r.ended.Store(true)
	var forwarding sync.WaitGroup
	forwarding.Go(func() { r.forward(ctx) })
	forwarding.Go(func() { r.show(ctx) })
	defer forwarding.Wait()
	for {
		began := time.Now()
		err := r.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errResumed) {
			r.afresh()
			continue
		}
		if err == nil {
			err = errors.New("driver bug: ended without an error")
		}
		ran := time.Since(began)
		if ran >= settled {
			r.failures.reset()
		}
		r.failed(err)
		if !r.wait(ctx, StateOf(err), ran) {
			return
		}
	}
}

// forward hands scans over to the stages behind until ctx ends.
func (r *runner) forward(ctx context.Context) {
	for {
		select {
		case scan := <-r.queue:
			to := r.scans
			select {
			case <-scan.old:
				to = nil
			default:
			}
			select {
			case to <- scan.Scan:
				r.handed(scan.At)
			case <-scan.old:
				r.update(func(s *Status) { s.Lost++; s.LostWhy = "code from before the machine was asleep" })
			case <-ctx.Done():
				return
			}
			r.waiting.Add(-1)
		case <-ctx.Done():
			return
		}
	}
}

// handed notes a scan that the stages behind have taken.
func (r *runner) handed(at time.Time) {
	r.update(func(s *Status) { s.Scans, s.LastScan = s.Scans+1, at })
}

// show hands pictures over until ctx ends. Codes do not wait behind them.
func (r *runner) show(ctx context.Context) {
	for {
		select {
		case p := <-r.view:
			select {
			case r.views <- p:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// once runs the source one time; a panic is an error like any other, because one
// driver's mistake must not stop the till.
func (r *runner) once(ctx context.Context) (err error) {
	ctx, reopen := context.WithCancelCause(ctx)
	defer reopen(nil)
	old := make(chan struct{})
	r.mu.Lock()
	r.reopen = reopen
	r.mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		} else if context.Cause(ctx) == errResumed {
			err = errResumed
			close(old)
		}
	}()
	return r.source.Run(ctx, &till{r, ctx, old})
}

func (r *runner) failed(err error) {
	state, reason := StateOf(err), err.Error()
	r.update(func(s *Status) { s.State, s.Reason = state, reason })
	if state == Off {
		r.silent = false
		r.log.Info("scanner switched off")
		return
	}
	repeated, worth := r.failures.note(reason, time.Now())
	if r.silent = !worth; r.silent {
		return
	}
	attrs := []any{"state", state, "reason", reason}
	if repeated > 0 {
		attrs = append(attrs, "repeated", repeated)
	}
	if bug := (*PanicError)(nil); errors.As(err, &bug) {
		r.log.Error("scanner stopped", append(attrs, "stack", string(bug.Stack))...)
		return
	}
	r.log.Warn("scanner not ready", attrs...)
}

// update changes the status, keeps Since to the change of State, and tells those
// who watch if they would see a difference.
func (r *runner) update(change func(*Status)) {
	r.mu.Lock()
	was := r.status
	change(&r.status)
	r.status.Info.ID = r.id
	if r.status.State != Ready || r.status.Scans != was.Scans {
		r.status.Advice = ""
	}
	if r.status.State != was.State {
		r.status.Since = time.Now()
	}
	now := r.status
	r.mu.Unlock()
	if now.State != was.State || now.Reason != was.Reason || now.Info != was.Info || now.Lost != was.Lost || now.Advice != was.Advice {
		r.changed()
	}
}

func (r *runner) report() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// till is what the Source sees of the runner during one run.
type till struct {
	r   *runner
	ctx context.Context
	old <-chan struct{}
}

func (t *till) Opened(info Info) {
	r, again := t.r, false
	if r.untold {
		r.events.missed(r.log)
	}
	r.update(func(s *Status) {
		again = s.State == Ready
		s.Info, s.State, s.Reason = info, Ready, ""
		if !again {
			s.Opens++
		}
	})
	if !again && !r.silent {
		r.log.Info("scanner ready", "path", info.Path, "mode", info.Mode)
	}
}

// Scanned gives the scan straight to whoever waits for one, and only if nobody does
// to the queue. After that it gives the processor away as well: the device's own
// goroutine goes back into a system call that blocks, and would take the processor
// with it, until the runtime finds another thread for those that it has just woken.
func (t *till) Scanned(scan Scan) {
	r := t.r
	scan.Device, scan.Seq = r.id, r.seq+1
	if r.waiting.Load() == 0 && t.ctx.Err() == nil {
		select {
		case r.scans <- scan:
			r.seq++
			runtime.Gosched()
			r.handed(scan.At)
			return
		default:
		}
	}
	r.waiting.Add(1)
	select {
	case r.queue <- read{scan, t.old}:
		r.seq++
	case <-t.ctx.Done():
		r.waiting.Add(-1)
	}
}

func (t *till) Pictured(p Picture) {
	r := t.r
	r.seq++
	p.Device, p.Seq = r.id, r.seq
	select {
	case <-r.view: // seen too late
	default:
	}
	r.view <- p // has room: no other goroutine puts in
	r.update(func(s *Status) { s.Pictures++ })
}

func (t *till) Advised(code string) {
	t.r.update(func(s *Status) { s.Advice = code })
}

func (t *till) Lost(reason string) {
	r := t.r
	r.update(func(s *Status) { s.Lost++; s.LostWhy = reason })
	if repeated, worth := r.losses.note(reason, time.Now()); worth {
		r.log.Warn("scanner input thrown away", "reason", reason, "repeated", repeated)
	}
}
