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
	return s.read(ctx, keys, d)
}

// look is how often it is looked whether the scanner is still there: Raw Input
// tells of keys, and of their absence nothing.
const look = time.Second

func (s *source) read(ctx context.Context, keys <-chan key, d *keyboard.Decoder) error {
	tick := time.NewTicker(s.keys.Silence / 2)
	defer tick.Stop()
	looked := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case k := <-keys:
			if c := k.code(); c != 0 {
				d.Key(c, !k.up, time.Now())
			}
		case now := <-tick.C:
			d.Tick(now)
			if now.Sub(looked) < look || d.Busy() {
				continue
			}
			looked = now
			if paths, err := keyboards(); err != nil {
				return err
			} else if s.at(paths) == "" {
				return s.absent()
			}
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
