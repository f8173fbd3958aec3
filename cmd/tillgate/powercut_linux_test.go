package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/journal/powercut"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

const (
	tillDisk  = 24 << 20 // bytes
	tillCuts  = 6
	tillBlock = 4096
)

// spokenOp is what the program told the cashier: that points are held for a sale,
// or that it is sold.
type spokenOp struct {
	Sale  loyalty.Key
	Phase checkout.Phase
}

// said is what the guest tells the host by writing it to a disk, and the moment of
// the till's disk when it did.
type said struct {
	Till   string // whose disk; "" for what the host is asked to do
	Op     spokenOp
	Do     string // "break" and "mend" the disk that breaks
	Moment int    `json:",omitempty"`
}

// tillCut is a till's disk after a fault, and what had been spoken before.
type tillCut struct {
	Disk   string
	Fate   string
	Spoken []spokenOp
}

// TestPowerCutTill has the real program in a machine of its own, beside the central
// API, with its data folder on disks that are cut off, break, fill up and can only
// be read, while its clock is set to and fro. After the cuts and what e2fsck made of
// the broken disk the program starts again, and whatever it had said is in its
// journal, once.
func TestPowerCutTill(t *testing.T) {
	vm.Need(t)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	began, seed := time.Now(), uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	disks := map[string]*powercut.Disk{"cut": powercut.NewDisk(powercut.Ext4(t, tillDisk)), "bad": powercut.NewDisk(powercut.Ext4(t, tillDisk))}
	var mu sync.Mutex
	broken, all := false, map[string][]said{}
	disks["bad"].Fails = func(int) bool {
		mu.Lock()
		defer mu.Unlock()
		return broken
	}
	spoken := powercut.NewDisk(make([]byte, 64*tillBlock))
	spoken.Wrote = func(_ int64, data []byte) {
		for ; len(data) >= tillBlock; data = data[tillBlock:] {
			var s said
			if err := json.Unmarshal(text(data[:tillBlock]), &s); err != nil {
				continue // the kernel's own
			}
			moment := 0
			if d := disks[s.Till]; d != nil {
				moment = d.Moment()
			}
			mu.Lock()
			switch {
			case s.Do != "":
				broken = s.Do == "break"
			default:
				s.Moment = moment
				all[s.Till] = append(all[s.Till], s)
			}
			mu.Unlock()
		}
	}
	var args []string
	for i, name := range []string{"cut", "bad"} {
		// The machine is told of each error, as a real one is.
		args = append(args, powercut.Plug(name, i, powercut.Socket(t, disks[name]), "none,werror=report,rerror=report")...)
	}
	args = append(args, powercut.Plug("spoken", 2, powercut.Socket(t, spoken), "none")...)
	full := filepath.Join(t.TempDir(), "full")
	powercut.Image(t, full, powercut.Ext4(t, tillDisk))
	args = append(args, powercut.Plug("full", 3, full, "unsafe")...)
	programs := map[string]string{guestProgram: bin}
	vm.Boot(t, vm.Options{Run: "^TestGuestTill", Modules: powercut.Modules, Programs: programs, Args: args})
	if t.Failed() {
		return
	}

	var cuts []tillCut
	args = nil
	add := func(fate string, image []byte, before []said) {
		c := tillCut{Disk: fmt.Sprintf("after%d", len(cuts)), Fate: fate}
		for _, s := range before {
			if s.Op.Sale != "" {
				c.Spoken = append(c.Spoken, s.Op)
			}
		}
		file := filepath.Join(t.TempDir(), c.Disk)
		powercut.Image(t, file, image)
		if fate == "broken" {
			powercut.Repair(t, file)
		}
		args = append(args, powercut.Plug(c.Disk, len(cuts), file, "unsafe")...)
		cuts = append(cuts, c)
	}
	words := all["cut"]
	if len(words) < 6 {
		t.Fatalf("the program said %d things only", len(words))
	}
	for range tillCuts {
		// Not at the end, when the machine was shut down and everything was flushed.
		from, to := words[0].Moment, words[len(words)-1].Moment
		moment := from + r.IntN(to-from+1)
		n := 0
		for n < len(words) && words[n].Moment <= moment {
			n++
		}
		image, fate := disks["cut"].Cut(moment, r)
		add(fmt.Sprintf("cut after write %d of %d, what was not flushed was %s", moment, to, fate), image, words[:n])
	}
	add("broken", disks["bad"].Now(), all["bad"])
	list, err := json.Marshal(cuts)
	if err != nil {
		t.Fatal(err)
	}
	vm.Boot(t, vm.Options{Run: "^TestGuestAfterCut$", Modules: powercut.Modules, Programs: programs, Args: args, Files: map[string][]byte{"/cuts.json": list}})
	t.Logf("%d cuts of the whole program, %d things said, in %s", tillCuts, len(words), time.Since(began).Round(time.Second))
}

// text is what stands in a block before the zeros.
func text(block []byte) []byte {
	for i, b := range block {
		if b == 0 {
			return block[:i]
		}
	}
	return block
}
