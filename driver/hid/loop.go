package hid

import (
	"context"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/hid/oem"
	"github.com/tillgate/tillgate/driver/queue"
)

const (
	// awake and asleep are the longest waits for a report, in milliseconds, where
	// nothing can end a wait: how late the end of ctx, a signal or silence is seen,
	// while the scanner is in use (a report came within the time of use) and else.
	awake  = 50
	asleep = 1000
	use    = 2 * time.Second
	// rest is how long a scanner that says it is disabled is left before it is
	// enabled again.
	rest = time.Second
)

// loop is one opening of a scanner. It is the sink of its reader.
type loop struct {
	source *source
	dev    device
	choice choice
	till   driver.Till
	queue  *queue.Queue
	reader reader
	opened time.Time
	wakes  bool // a wait can be ended
	ready  bool // the time is over in which codes may be older than the opening
	live   bool // codes are whole, and younger than the opening
	over   bool // reports were lost, and it was not quiet since
	mode   string
	woken  time.Time // when a scanner that was disabled was enabled again
	used   time.Time // when the last report came
	clock  time.Time // as far as it has come while a code is under way; see timed
}

// run reads until ctx ends or the device fails.
func (l *loop) run(ctx context.Context) error {
	buf := make([]byte, 1024)
	for ctx.Err() == nil {
		wait := l.wait()
		batch, err := l.read(buf, wait)
		l.take(batch, l.timed(wait))
		if !l.ready && err == nil && time.Since(l.opened) >= stale {
			l.ready = true
			l.announce()
		}
		if err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		if err := l.tell(); err != nil {
			return err
		}
	}
	return nil
}

// take gives the reader what came in. If it may not be all, the reader gets it
// to know where it stands, and nothing is delivered.
func (l *loop) take(batch [][]byte, now time.Time) {
	if len(batch) > 0 {
		l.used = now
	}
	switch {
	case len(batch) == 0:
		l.reader.Tick(now)
		l.over = l.over && l.reader.Busy()
	case len(batch) < l.dev.Held():
		for _, r := range batch {
			l.feed(r, now)
		}
	default:
		l.live, l.over = false, true
		l.till.Lost("reports were lost because the machine was too busy to take them")
		for _, r := range batch {
			l.reader.Feed(r, now)
		}
	}
}

// wait is how long to wait for a report at most, in milliseconds; -1 is for ever.
func (l *loop) wait() int {
	switch {
	case !l.ready, l.over, l.reader.Busy():
		return awake
	case l.wakes:
		return -1
	case time.Since(l.used) < use:
		return awake
	}
	return asleep
}

// timed is the time after such a wait. While a code is under way it goes on by no more
// than was waited: a machine that has no time for us does not make its reports late.
func (l *loop) timed(wait int) time.Time {
	now := time.Now()
	if latest := l.clock.Add(time.Duration(wait) * time.Millisecond); l.reader.Busy() && now.After(latest) {
		now = latest
	}
	l.clock = now
	return now
}

// read waits for a report and takes all that there are: one, unless the reader
// was kept from its device.
func (l *loop) read(buf []byte, wait int) (batch [][]byte, err error) {
	for ; ; wait = 0 {
		n, err := l.dev.ReadTimeout(buf, wait)
		if err != nil || n == 0 {
			return batch, err
		}
		batch = append(batch, append([]byte(nil), buf[:n]...))
	}
}

// feed gives a report to the reader. Codes from right after the opening may be
// older than it, and a code of which reports were lost is incomplete: those are
// read and dropped, up to the first one that begins afterwards. Which reports were
// lost is not known, so after a loss nothing counts until the scanner has paused.
func (l *loop) feed(report []byte, at time.Time) {
	if l.ready && !l.live && !l.over && !l.reader.Busy() {
		l.live = true
	}
	l.reader.Feed(report, at)
	if r, ok := l.reader.(*oem.Reader); ok && !r.Status().Enabled() && at.Sub(l.woken) > rest {
		l.woken = at
		command(l.dev, oem.Enable[:]) // an error shows at the next read
	}
	if l.ready && l.reader.Mode() != l.mode {
		l.announce()
		l.advise()
	}
}

// advise tells the person at the till what to do while the scanner says that
// something is wrong with it.
func (l *loop) advise() {
	r, ok := l.reader.(*oem.Reader)
	a, can := l.till.(driver.Adviser)
	if !ok || !can {
		return
	}
	advice := ""
	if r.Status().Fault() != "" {
		advice = driver.AdviceFault
	}
	a.Advised(advice)
}

// announce reports the device with its mode, which may be known by its first
// report only.
func (l *loop) announce() {
	l.mode = l.reader.Mode()
	info := l.source.describe(l.choice, l.mode)
	l.source.mu.Lock()
	l.source.info = info
	l.source.mu.Unlock()
	l.till.Opened(info)
}

// Scanned takes a code from the reader.
func (l *loop) Scanned(s driver.Scan) {
	if !l.live {
		if !l.over {
			l.Lost("code from before the scanner was opened")
		}
		return
	}
	if !l.queue.Put(s) {
		l.Lost(queue.Full)
	}
}

// Lost takes what the reader had to throw away.
func (l *loop) Lost(reason string) { l.till.Lost(reason) }

// tell lets the scanner beep if somebody asked for it.
func (l *loop) tell() error {
	var sig driver.Signal
	select {
	case sig = <-l.source.signals:
	default:
		return nil
	}
	switch l.choice.mode {
	case oemMode:
		beep := oem.Beep
		if sig == driver.SignalUnknown {
			beep = oem.UnknownBeep
		}
		if err := command(l.dev, beep[:]); err != nil {
			return fmt.Errorf("beep: %w", err)
		}
	case posMode:
		if b := l.trigger(sig); b != nil {
			output(l.dev, b) // some scanners announce the report and refuse it
		}
	}
	return nil
}

// trigger makes the trigger report (8C:14) that sounds a beep: "good read" 8C:86
// or "error" 8C:85. nil if the scanner's descriptor has none.
func (l *loop) trigger(sig driver.Signal) []byte {
	id := uint16(0x86)
	if sig == driver.SignalUnknown {
		id = 0x85
	}
	if l.choice.desc == nil {
		return nil
	}
	f, ok := l.choice.desc.Find(descriptor.Output, 0x8c, id)
	if !ok || f.Size != 1 || f.Report == 0 {
		return nil
	}
	b := make([]byte, l.choice.desc.Len(descriptor.Output, f.Report))
	b[0] = f.Report
	b[f.Bit/8] |= 1 << (f.Bit % 8)
	return b
}
