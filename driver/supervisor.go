package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Supervisor keeps every device of every driver running, and merges their scans
// into one stream.
//
// Each Source has a goroutine of its own: run → error or panic → pause with
// jitter → run. One that fails, hangs or floods disturbs no other.
//
// A few scans per device are held while the stages behind are busy, so that the
// device is read on: only who reads in time knows when a scan came, and where it
// ended if silence is all that ends it. What is more than a few waits in the
// device's own buffer.
type Supervisor struct {
	log     *slog.Logger
	scans   chan Scan
	views   chan Picture
	changed chan struct{}
	ran     atomic.Bool
	events  events

	mu      sync.Mutex // guards what follows; held for copying only
	drivers []Driver
	runners []*runner // ordered by ID
	taken   map[string]int
	start   func(*runner) // nil while Run is not running
}

// held is how many scans of a device may wait for the stages behind.
const held = 32

// hung is how long a Source may take to return after its context has ended
// before the log names it.
const hung = 5 * time.Second

// NewSupervisor takes the sources of the drivers; nothing runs before Run. Two
// sources with one ID are told apart by "#2", "#3", … behind the later ones.
func NewSupervisor(log *slog.Logger, drivers ...Driver) *Supervisor {
	s := &Supervisor{log: log, scans: make(chan Scan), views: make(chan Picture), changed: make(chan struct{}, 1), taken: map[string]int{}}
	for _, d := range drivers {
		s.Add(d)
	}
	return s
}

// Add takes the sources of one more driver, and runs them if Run is running. The
// other devices do not notice.
func (s *Supervisor) Add(d Driver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drivers = append(s.drivers, d)
	for _, src := range d.Sources() {
		id := src.Info().ID
		if s.taken[id]++; s.taken[id] > 1 {
			id = fmt.Sprintf("%s#%d", id, s.taken[id])
		}
		r := newRunner(src, id, s.log, s.scans, s.views, &s.events, s.notify)
		at, _ := slices.BinarySearchFunc(s.runners, id, func(r *runner, id string) int { return cmp.Compare(r.id, id) })
		s.runners = slices.Insert(s.runners, at, r)
		if s.start != nil {
			s.start(r)
			s.notify()
		}
	}
}

// Run runs every source until ctx ends. It returns nil once all of them have
// returned, and closes Scans. Scans that nobody has taken by then are dropped,
// like those still in the devices. It can be called once.
func (s *Supervisor) Run(ctx context.Context) error {
	if s.ran.Swap(true) {
		return errors.New("driver: the supervisor has been run before")
	}
	defer close(s.scans)
	defer close(s.views)
	var wg sync.WaitGroup
	s.mu.Lock()
	s.start = func(r *runner) { wg.Go(func() { r.run(ctx) }) }
	for _, r := range s.runners {
		s.start(r)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.start = nil
	s.mu.Unlock()
	slow := time.AfterFunc(hung, s.nameHung)
	defer slow.Stop()
	wg.Wait()
	return nil
}

// Scans is the stream of all devices; it is closed when Run has returned.
func (s *Supervisor) Scans() <-chan Scan { return s.scans }

// Pictures is the stream of the pictures of all devices; it is closed when Run has
// returned. Nobody needs to take them: codes do not wait for that.
func (s *Supervisor) Pictures() <-chan Picture { return s.views }

// Report says what every device is doing, ordered by ID.
func (s *Supervisor) Report() []Status {
	runners := s.all()
	report := make([]Status, len(runners))
	for i, r := range runners {
		report[i] = r.report()
	}
	return report
}

// Changed gets a value after something in the report other than the counts of
// scans has changed. Changes that nobody has fetched yet are one value.
func (s *Supervisor) Changed() <-chan struct{} { return s.changed }

// Find lists what all drivers find on this machine, ordered by driver. A driver
// that can not look is listed as one entry with the Problem.
func (s *Supervisor) Find(ctx context.Context) []Info {
	s.mu.Lock()
	drivers := slices.Clone(s.drivers)
	s.mu.Unlock()
	var all []Info
	for _, d := range drivers {
		found, err := d.Find(ctx)
		all = append(all, found...)
		if err != nil {
			all = append(all, Info{ID: d.Name(), Driver: d.Name(), Problem: err.Error()})
		}
	}
	return all
}

// Signal has a device show sig to the person at the till. It does nothing for a
// device that can not; a device that does not exist is an error.
func (s *Supervisor) Signal(ctx context.Context, device string, sig Signal) error {
	source, err := s.source(device)
	if err != nil {
		return err
	}
	signaller, ok := source.(Signaller)
	if !ok {
		return nil
	}
	if err := signaller.Signal(ctx, sig); err != nil {
		return fmt.Errorf("signal on %s: %w", device, err)
	}
	return nil
}

// Command has a device do something, and waits for its answer. The error wraps
// ErrCannot if the device has no such command.
func (s *Supervisor) Command(ctx context.Context, device string, c Command) error {
	source, err := s.source(device)
	if err != nil {
		return err
	}
	commander, ok := source.(Commander)
	if !ok {
		return fmt.Errorf("%s: %s: %w by scanners of this kind", device, c, ErrCannot)
	}
	if err := commander.Command(ctx, c); err != nil {
		return fmt.Errorf("%s: %s: %w", device, c, err)
	}
	return nil
}

// source is the one with this identity.
func (s *Supervisor) source(device string) (Source, error) {
	for _, r := range s.all() {
		if r.id == device {
			return r.source, nil
		}
	}
	return nil, fmt.Errorf("driver: no device %q", device)
}

// Repeated counts a scan of a device as a repeat of the one before: only the stage
// behind knows what is one.
func (s *Supervisor) Repeated(device string) {
	for _, r := range s.all() {
		if r.id == device {
			r.update(func(s *Status) { s.Repeats++ })
		}
	}
}

// Advise gives the advice for a device whose pictures are read elsewhere; see Adviser.
func (s *Supervisor) Advise(device, code string) {
	for _, r := range s.all() {
		if r.id == device {
			r.update(func(s *Status) { s.Advice = code })
		}
	}
}

// all are the runners of this moment.
func (s *Supervisor) all() []*runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runners)
}

func (s *Supervisor) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *Supervisor) nameHung() {
	for _, r := range s.all() {
		if !r.ended.Load() {
			s.log.Error("driver does not stop", "device", r.id, "waited", hung)
		}
	}
}
