// Package powercut tests what a power cut leaves of a journal: a virtual machine
// writes to disks that are Go objects of the test, which know what was flushed.
// A disk image after a cut has every write before the last flush, and of the
// others none, all, some, or parts of some. Killing a process or a virtual
// machine shows nothing of the kind, because the page cache outlives both.
package powercut

import (
	"math/rand/v2"
	"sync"
)

// sector is the least that a disk writes as a whole.
const sector = 512

// super is the size of the first block, which is never torn: it has the superblock
// of ext4, two sectors under one checksum, and ext4 does not mount without it. A
// till's e2fsck takes its copy from another block group; a disk as small as these
// has one group, and no copy.
const super = 4096

// Disk is a disk with a volatile write cache. It is safe for several goroutines.
type Disk struct {
	mu   sync.Mutex
	base []byte // at the start
	now  []byte
	log  []write

	// Fails says, if it is set, whether a write or a flush (no data) ends with an
	// I/O error instead; n is its number since the start, from 0.
	Fails func(n int) bool
	asked int

	// Wrote is called, if it is set, with every write before it is answered.
	Wrote func(at int64, data []byte)
}

// write is a write, or a flush if it has no data.
type write struct {
	at    int64
	data  []byte
	force bool // durable when answered
}

// NewDisk is a disk that holds an image.
func NewDisk(image []byte) *Disk {
	return &Disk{base: append([]byte(nil), image...), now: image}
}

// Moment is a time in the life of the disk at which the power may be cut.
func (d *Disk) Moment() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.log)
}

// Now is what is on the disk.
func (d *Disk) Now() []byte { return d.read(0, len(d.now)) }

// Asked is how many writes and flushes there were, those that failed included.
func (d *Disk) Asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *Disk) read(at int64, n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.now[at:at+int64(n)]...)
}

// broken says that the disk refuses this write or flush.
func (d *Disk) broken() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.asked
	d.asked++
	return d.Fails != nil && d.Fails(n)
}

func (d *Disk) write(at int64, data []byte, force bool) {
	d.mu.Lock()
	copy(d.now[at:], data)
	d.log = append(d.log, write{at, data, force})
	d.mu.Unlock()
	if d.Wrote != nil {
		d.Wrote(at, data)
	}
}

func (d *Disk) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, write{})
}

// Cut is an image of the disk after a cut at a moment, and what became of the
// writes that were not flushed.
func (d *Disk) Cut(moment int, r *rand.Rand) (image []byte, fate string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	image = append([]byte(nil), d.base...)
	flushed := 0
	for i, w := range d.log[:moment] {
		if w.data == nil {
			flushed = i
		}
	}
	fate = []string{"lost", "kept", "some kept", "torn"}[r.IntN(4)]
	for i, w := range d.log[:moment] {
		switch {
		case i < flushed, w.force, fate == "kept", fate == "some kept" && r.IntN(2) == 0:
			copy(image[w.at:], w.data)
		case fate == "torn":
			for s, n := 0, 0; s < len(w.data); s += n {
				n = sector
				if at := w.at + int64(s); at < super {
					n = int(super - at)
				}
				n = min(n, len(w.data)-s)
				if r.IntN(2) == 0 {
					copy(image[w.at+int64(s):], w.data[s:s+n])
				}
			}
		}
	}
	return image, fate
}
