package powercut

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

func TestMain(m *testing.M) { vm.Main(m) }

const (
	writers  = 3               // that promise at once, on each disk
	works    = 5 * time.Second // how long they do at least
	cycles   = 3               // of filling, changing and merging the copy, at least
	size     = 24 << 20        // of a disk
	cutsSafe = 24
	cutsBad  = 8  // of the journal that does not flush
	cutsOld  = 12 // of journals of an earlier version that become ones of this, every other while their till gets another key
	ackBlock = 4096
)

// The disks, and who speaks: each disk's writers, and whoever keeps the copy.
const (
	safe = iota
	careless
	old
	keeper = 3 * writers
)

var names = [...]string{safe: "safe", careless: "careless", old: "old"}

// What is being done to the copy, in turns: see phase.
const (
	filling = iota
	changing
	merging
	phases
)

// phase is what the keeper of the copy says: what it begins, and how far the copy
// was brought before.
func phase(n uint64, doing uint64) uint64 { return n*phases + doing }

// cut is a disk after a power cut, and what had been acknowledged before.
type cut struct {
	Disk  string // its serial number
	Of    int    // safe, careless: its journal does not flush, and something has to be missing; old
	Fate  string // of the writes that were not flushed
	Acked [writers]uint64
	Copy  uint64 // how far the copy was brought
	Doing uint64 // what was being done to it
}

// ack is an acknowledgement, with the moment of each disk when it was spoken.
type ack struct {
	writer  int
	n       uint64
	moments [len(names)]int
}

// span is a time in the life of a disk.
type span struct{ from, to int }

// spans are those in which the copy was filled, changed and merged, after it was
// filled for the first time.
func spans(acks []ack) (of [phases][]span) {
	was := -1
	from := 0
	for _, a := range acks {
		if a.writer != keeper {
			continue
		}
		if was >= 0 && from < a.moments[safe] {
			of[was] = append(of[was], span{from, a.moments[safe]})
		}
		from = a.moments[safe]
		if was >= 0 || a.n%phases != filling {
			was = int(a.n % phases)
		}
	}
	return of
}

// rekeys are the times in which a journal's till got another key.
func rekeys(acks []ack) (of []span) {
	from := 0
	for _, a := range acks {
		if a.writer != old*writers {
			continue
		}
		if a.n%oldSteps == 0 && from < a.moments[old] {
			of = append(of, span{from, a.moments[old]})
		}
		from = a.moments[old]
	}
	return of
}

// TestPowerCut cuts the power while customers are promised things, while the copy
// beside the journal is filled, changed and merged, and while journals of an earlier
// version become ones of this and their till's key is changed. Whatever was acknowledged before the cut is there
// after it, once, on a real file system; and it is not if the journal does not flush,
// so the test would notice.
func TestPowerCut(t *testing.T) {
	if os.Getenv("TILLGATE_E2E") != "1" {
		t.Skip("starts a virtual machine: make e2e runs it")
	}
	began := time.Now()
	var mu sync.Mutex
	var acks []ack
	disks := []*Disk{NewDisk(Ext4(t, size)), NewDisk(Ext4(t, size)), NewDisk(Ext4(t, size))}
	spoken := NewDisk(make([]byte, (keeper+1)*ackBlock))
	spoken.Wrote = func(at int64, data []byte) {
		mu.Lock()
		defer mu.Unlock()
		for i := 0; i+ackBlock <= len(data); i += ackBlock {
			acks = append(acks, ack{int(at)/ackBlock + i/ackBlock, be.Uint64(data[i:]), [len(names)]int{disks[safe].Moment(), disks[careless].Moment(), disks[old].Moment()}})
		}
	}
	var args []string
	for i, d := range append(disks, spoken) {
		args = append(args, Plug(append(names[:], "spoken")[i], i, Socket(t, d), "none")...)
	}
	files := map[string][]byte{"/v1.db": earlier(t), "/v1.json": read(t, "../testdata/v1.json")}
	vm.Boot(t, vm.Options{Run: "^TestGuestPromises$", Modules: Modules, Args: args, Timeout: 4 * time.Minute, Files: files})
	if len(acks) < 50 {
		t.Fatalf("%d acknowledgements only", len(acks))
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("%d acknowledgements, %d, %d and %d writes and flushes, seed %d", len(acks), disks[safe].Moment(), disks[careless].Moment(), disks[old].Moment(), seed)
	times := spans(acks)
	for doing, of := range times {
		if len(of) == 0 {
			t.Fatalf("the copy was never in the middle of %d: %v", doing, times)
		}
	}
	turned := rekeys(acks)
	if len(turned) == 0 {
		t.Fatal("no key was changed")
	}
	r := rand.New(rand.NewPCG(seed, 0))
	var cuts []cut
	args = nil
	for i := range cutsSafe + cutsBad + cutsOld {
		which := safe
		if i >= cutsSafe+cutsBad {
			which = old
		} else if i >= cutsSafe {
			which = careless
		}
		c := cut{Disk: fmt.Sprintf("cut%02d", i), Of: which}
		// Not at the end, when the machine was shut down and everything was flushed.
		from, to := acks[len(acks)/8].moments[which], acks[len(acks)-1].moments[which]
		moment := from + r.IntN(to-from+1)
		until := acks
		switch which {
		case careless: // it writes now and then only: any moment is one between writes
			until = acks[:len(acks)/8+r.IntN(len(acks)*7/8)+1]
			moment = until[len(until)-1].moments[which]
		case safe:
			of := times[i%phases]
			in := of[r.IntN(len(of))]
			moment = in.from + 1 + r.IntN(in.to-in.from)
		case old:
			if i%2 == 1 {
				in := turned[r.IntN(len(turned))]
				moment = in.from + 1 + r.IntN(in.to-in.from)
			}
		}
		for _, a := range until {
			switch {
			case a.moments[which] > moment:
			case a.writer == keeper:
				c.Copy, c.Doing = a.n/phases, a.n%phases
			case a.writer/writers == which:
				c.Acked[a.writer%writers] = a.n
			}
		}
		var image []byte
		image, c.Fate = disks[which].Cut(moment, r)
		file := filepath.Join(t.TempDir(), c.Disk)
		Image(t, file, image)
		args = append(args, Plug(c.Disk, i, file, "unsafe")...)
		cuts = append(cuts, c)
	}
	list, err := json.Marshal(cuts)
	if err != nil {
		t.Fatal(err)
	}
	files["/cuts.json"] = list
	vm.Boot(t, vm.Options{Run: "^TestGuestAfter", Modules: Modules, Args: args, Timeout: 4 * time.Minute, Files: files})
	t.Logf("%d cuts in %s", len(cuts), time.Since(began).Round(time.Second))
}

// earlier is a journal that an earlier version wrote.
func earlier(t *testing.T) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(read(t, "../testdata/v1.db.gz")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
