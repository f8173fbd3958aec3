package main

import (
	"bytes"
	"context"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
)

// advisedFor is how long the advice on a picture stays on the page.
const advisedFor = 10 * time.Second

// readPictures reads the codes in the pictures that scanners ship, one after
// another. A code takes the device, the number and the time of its picture, and
// goes the way of a scan.
func (g *gateway) readPictures(ctx context.Context) error {
	options, err := g.cfg.Scanner.pictures()
	if err != nil {
		return err
	}
	var advised string // a device
	stale := time.NewTimer(advisedFor)
	defer stale.Stop()
	advise := func(device, code string) {
		if advised != "" && advised != device {
			g.supervisor.Advise(advised, "")
		}
		g.supervisor.Advise(device, code)
		advised = device
		if code != "" {
			stale.Reset(advisedFor)
		}
	}
	for {
		var p driver.Picture
		var more bool
		select {
		case p, more = <-g.supervisor.Pictures():
		case <-stale.C:
			advise(advised, "")
			continue
		}
		if !more {
			return nil
		}
		found, stats, err := frame.DecodeFile(ctx, bytes.NewReader(p.Data), options)
		if ctx.Err() != nil {
			continue // to the end of the stream
		}
		if err != nil {
			g.log.Warn("picture of a scanner can not be read", "picture", p, "err", err)
			continue
		}
		one, look := camera.Still(symbolsOf(found), adviceOf(stats.Hints))
		advise(p.Device, look.Advised())
		if one == nil {
			g.log.Info("no scan out of a picture", "picture", p, "state", string(look.State), "codes", len(look.Codes), "advice", look.Advice)
			continue
		}
		select {
		case g.shipped <- driver.Scan{Device: p.Device, Seq: p.Seq, At: p.At, Data: one.Raw, AIM: one.AIM}:
		case <-ctx.Done():
		}
	}
}

// nextScan is the next scan of a device, or the next that was read out of a
// picture; false when no more come.
func (g *gateway) nextScan() (scan driver.Scan, ok bool) {
	select {
	case scan, ok = <-g.supervisor.Scans():
		return scan, ok
	case scan = <-g.shipped:
		return scan, true
	}
}
