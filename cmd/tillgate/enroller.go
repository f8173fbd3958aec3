package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/enrol"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
	"github.com/tillgate/tillgate/ui"
)

// enrolTime is how long a code is shown, and enrolLook how often it is looked
// whether another device was plugged in meanwhile.
const (
	enrolTime = 2 * time.Minute
	enrolLook = time.Second
)

// enroller shows a code, and makes the device that reads it this till's scanner:
// remembered in the data folder, and driven at once where a daemon runs.
//
// Devices that may be scanners and are nobody's are opened for that time. What
// they read beside the code is thrown away.
type enroller struct {
	dataDir string
	log     *slog.Logger
	beside  *usb.Neighbours        // the scanners of the till
	driven  func() []driver.Status // what is driven already
	adopt   func(driver.Driver)    // drives the new one
	find    func() ([]driver.Source, error)

	begun chan context.Context // from Begin to Run

	mu   sync.Mutex // guards what follows; held for copying only
	now  ui.Enrolment
	stop context.CancelFunc // ends the one that is under way
}

func newEnroller(cfg Config, log *slog.Logger, driven func() []driver.Status, adopt func(driver.Driver)) *enroller {
	e := &enroller{dataDir: cfg.Till.DataDir, log: log, beside: cfg.Scanner.beside, driven: driven, adopt: adopt,
		begun: make(chan context.Context, 1), now: ui.Enrolment{State: ui.EnrolIdle}}
	e.find = func() ([]driver.Source, error) { return cfg.Scanner.candidates() }
	return e
}

// candidates are the devices that may be scanners and that the configuration does
// not name. On Windows a keyboard can not be taken from the system, so none is
// tried there.
func (c ScannerConfig) candidates() ([]driver.Source, error) {
	ports, err := serial.New(c.Serial)
	if err != nil {
		return nil, err
	}
	reports, err := hid.New(c.HID)
	if err != nil {
		return nil, err
	}
	keyboards, err := evdev.New(c.Evdev)
	if err != nil {
		return nil, err
	}
	a, errA := ports.Candidates(c.EnrolPorts...)
	b, errB := reports.Candidates()
	k, errK := keyboards.Candidates()
	return slices.Concat(a, b, k), errors.Join(errA, errB, errK)
}

// Begin implements ui.Enroller.
func (e *enroller) Begin() (ui.Enrolment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return e.current(), nil
	}
	code := enrol.NewCode()
	qr, err := ui.QRModules(code)
	if err != nil {
		return ui.Enrolment{}, err
	}
	bars, err := ui.BarModules(code)
	if err != nil {
		return ui.Enrolment{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), enrolTime)
	select {
	case e.begun <- ctx:
	default:
		cancel()
		return ui.Enrolment{}, errors.New("the one before has not ended yet: try again")
	}
	e.stop = cancel
	e.now = ui.Enrolment{State: ui.EnrolWaiting, Code: code, QR: qr, Bars: bars, Until: time.Now().Add(enrolTime)}
	return e.current(), nil
}

// Enrolment implements ui.Enroller.
func (e *enroller) Enrolment() ui.Enrolment {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current()
}

func (e *enroller) current() ui.Enrolment {
	now := e.now
	if now.State == ui.EnrolWaiting {
		now.Left = max(0, int(time.Until(now.Until).Seconds()+0.5))
	}
	return now
}

// End implements ui.Enroller.
func (e *enroller) End() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		e.stop()
	}
}

// Run carries enrolments out until ctx ends.
func (e *enroller) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case job := <-e.begun:
			e.one(ctx, job)
		}
	}
}

// one carries an enrolment out. It ends with ctx or job.
func (e *enroller) one(ctx, job context.Context) {
	unhook := context.AfterFunc(ctx, e.End)
	defer unhook()
	found, err := e.listen(job, e.Enrolment().Code)
	end := ui.Enrolment{State: ui.EnrolFound, Device: cmp.Or(found.Info.Name, found.Info.ID), Entry: found.TOML, Stays: found.Stays}
	if err == nil {
		err = e.keep(found)
	}
	switch {
	case err == nil:
		e.log.Info("scanner enrolled", "device", found.Info.ID)
	case errors.Is(err, context.DeadlineExceeded):
		end = ui.Enrolment{State: ui.EnrolOver}
	case errors.Is(err, context.Canceled):
		end = ui.Enrolment{State: ui.EnrolIdle}
	default:
		e.log.Warn("scanner not enrolled", "err", err)
		end = ui.Enrolment{State: ui.EnrolFailed, Detail: err.Error()}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop()
	e.stop, e.now = nil, end
}

// listen lets all candidates listen, those too that are plugged in meanwhile.
func (e *enroller) listen(ctx context.Context, code string) (enrol.Found, error) {
	var all []driver.Source
	for {
		more, err := e.fresh(all)
		if err != nil {
			return enrol.Found{}, err
		}
		all = append(all, more...)
		e.mu.Lock()
		e.now.Tried = len(all)
		e.mu.Unlock()
		found, err := e.round(ctx, code, all)
		if err == nil || ctx.Err() != nil {
			return found, err
		}
	}
}

// round lets the candidates listen until one has read the code, ctx ends, or
// another one is there.
func (e *enroller) round(ctx context.Context, code string, all []driver.Source) (enrol.Found, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	looking := make(chan struct{})
	go func() {
		defer close(looking)
		tick := time.NewTicker(enrolLook)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if more, err := e.fresh(all); err != nil || len(more) > 0 {
					cancel()
				}
			}
		}
	}()
	var found enrol.Found
	err := context.Canceled
	if len(all) > 0 {
		found, err = enrol.Run(ctx, slog.New(slog.DiscardHandler), code, all)
	} else {
		<-ctx.Done()
		err = context.Cause(ctx)
	}
	cancel()
	<-looking
	return found, err
}

// fresh are the candidates that are neither driven nor listening. One device may
// be a candidate of two drivers: the first has it.
func (e *enroller) fresh(listening []driver.Source) ([]driver.Source, error) {
	found, err := e.find()
	if err != nil {
		return nil, err
	}
	var taken []driver.Info
	for _, s := range e.driven() {
		taken = append(taken, s.Info)
	}
	for _, s := range listening {
		taken = append(taken, s.Info())
	}
	var all []driver.Source
	for _, s := range found {
		info := s.Info()
		if slices.ContainsFunc(taken, func(t driver.Info) bool { return sameDevice(t, info) }) {
			continue
		}
		taken, all = append(taken, info), append(all, s)
	}
	return all, nil
}

// sameDevice says whether a candidate is a device that somebody has. A candidate
// is named by its socket only where others of its kind have no other name.
func sameDevice(had, candidate driver.Info) bool {
	if had.ID == candidate.ID {
		return true
	}
	if candidate.VID == 0 || had.VID != candidate.VID || had.PID != candidate.PID || had.Serial != "" && had.Serial != candidate.Serial {
		return false
	}
	a, b := usb.Interface{Path: had.Path}.Port(), usb.Interface{Path: candidate.Path}.Port()
	return a == "" || b == "" || a == b
}

// keep remembers the scanner, then drives it.
func (e *enroller) keep(found enrol.Found) error {
	text, c, err := section(found.Info.Driver, found.TOML)
	if err != nil {
		return err
	}
	if err := remember(e.dataDir, text); err != nil {
		return err
	}
	c.beside = e.beside
	drivers, err := c.drivers()
	if err != nil {
		return err
	}
	for _, d := range drivers {
		if len(d.Sources()) > 0 {
			e.adopt(d)
		}
	}
	return nil
}
