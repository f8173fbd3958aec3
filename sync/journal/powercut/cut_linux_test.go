package powercut

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

func TestMain(m *testing.M) { vm.Main(m) }

var modules = []string{"virtio_pci", "virtio_blk", "crc32c_generic", "ext4"}

const (
	writers  = 3               // that promise at once, on each disk
	works    = 6 * time.Second // how long they do
	size     = 24 << 20        // of a disk
	cutsSafe = 24
	cutsBad  = 8 // of the journal that does not flush
	ackBlock = 4096
)

// cut is a disk after a power cut, and what had been acknowledged before.
type cut struct {
	Disk     string // its serial number
	Careless bool   // its journal does not flush: something has to be missing
	Fate     string // of the writes that were not flushed
	Acked    [writers]uint64
}

// ack is an acknowledgement, with the moment of each disk when it was spoken.
type ack struct {
	writer  int
	n       uint64
	moments [2]int
}

// TestPowerCut cuts the power while customers are promised things. Whatever was
// acknowledged before the cut is there after it, once, on a real file system; and
// it is not if the journal does not flush, so the test would notice.
func TestPowerCut(t *testing.T) {
	if os.Getenv("TILLGATE_E2E") != "1" {
		t.Skip("starts a virtual machine: make e2e runs it")
	}
	began := time.Now()
	var mu sync.Mutex
	var acks []ack
	disks := []*Disk{NewDisk(ext4(t)), NewDisk(ext4(t))}
	spoken := NewDisk(make([]byte, 2*writers*ackBlock))
	spoken.Wrote = func(at int64, data []byte) {
		mu.Lock()
		defer mu.Unlock()
		for i := 0; i+ackBlock <= len(data); i += ackBlock {
			acks = append(acks, ack{int(at)/ackBlock + i/ackBlock, be.Uint64(data[i:]), [2]int{disks[0].Moment(), disks[1].Moment()}})
		}
	}
	var args []string
	for i, d := range append(disks, spoken) {
		args = append(args, plug([]string{"safe", "careless", "spoken"}[i], i, "nbd+unix:///?socket="+socket(t, d), "none")...)
	}
	vm.Boot(t, vm.Options{Run: "^TestGuestPromises$", Modules: modules, Args: args, Timeout: time.Minute})
	if len(acks) < 100 {
		t.Fatalf("%d acknowledgements only", len(acks))
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("%d acknowledgements, %d and %d writes and flushes, seed %d", len(acks), disks[0].Moment(), disks[1].Moment(), seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var cuts []cut
	args = nil
	for i := range cutsSafe + cutsBad {
		which := 0
		if i >= cutsSafe {
			which = 1
		}
		c := cut{Disk: fmt.Sprintf("cut%02d", i), Careless: which == 1}
		from := acks[len(acks)/8].moments[which]
		moment := from + r.IntN(disks[which].Moment()-from+1)
		for _, a := range acks {
			if a.writer/writers == which && a.moments[which] <= moment {
				c.Acked[a.writer%writers] = a.n
			}
		}
		var image []byte
		image, c.Fate = disks[which].Cut(moment, r)
		file := filepath.Join(t.TempDir(), c.Disk)
		sparse(t, file, image)
		args = append(args, plug(c.Disk, i, file, "unsafe")...)
		cuts = append(cuts, c)
	}
	list, err := json.Marshal(cuts)
	if err != nil {
		t.Fatal(err)
	}
	vm.Boot(t, vm.Options{Run: "^TestGuestAfter", Modules: modules, Args: args, Timeout: 2 * time.Minute,
		Files: map[string][]byte{"/cuts.json": list}})
	t.Logf("%d cuts in %s", len(cuts), time.Since(began).Round(time.Second))
}

// plug are QEMU's arguments for a disk.
func plug(serial string, i int, file, cache string) []string {
	return []string{
		"-drive", fmt.Sprintf("if=none,id=%s,format=raw,cache=%s,file=%s", serial, cache, file),
		"-device", fmt.Sprintf("virtio-blk-pci,drive=%s,serial=%s,addr=%d.%d,multifunction=on", serial, serial, 4+i/8, i%8),
	}
}

// socket serves a disk.
func socket(t *testing.T, d *Disk) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cut") // short: the path of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nbd")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go d.Serve(l)
	t.Cleanup(func() { l.Close(); os.RemoveAll(dir) })
	return path
}

// ext4 is an empty file system.
func ext4(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	sparse(t, path, make([]byte, size))
	mke2fs, err := exec.LookPath("mke2fs")
	if err != nil {
		mke2fs = "/sbin/mke2fs"
	}
	out, err := exec.Command(mke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0", path).CombinedOutput()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("POWER CUTS ARE NOT TESTED: mke2fs: %v %s", err, out)
	} else if err != nil {
		t.Fatalf("mke2fs: %v %s", err, out)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// sparse writes a file without the blocks that are zero.
func sparse(t *testing.T, path string, data []byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, 4096)
	for at := 0; at < len(data); at += len(zero) {
		b := data[at:min(at+len(zero), len(data))]
		if string(b) == string(zero[:len(b)]) {
			continue
		}
		if _, err := f.WriteAt(b, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}
