package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// diskWatch says when the disk with the data folder is nearly full, before the
// journal can not be written any more, and when it takes no writes.
type diskWatch struct {
	dir     string
	state   atomic.Pointer[diskState]
	changed chan struct{}
}

// diskState is how a disk is.
type diskState struct {
	fault loyalty.Reason // why nothing can be written, as far as it can be known without writing
	low   bool
	free  int64 // in whole megabytes, 0 while it is not low: what changes is told
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

// State is how it was when it was looked at last.
func (w *diskWatch) State() diskState { return *w.state.Load() }

// Changed gets a value when State says something else.
func (w *diskWatch) Changed() <-chan struct{} { return w.changed }

func (w *diskWatch) look() {
	var now diskState
	free, readOnly, err := freeSpace(w.dir)
	switch {
	case err != nil:
		now.fault = journal.DiskReason(err)
	case readOnly:
		now.fault = journal.DiskReadOnly
	case free < diskLow:
		now.low, now.free = true, int64(free>>20<<20)
	}
	if old := w.state.Swap(&now); old != nil && *old != now {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}

// remedies say what people do about a disk.
var remedies = map[loyalty.Reason]string{
	journal.DiskFull:     "the disk is full: make room on it, at least %d MB",
	journal.DiskReadOnly: "the disk can only be read: if errors made it so (dmesg says), have it checked (fsck) and start the machine again; else mount it for writing",
	journal.DiskBroken:   "the disk answers with errors: look at dmesg and smartctl, copy the folder to another disk, and replace this one",
}

// remedy is what people do about it; "" if nobody knows.
func remedy(why loyalty.Reason) string {
	if why == journal.DiskFull {
		return fmt.Sprintf(remedies[why], diskLow>>20)
	}
	return remedies[why]
}

// diskTrouble gives an error that is the disk's its exit code, and says what to do.
func diskTrouble(dir string, err error) error {
	why := remedy(journal.DiskReason(err))
	if err == nil || why == "" || exitCode(err) != exitFailure && exitCode(err) != exitConfig {
		return err
	}
	return exitWith(exitDisk, fmt.Errorf("data folder %s: %w: %s", dir, err, why))
}
