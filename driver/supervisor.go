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
	drivers []Driver
	runners []*runner // ordered by ID
	scans   chan Scan
	changed chan struct{}
	ran     atomic.Bool
}

// held is how many scans of a device may wait for the stages behind.
const held = 32

// hung is how long a Source may take to return after its context has ended
// before the log names it.
const hung = 5 * time.Second

// NewSupervisor takes the sources of the drivers; nothing runs before Run. Two
// sources with one ID are told apart by "#2", "#3", … behind the later ones.
func NewSupervisor(log *slog.Logger, drivers ...Driver) *Supervisor {
	s := &Supervisor{log: log, drivers: drivers, scans: make(chan Scan), changed: make(chan struct{}, 1)}
	taken := map[string]int{}
	for _, d := range drivers {
		for _, src := range d.Sources() {
			id := src.Info().ID
			if taken[id]++; taken[id] > 1 {
				id = fmt.Sprintf("%s#%d", id, taken[id])
			}
			s.runners = append(s.runners, newRunner(src, id, log, s.scans, s.notify))
		}
	}
	slices.SortFunc(s.runners, func(a, b *runner) int { return cmp.Compare(a.id, b.id) })
	return s
}

// Run runs every source until ctx ends. It returns nil once all of them have
// returned, and closes Scans. Scans that nobody has taken by then are dropped,
// like those still in the devices. It can be called once.
func (s *Supervisor) Run(ctx context.Context) error {
	if s.ran.Swap(true) {
		return errors.New("driver: the supervisor has been run before")
	}
	defer close(s.scans)
	var wg sync.WaitGroup
	for _, r := range s.runners {
		wg.Go(func() { r.run(ctx) })
	}
	<-ctx.Done()
	slow := time.AfterFunc(hung, s.nameHung)
	defer slow.Stop()
	wg.Wait()
	return nil
}

// Scans is the stream of all devices; it is closed when Run has returned.
func (s *Supervisor) Scans() <-chan Scan { return s.scans }

// Report says what every device is doing, ordered by ID.
func (s *Supervisor) Report() []Status {
	report := make([]Status, len(s.runners))
	for i, r := range s.runners {
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
	var all []Info
	for _, d := range s.drivers {
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
	i := slices.IndexFunc(s.runners, func(r *runner) bool { return r.id == device })
	if i < 0 {
		return fmt.Errorf("driver: no device %q", device)
	}
	signaller, ok := s.runners[i].source.(Signaller)
	if !ok {
		return nil
	}
	if err := signaller.Signal(ctx, sig); err != nil {
		return fmt.Errorf("signal on %s: %w", device, err)
	}
	return nil
}

func (s *Supervisor) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *Supervisor) nameHung() {
	for _, r := range s.runners {
		if !r.ended.Load() {
			s.log.Error("driver does not stop", "device", r.id, "waited", hung)
		}
	}
}
