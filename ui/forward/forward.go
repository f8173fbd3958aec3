// Package forward gives the codes that are no customer's back to the POS program,
// which the scanner would have typed into had we not taken it.
//
// # What goes on, and what does not
//
// A code reaches the POS whole or not at all: half a product number is another
// product. Order is kept. A code that could not be handed on within a few seconds
// is dropped and counted, for it belongs to a moment that has passed.
//
// Barcodes are written by strangers. A code may hold Ctrl+Alt+Del as easily as a
// number, and a POS that takes what is typed takes that too. So no control
// character of a code ever becomes a key or a chord; the separator GS of GS1 codes
// is the one exception that a configuration can make, as text.
//
// # The ways
//
// Keys: a keyboard made of software (uinput on Linux, SendInput on Windows). A
// serial port made of software (a pseudo terminal with a stable link), which POS
// programs that know serial scanners open like any other. A real serial port, for
// a cable to another machine or a com0com pair on Windows. The websocket has the
// codes in any case.
package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

// Config is the section [forward] of the configuration.
type Config struct {
	// "keys", "pty" or "serial". Left out: codes go to nobody but the websocket.
	To string `toml:"to"`
	// What follows a code: "enter", "cr", "lf", "crlf", "tab" or "none". Left out:
	// "enter", which is CR on a port.
	Suffix string `toml:"suffix"`
	// What goes before a code, as text. Left out: nothing.
	Prefix string `toml:"prefix"`
	// Whether the AIM identifier (]E0, ]d2, …) goes before the code, for POS
	// programs that expect it. Left out: false.
	AIM bool `toml:"aim"`
	// What stands for the separator GS of GS1 codes: "keep" (ports only), "drop", or a
	// text such as "{GS}". Left out: "keep" on a port, "drop" with keys.
	GS string `toml:"gs"`
	// For keys: milliseconds between two characters, 0 to 50. Left out: 1. Slow POS
	// programs need more.
	DelayMS *int `toml:"delay_ms"`
	// For keys on Linux: the keyboard layout of the till, "us", "gb", "de", "fr",
	// "es", "it" or "ru". Left out: "us". Windows types characters, whatever the layout.
	Layout string `toml:"layout"`
	// For "pty": path of the link that the POS opens. Left out:
	// "/run/tillgate/scanner".
	Link string `toml:"link"`
	// For "serial": the port, "/dev/ttyS1" or "COM7".
	Path string `toml:"path"`
	// For "serial": line speed. Left out: 9600, with 8 data bits and no parity.
	Baud int `toml:"baud"`
}

// ConfigError is a mistake in the configuration.
type ConfigError struct{ Key, Problem string }

func (e *ConfigError) Error() string { return "forward: " + e.Key + ": " + e.Problem }

// output is where codes go. One goroutine uses it.
type output interface {
	// put hands on a code, with prefix and suffix. It is whole at the POS when put
	// returns nil, and nothing of it is on the way when it returns an error.
	put(ctx context.Context, text string) error
	close() error
}

// taker is an output that knows without a code whether the POS is there.
type taker interface{ taken() error }

// stale is how old a code may be when it is handed on.
const stale = 5 * time.Second

// again is how long after a failure the output is opened again.
const again = 2 * time.Second

// Forwarder hands codes on.
type Forwarder struct {
	cfg   Config
	clean cleaner
	end   string
	open  func() (output, error)
	log   *slog.Logger
	queue chan item
	news  chan struct{}

	mu     sync.Mutex
	status Status
}

type item struct {
	code decode.Code
	at   time.Time
}

// Status is what became of the codes so far.
type Status struct {
	Sent    uint64
	Lost    uint64 // not handed on, for the reason Err said at the time
	Cleaned uint64 // handed on without the control characters that were in them
	Err     string // why codes can not be handed on now, "" if they can
}

