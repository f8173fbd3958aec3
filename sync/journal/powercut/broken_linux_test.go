package powercut

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// bad is a disk that refuses writes for a while.
type bad struct {
	Disk  string // its serial number
	From  int    // the first write or flush that it refuses
	Times int
}

const badDisks = 4

// TestPowerCutBrokenDisk has disks answer with I/O errors, each from another write
// on and for as long as it likes, under journal and copy on a real file system: what
// the journal has acknowledged is there when the disk works again and the file
// system was looked through, as it is after a start; journal and copy go on.
func TestPowerCutBrokenDisk(t *testing.T) {
	if os.Getenv("TILLGATE_E2E") != "1" {
		t.Skip("starts a virtual machine: make e2e runs it")
	}
	began, seed := time.Now(), uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var args []string
	var bads []bad
	var disks []*Disk
	for i := range badDisks {
		b := bad{Disk: fmt.Sprintf("bad%02d", i), From: 60 + 30*i + r.IntN(30), Times: []int{1, 2, 10, 100}[i%4]}
		d := NewDisk(Ext4(t, size))
		d.Fails = func(n int) bool { return n >= b.From && n < b.From+b.Times }
		// The machine is told of each error, as a real one is.
		args = append(args, Plug(b.Disk, i, Socket(t, d), "none,werror=report,rerror=report")...)
		bads, disks = append(bads, b), append(disks, d)
	}
	spoken := NewDisk(make([]byte, badDisks*ackBlock))
	args = append(args, Plug("spoken", badDisks, Socket(t, spoken), "none")...)
	list, err := json.Marshal(bads)
	if err != nil {
		t.Fatal(err)
	}
	vm.Boot(t, vm.Options{Run: "^TestGuestBroken$", Modules: Modules, Args: args, Timeout: 2 * time.Minute,
		Files: map[string][]byte{"/bad.json": list}})
	var cuts []cut
	args = nil
	for i, d := range disks {
		if d.asked <= bads[i].From {
			t.Errorf("%s was asked for %d writes and never refused one", bads[i].Disk, d.asked)
		}
		c := cut{Disk: fmt.Sprintf("cut%02d", i), Fate: fmt.Sprintf("refused from write %d on, %d times", bads[i].From, bads[i].Times)}
		c.Acked[0] = be.Uint64(spoken.read(int64(i)*ackBlock, 8))
		t.Logf("%s: %d steps acknowledged", c.Fate, c.Acked[0])
		file := filepath.Join(t.TempDir(), c.Disk)
		Image(t, file, d.Now())
		Repair(t, file)
		args = append(args, Plug(c.Disk, i, file, "unsafe")...)
		cuts = append(cuts, c)
	}
	if list, err = json.Marshal(cuts); err != nil {
		t.Fatal(err)
	}
	vm.Boot(t, vm.Options{Run: "^TestGuestBrokenAfter$", Modules: Modules, Args: args, Timeout: 2 * time.Minute,
		Files: map[string][]byte{"/cuts.json": list}})
	t.Logf("%d disks in %s", badDisks, time.Since(began).Round(time.Second))
}
