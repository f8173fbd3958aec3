package wedge

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/queue"
	"github.com/tillgate/tillgate/driver/usb"
)

// Run reads along with the scanner.
func (s *source) Run(ctx context.Context, t driver.Till) error {
	keys, leave, err := s.hub.join(s.matches)
	if err != nil {
		return err
	}
	defer leave()
	paths, err := keyboards()
	if err != nil {
		return err
	}
	path := s.at(paths)
	if path == "" {
		return s.absent()
	}
	q := queue.New(t)
	defer q.Close()
	d := keyboard.New(s.keys, out{t, q, s.sel.VID}, time.Now())
	info := s.describe(path)
	s.mu.Lock()
	s.info = info
	s.mu.Unlock()
	t.Opened(info)
	return s.read(ctx, keys, d, s.present)
}

// look is how often it is looked whether the scanner is still there: Raw Input
// tells of keys, and of their absence nothing. What a scanner types that came back
// meanwhile is read all the same.
const look = 5 * time.Second

// present says whether the scanner is there.
func (s *source) present() error {
	paths, err := keyboards()
	if err == nil && s.at(paths) == "" {
		err = s.absent()
	}
	return err
}

// read delivers codes until ctx ends or the scanner has gone. While nobody scans it
// wakes to look for it, and for nothing else.
func (s *source) read(ctx context.Context, keys <-chan key, d *keyboard.Decoder, present func() error) error {
	opened := time.Now()
	looked := opened
	timer := time.NewTimer(s.keys.Silence / 2)
	defer timer.Stop()
	for {
		idle := !d.Busy()
		select {
		case <-ctx.Done():
			return nil
		case k := <-keys:
			now := time.Now()
			if c := k.code(); c != 0 {
				d.Key(c, !k.up, now)
			}
			if idle && d.Busy() {
				timer.Reset(s.keys.Silence / 2)
			}
		case now := <-timer.C:
			d.Tick(now)
			if d.Busy() || now.Sub(opened) <= s.keys.Silence+keyboard.DefaultSilence { // what was typed before the opening has to end
				timer.Reset(s.keys.Silence / 2)
				continue
			}
			if now.Sub(looked) >= look {
				looked = now
				if err := present(); err != nil {
					return err
				}
			}
			timer.Reset(max(look-now.Sub(looked), s.keys.Silence/2))
		}
	}
}

// out is the sink of the decoder.
type out struct {
	driver.Till
	queue *queue.Queue
	vid   uint16
}

// Scanned hands a scan on, with the vendor whose conventions it follows.
func (o out) Scanned(s driver.Scan) {
	s.Vendor = usb.VendorOf(o.vid)
	if !o.queue.Put(s) {
		o.Lost(queue.Full)
	}
}
