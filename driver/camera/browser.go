package camera

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// BrowserID is the identity of the camera of the cashier's page.
const BrowserID = Name + ":browser"

// Taken is the state of a plug whose place another page has taken.
const Taken State = "taken"

// Browser is the camera of the cashier's page, and the pictures that are dropped
// on it: a driver with one device. One page at a time has it, the last that asked.
type Browser struct {
	newReader NewReader
	wake      chan struct{} // 1-buffered: plug has changed
	handed    chan Symbol   // from Deliver to Run

	mu   sync.Mutex // guards what follows; held for copying only
	plug *Plug      // nil while no page has its camera on
}

// NewBrowser makes the device. Its Run waits for the first page or picture: it is
// for a supervisor that takes it up when the first one comes.
func NewBrowser(newReader NewReader) *Browser {
	return &Browser{newReader: newReader, wake: make(chan struct{}, 1), handed: make(chan Symbol)}
}

// Name is "camera".
func (b *Browser) Name() string { return Name }

// Sources is the one device.
func (b *Browser) Sources() []driver.Source { return []driver.Source{b} }

// Find lists the one device; what cameras there are only the browser knows.
func (b *Browser) Find(context.Context) ([]driver.Info, error) {
	return []driver.Info{b.Info()}, nil
}

// Info describes the device.
func (b *Browser) Info() driver.Info {
	return driver.Info{ID: BrowserID, Driver: Name, Path: "browser", Name: "camera of the page"}
}

// Plug is the end of a page's cable. Its methods are safe from any goroutine.
type Plug struct {
	b    *Browser
	gone chan struct{} // closed when it is pulled, or another one takes its place

	mu     sync.Mutex
	reader Reader // nil until Run has taken it up
	look   Look
}

// Plug puts a page in the place of the one before.
func (b *Browser) Plug() *Plug {
	p := &Plug{b: b, gone: make(chan struct{}), look: Look{State: Searching}}
	b.swap(nil, p)
	return p
}

// swap puts next in the place of old, or of any one if old is nil.
func (b *Browser) swap(old, next *Plug) {
	b.mu.Lock()
	was := b.plug
	if old != nil && was != old {
		b.mu.Unlock()
		return
	}
	b.plug = next
	b.mu.Unlock()
	if was != nil {
		was.mu.Lock()
		was.look = Look{State: Taken, Reads: was.look.Reads}
		was.mu.Unlock()
		close(was.gone)
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Pull takes the page away. It may be called twice.
func (p *Plug) Pull() { p.b.swap(p, nil) }

// Offer hands a frame over and returns at once with what was seen last. The frame
// may be written to again then.
func (p *Plug) Offer(f Frame) (Look, error) {
	if f.W < 1 || f.H < 1 || f.W*f.H > MaxPixels || f.Stride < f.W || len(f.Y) < (f.H-1)*f.Stride+f.W {
		return Look{}, fmt.Errorf("frame of %d x %d with %d bytes: at most %d pixels, one byte each", f.W, f.H, len(f.Y), MaxPixels)
	}
	p.mu.Lock()
	reader, look := p.reader, p.look
	p.mu.Unlock()
	if reader == nil || look.State == Taken {
		return look, nil
	}
	return look, reader.Offer(f)
}

func (p *Plug) show(l Look) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.look.State != Taken {
		p.look = l
	}
}

// Deliver delivers a code that was read out of a picture. It waits until the
// supervisor has taken it; the error is that of ctx.
func (b *Browser) Deliver(ctx context.Context, s Symbol) error {
	select {
	case b.handed <- s:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("camera of the page: nobody took the scan: %w", ctx.Err())
	}
}

// Run waits for a page and takes its frames. When no page has its camera on any
// more it returns an error that wraps driver.ErrOff.
func (b *Browser) Run(ctx context.Context, t driver.Till) error {
	for {
		b.mu.Lock()
		p := b.plug
		b.mu.Unlock()
		if p != nil {
			if err := b.watch(ctx, t, p); err != nil || ctx.Err() != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
			continue
		case s := <-b.handed:
			info := b.Info()
			info.Mode = "a picture"
			t.Opened(info)
			t.Scanned(scanOf(s))
		}
		return fmt.Errorf("camera of the page: %w", driver.ErrOff)
	}
}

// watch takes the frames of one page until it is pulled.
func (b *Browser) watch(ctx context.Context, t driver.Till, p *Plug) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWatch(b.newReader, p.show)
	p.mu.Lock()
	p.reader = w.reader
	p.mu.Unlock()
	ended := w.start(ctx)
	defer func() { cancel(); <-ended }()
	info := b.Info()
	info.Mode = "frames of a page"
	t.Opened(info)
	for {
		select {
		case s := <-w.found:
			t.Scanned(scanOf(s))
		case s := <-b.handed:
			t.Scanned(scanOf(s))
		case <-w.doubt:
			t.Lost(errSeveral.Error())
		case <-p.gone:
			b.mu.Lock()
			next := b.plug
			b.mu.Unlock()
			if next == nil {
				return fmt.Errorf("camera of the page: %w", driver.ErrOff)
			}
			return nil
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

var errSeveral = errors.New("different codes in one view: show one alone")

func scanOf(s Symbol) driver.Scan {
	return driver.Scan{At: time.Now(), Data: s.Raw, AIM: s.AIM}
}
