package powercut

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestGuestBroken(t *testing.T) {
	vm.Inside(t)
	bads := told[bad](t, "/bad.json")
	spoken, err := os.OpenFile(Device(t, "spoken"), os.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer spoken.Close()
	block, err := unix.Mmap(-1, 0, ackBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, b := range bads {
		dir := mount(t, b.Disk)
		err := until(dir, func(n uint64) {
			be.PutUint64(block, n)
			if _, err := spoken.WriteAt(block, int64(i)*ackBlock); err != nil {
				t.Fatal(err)
			}
		})
		if t.Logf("%s: %v", b.Disk, err); err != nil {
			refused++
		}
		unix.Unmount(dir, unix.MNT_DETACH)
	}
	if refused < len(bads)/2 {
		t.Errorf("on %d of %d disks the journal refused something: this proves little", refused, len(bads))
	}
}

func TestGuestBrokenAfter(t *testing.T) {
	vm.Inside(t)
	cuts := told[cut](t, "/cuts.json")
	for _, c := range cuts {
		dir := mount(t, c.Disk)
		if err := look(dir, c); err != nil {
			t.Errorf("%s, %s: %v", c.Disk, c.Fate, err)
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}
}

// until goes through sales until the journal refuses a step, or for a while. The
// copy is brought up to date meanwhile; that it can not be is no matter.
func until(dir string, acknowledged func(n uint64)) error {
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	c, err := openCopy(dir)
	if err == nil {
		defer c.Close()
		c.Fill(context.Background(), &base{})
	}
	for n := uint64(1); n < 400; n++ {
		if err == nil && n%8 == 0 {
			c.Apply(loyalty.Changes{Cursor: fmt.Sprint(n), Customers: []loyalty.Customer{customer(int(n)%customers, n)}})
		}
		if err := step(j, 0, n); err != nil {
			return err
		}
		acknowledged(n)
	}
	return nil
}
