package main

import (
	"cmp"
	"context"
	"io"
	"sync"
	"time"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/ui"
)

// pictureTime bounds how long a picture that was dropped on the page may wait for
// those before it, be searched, and be taken by the stages behind.
const pictureTime = 10 * time.Second

// pageCameras joins the ends of the page's cable: the websocket in ui, the device
// in driver/camera, and the reader in decode/frame. The device shows among the
// scanners once a page has used it.
type pageCameras struct {
	device  *camera.Browser
	options frame.Options
	adopt   func(driver.Driver)

	once    sync.Once
	reading chan struct{} // holds one: one picture at a time, each may take 100 MB
}

func newPageCameras(options frame.Options, adopt func(driver.Driver)) *pageCameras {
	return &pageCameras{device: camera.NewBrowser(frameReader(options)), options: options, adopt: adopt, reading: make(chan struct{}, 1)}
}

// Open implements ui.Cameras.
func (p *pageCameras) Open() ui.Camera {
	plug := p.device.Plug()
	p.once.Do(func() { p.adopt(p.device) })
	return pageCamera{plug}
}

// Picture implements ui.Cameras.
func (p *pageCameras) Picture(ctx context.Context, file io.Reader) (ui.View, error) {
	ctx, cancel := context.WithTimeout(ctx, pictureTime)
	defer cancel()
	select {
	case p.reading <- struct{}{}:
		defer func() { <-p.reading }()
	case <-ctx.Done():
		return ui.View{}, ctx.Err()
	}
	found, stats, err := frame.DecodeFile(ctx, file, p.options)
	if err != nil {
		return ui.View{}, err
	}
	one, look := camera.Still(symbolsOf(found), adviceOf(stats.Hints))
	if one == nil {
		return viewOf(look), nil
	}
	p.once.Do(func() { p.adopt(p.device) })
	return viewOf(look), p.device.Deliver(ctx, *one)
}

// pageCamera is a page's end of the cable.
type pageCamera struct{ plug *camera.Plug }

// Frame implements ui.Camera.
func (c pageCamera) Frame(f frame.Frame) (ui.View, error) {
	look, err := c.plug.Offer(camera.Frame(f))
	return viewOf(look), err
}

// Close implements ui.Camera.
func (c pageCamera) Close() { c.plug.Pull() }

// frameReader makes readers of the frames of cameras.
func frameReader(options frame.Options) camera.NewReader {
	return func(saw func(camera.View)) camera.Reader {
		return streamReader{frame.NewStream(options, func(v frame.View) {
			saw(camera.View{At: time.Now(), Symbols: symbolsOf(append(v.Symbols, v.Held...)), Advice: adviceOf(v.Advice), Cut: v.Cut})
		})}
	}
}

// streamReader is a stream of decode/frame as the driver knows it.
type streamReader struct{ *frame.Stream }

func (r streamReader) Offer(f camera.Frame) error { return r.Stream.Offer(frame.Frame(f)) }

func symbolsOf(found []frame.Symbol) []camera.Symbol {
	all := make([]camera.Symbol, 0, len(found))
	for _, s := range found {
		id, _ := aim.Parse(s.AIM, driver.VendorUnknown)
		name := s.Format.String()
		if id.Symbology != aim.SymbologyUnknown {
			name = id.Symbology.String()
		}
		raw := s.Raw
		if len(raw) == 0 {
			raw = []byte(s.Text)
		}
		all = append(all, camera.Symbol{Text: s.Text, Raw: raw, AIM: s.AIM, Format: cmp.Or(name, "?")})
	}
	return all
}

func adviceOf(hints []frame.Advice) []string {
	var all []string
	for _, h := range hints {
		all = append(all, string(h))
	}
	return all
}

func viewOf(l camera.Look) ui.View {
	v := ui.View{State: ui.ViewState(l.State), Reads: l.Reads}
	for _, a := range l.Advice {
		v.Advice = append(v.Advice, frame.Advice(a))
	}
	for _, c := range l.Codes {
		v.Codes = append(v.Codes, ui.ViewCode(c))
	}
	return v
}