// New checks the configuration. The error is, or joins, *ConfigError. If To
// is left out the Forwarder is nil, which takes codes and does nothing.
func New(cfg Config, log *slog.Logger) (*Forwarder, error) {
	if cfg.To == "" {
		return nil, nil
	}
	f := &Forwarder{cfg: cfg, log: log, queue: make(chan item, 256), news: make(chan struct{}, 1)}
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &ConfigError{key, fmt.Sprintf(format, args...)})
	}
	delay := 1
	if cfg.DelayMS != nil {
		delay = *cfg.DelayMS
	}
	if delay < 0 || delay > 50 {
		bad("delay_ms", "%d; want 0 to 50 milliseconds", delay)
	}
	ends := map[string]string{"": "\r", "enter": "\r", "cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "none": ""}
	var ok bool
	if f.end, ok = ends[cfg.Suffix]; !ok {
		bad("suffix", `%q; want "enter", "cr", "lf", "crlf", "tab" or "none"`, cfg.Suffix)
	}
	if cfg.To == "keys" && (cfg.Suffix == "lf" || cfg.Suffix == "crlf") {
		f.end = "\r" // there is one Enter key
	}
	f.clean = cleaner{keys: cfg.To == "keys", gs: cfg.GS}
	if cfg.GS == "keep" && f.clean.keys {
		bad("gs", `"keep" is no key on a keyboard; want "drop" or a text such as "{GS}"`)
	}
	if text, _ := f.clean.text(cfg.Prefix); text != cfg.Prefix {
		bad("prefix", "%q has control characters, which are never sent", cfg.Prefix)
	}
	pause := time.Duration(delay) * time.Millisecond
	switch cfg.To {
	case "keys":
		layout, err := keyboard.LayoutNamed(orElse(cfg.Layout, "us"))
		if err != nil {
			bad("layout", "%v", err)
		}
		f.open = func() (output, error) { return openKeys(layout, pause) }
	case "pty":
		f.open = func() (output, error) { return openPty(orElse(cfg.Link, "/run/tillgate/scanner")) }
	case "serial":
		if cfg.Path == "" {
			bad("path", `missing; want the port, such as "/dev/ttyS1" or "COM7"`)
		}
		f.open = func() (output, error) { return openSerial(cfg.Path, cfg.Baud) }
	default:
		bad("to", `%q; want "keys", "pty" or "serial"`, cfg.To)
	}
	return f, errors.Join(errs...)
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// Send hands a code on. It returns at once.
func (f *Forwarder) Send(c decode.Code) {
	if f == nil {
		return
	}
	select {
	case f.queue <- item{c, time.Now()}:
	default:
		f.lost("the POS takes no codes, and 256 are waiting")
	}
}

// Status says what became of the codes.
func (f *Forwarder) Status() Status {
	if f == nil {
		return Status{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Changed gets a value after the Err of Status has changed.
func (f *Forwarder) Changed() <-chan struct{} {
	if f == nil {
		return nil
	}
	return f.news
}

// Run hands codes on until ctx ends. The way to the POS is opened at once, so that
// it is there for the first code: a desktop takes a moment to notice a keyboard.
// Codes that come while it is not open wait for it until they are too old.
func (f *Forwarder) Run(ctx context.Context) error {
	if f == nil {
		<-ctx.Done()
		return nil
	}
	var out output
	defer func() {
		if out != nil {
			out.close()
		}
	}()
	var held []item // while the way is not open
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		queue := f.queue
		if len(held) == cap(f.queue) {
			queue = nil // full: Send says so
		}
		select {
		case <-ctx.Done():
			return nil
		case <-retry.C:
			var err error
			if out == nil {
				out, err = f.open()
			} else if t, ok := out.(taker); ok {
				err = t.taken()
			}
			if err != nil {
				retry.Reset(again)
			}
			if err != nil && !errors.Is(err, errNotTaken) {
				if out != nil {
					out.close()
				}
				out = nil
			}
			f.failed(err)
		case it := <-queue:
			held = append(held, it)
		}
		for out == nil && len(held) > 0 && tooOld(held[0]) != nil {
			f.lost(f.Status().Err)
			held = held[1:]
		}
		for out != nil && len(held) > 0 {
			err := f.put(ctx, out, held[0])
			held = held[1:]
			if ctx.Err() != nil {
				return nil
			}
			if err == nil {
				f.failed(nil)
				continue
			}
			f.lost(err.Error())
			switch {
			case errors.Is(err, errNotThisCode):
			case errors.Is(err, errNotTaken):
				f.failed(err)
				retry.Reset(again)
			default:
				out.close()
				out = nil
				f.failed(err)
				retry.Reset(again)
			}
		}
	}
}

// Errors that leave the way to the POS open: one that has to do with the code, and
// one that has to do with the POS at its end.
var (
	errNotThisCode = errors.New("code not handed on")
	errNotTaken    = errors.New("the POS program takes no codes")
)

func tooOld(it item) error {
	if age := time.Since(it.at); age > stale {
		return fmt.Errorf("%w: it is %v old", errNotThisCode, age.Round(time.Second))
	}
	return nil
}

func (f *Forwarder) put(ctx context.Context, out output, it item) error {
	if err := tooOld(it); err != nil {
		return err
	}
	text, cleaned := f.clean.code(it.code)
	if text == "" {
		return fmt.Errorf("%w: nothing in it can be sent", errNotThisCode)
	}
	if f.cfg.AIM {
		text = it.code.AIM + text
	}
	if err := out.put(ctx, f.cfg.Prefix+text+f.end); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Sent++
	if cleaned {
		f.status.Cleaned++
	}
	return nil
}

func (f *Forwarder) lost(why string) {
	f.mu.Lock()
	f.status.Lost++
	n := f.status.Lost
	f.mu.Unlock()
	if n&(n-1) == 0 { // 1, 2, 4, 8 …: a POS that is closed all day fills no log
		f.log.Warn("code not handed on to the POS", "reason", why, "so_far", n)
	}
}

func (f *Forwarder) failed(err error) {
	f.mu.Lock()
	was := f.status.Err
	f.status.Err = ""
	if err != nil {
		f.status.Err = err.Error()
	}
	now := f.status.Err
	f.mu.Unlock()
	if now == was {
		return
	}
	if now != "" {
		f.log.Warn("codes can not be handed on to the POS", "reason", now)
	}
	select {
	case f.news <- struct{}{}:
	default:
	}
}
