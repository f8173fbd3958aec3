package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// diskWatch says when the disk with the data folder is nearly full, before the
// journal can not be written any more.
type diskWatch struct {
	dir     string
	text    atomic.Pointer[string]
	changed chan struct{}
}

const (
	diskLow   = 64 << 20 // bytes: room for tens of thousands of operations
	diskEvery = 30 * time.Second
)

func newDiskWatch(dir string) *diskWatch {
	w := &diskWatch{dir: dir, changed: make(chan struct{}, 1)}
	w.look()
	return w
}

// Run looks now and then until ctx ends.
func (w *diskWatch) Run(ctx context.Context) error {
	t := time.NewTicker(diskEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			w.look()
		}
	}
}

// Problem is what is wrong, "" while nothing is.
func (w *diskWatch) Problem() string { return *w.text.Load() }

// Changed gets a value when Problem says something else.
func (w *diskWatch) Changed() <-chan struct{} { return w.changed }

func (w *diskWatch) look() {
	text := ""
	if free, err := freeSpace(w.dir); err != nil {
		text = err.Error()
	} else if free < diskLow {
		text = fmt.Sprintf("%d MB left", free>>20)
	}
	if old := w.text.Swap(&text); old != nil && *old != text {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}
