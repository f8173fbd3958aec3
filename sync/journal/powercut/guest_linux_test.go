package powercut

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// mount mounts the disk of a serial number.
func mount(t *testing.T, serial string) string {
	t.Helper()
	dir := filepath.Join("/tmp", serial)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(Device(t, serial), dir, "ext4", 0, ""); err != nil {
		t.Fatalf("mount %s: %v", serial, err)
	}
	return dir
}

// told is the list that the host has put into the guest.
func told[T any](t *testing.T, path string) (list []T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// A writer goes through sales in four steps, and says after each how many it has
// done. A step is acknowledged when the journal has returned.
const steps = 4

func operation(writer int, sale uint64, kind loyalty.Kind) loyalty.Operation {
	key := loyalty.Key(fmt.Sprintf("%d-%d", writer, sale))
	return loyalty.Operation{Key: key + loyalty.Key("/"+kind), Kind: kind, At: time.Now(), Sale: loyalty.Sale{
		Key: key, Receipt: string(key), Shop: "1", Till: "1", Customer: "c", Total: 1000, Spend: 1, Worth: 100, At: time.Now(),
	}}
}

func step(j *journal.Journal, writer int, n uint64) (err error) {
	sale := (n - 1) / steps
	key := operation(writer, sale, loyalty.Reserve).Key
	switch (n - 1) % steps {
	case 0:
		_, err = j.Append(operation(writer, sale, loyalty.Reserve), true)
	case 1:
		_, err = j.Sending(key)
	case 2:
		_, err = j.Settle(key, loyalty.Outcome{Spent: 1, Version: n}, nil)
	case 3:
		_, err = j.Append(operation(writer, sale, loyalty.Commit), true)
	}
	return err
}

func TestGuestPromises(t *testing.T) {
	vm.Inside(t)
	spoken, err := os.OpenFile(Device(t, "spoken"), os.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer spoken.Close()
	// A machine that is slow takes longer: the copy has to have gone through all.
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var wg sync.WaitGroup
	// speaks lets somebody work until the end, who says how far he is.
	speaks := func(who int, work func(say func(n uint64) error) error) {
		wg.Go(func() {
			block, err := unix.Mmap(-1, 0, ackBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
			if err == nil {
				err = work(func(n uint64) error {
					be.PutUint64(block, n)
					_, err := spoken.WriteAt(block, int64(who)*ackBlock)
					return err
				})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	for _, which := range []int{safe, careless} {
		dir := mount(t, names[which])
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{UnsafeNoSync: which == careless})
		if err != nil {
			t.Fatal(err)
		}
		for w := range writers {
			speaks(which*writers+w, func(say func(uint64) error) (err error) {
				for n := uint64(1); err == nil && ctx.Err() == nil; n++ {
					if err = step(j, w, n); err == nil {
						err = say(n)
					}
				}
				return err
			})
		}
	}
	speaks(keeper, func(say func(uint64) error) error {
		defer end()
		return keepCopy(say, time.Now().Add(works))
	})
	dir := mount(t, names[old])
	speaks(old*writers, func(say func(uint64) error) error { return upgrades(ctx, dir, say) })
	wg.Wait()
}

// keepCopy fills the copy beside the journal, changes it, merges it, and changes it
// again, and so on.
func keepCopy(say func(uint64) error, end time.Time) error {
	c, err := openCopy("/tmp/safe")
	n := uint64(0)
	for cycle := 0; err == nil && (cycle < cycles || time.Now().Before(end)); cycle++ {
		err = say(phase(n, filling))
		if n++; err == nil {
			err = c.Fill(context.Background(), &base{version: n})
		}
		for range 4 {
			if err == nil {
				err = say(phase(n, changing))
			}
			ch := loyalty.Changes{Cursor: fmt.Sprint(n + 1)}
			for i := range 20 {
				ch.Customers = append(ch.Customers, customer((int(n)*7+i)%customers, n+1))
			}
			if n++; err == nil {
				err = c.Apply(ch)
			}
		}
		if err == nil {
			err = say(phase(n, merging))
		}
		if err == nil {
			err = c.Merge()
		}
	}
	return errors.Join(err, say(phase(n, filling)))
}

// oldSteps are those of a journal in upgrades.
const oldSteps = 3

// upgrades puts journals of an earlier version there, one after another, opens them
// and gives their till another key. Each is three steps: it is there; it is one of
// this version; it is sealed with another key, and the one before is destroyed.
func upgrades(ctx context.Context, dir string, say func(uint64) error) error {
	v1, err := os.ReadFile("/v1.db")
	for n := uint64(1); err == nil && ctx.Err() == nil; n += oldSteps {
		path := oldJournal(dir, n)
		if err = os.Mkdir(filepath.Dir(path), 0o700); err == nil {
			err = putDurably(path, v1)
		}
		if err == nil {
			err = say(n)
		}
		var j *journal.Journal
		if err == nil {
			j, err = journal.Open(path, journal.Options{})
		}
		if err == nil {
			err = errors.Join(say(n+1), j.Close())
		}
		if err == nil {
			err = rekey(path)
		}
		if err == nil {
			err = say(n + 2)
		}
		if n > oldSteps && err == nil { // the one before has been looked at for long enough
			err = os.RemoveAll(filepath.Dir(oldJournal(dir, n-oldSteps)))
		}
	}
	return err
}

func oldJournal(dir string, n uint64) string {
	return filepath.Join(dir, fmt.Sprint((n+oldSteps-1)/oldSteps), "journal.db")
}

// rekey gives the till of a journal another key, as tillgate rekey does.
func rekey(path string) error {
	if err := seal.Rotate(filepath.Dir(path)); err != nil {
		return err
	}
	j, err := journal.Open(path, journal.Options{})
	if err != nil {
		return err
	}
	return errors.Join(j.Close(), seal.Retire(filepath.Dir(path)))
}

func putDurably(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		if d, derr := os.Open(dir); derr != nil {
			err = errors.Join(err, derr)
		} else {
			err = errors.Join(err, d.Sync(), d.Close())
		}
	}
	return err
}

func openCopy(dir string) (*cache.Cache, error) {
	log := slog.New(slog.DiscardHandler)
	key, _, err := seal.Load(dir, log)
	if err != nil {
		return nil, err
	}
	return cache.Open(filepath.Join(dir, "cache.db"), key, log)
}

const customers = 500

func customer(i int, version uint64) loyalty.Customer {
	return loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprint("c", i)), Name: "Anna", Balance: loyalty.Points(version), Version: version}
}

// base is a snapshot of a version.
type base struct {
	version uint64
	n       int
}

func (*base) Programme() loyalty.Programme {
	return loyalty.Programme{Name: "test", Currency: "RUB", Tiers: []loyalty.Tier{{Name: "all", Terms: loyalty.Terms{PointValue: 100}}}}
}
func (b *base) Cursor() string { return fmt.Sprint(b.version) }
func (*base) Count() int       { return customers }
func (*base) Close() error     { return nil }
func (b *base) Next() (loyalty.Customer, error) {
	if b.n == customers {
		return loyalty.Customer{}, io.EOF
	}
	b.n++
	return customer(b.n-1, b.version), nil
}

func TestGuestAfter(t *testing.T) {
	vm.Inside(t)
	cuts := told[cut](t, "/cuts.json")
	noticed, all := 0, [len(names)]int{}
	doing := [phases]int{}
	for _, c := range cuts {
		dir := mount(t, c.Disk)
		all[c.Of]++
		var err error
		switch c.Of {
		case old:
			err = lookAtUpgrade(dir, c.Acked[0])
		case safe:
			doing[c.Doing]++
			err = errors.Join(look(dir, c), copyOpens(dir, c.Copy))
		case careless:
			if look(dir, c) != nil {
				noticed++
			}
		}
		if err != nil {
			t.Errorf("%s of %s, what was not flushed was %s: %v", c.Disk, names[c.Of], c.Fate, err)
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d cuts of a journal, and of its copy while it was filled, changed and merged: %v; %d of journals of an earlier version; after %d of %d cuts a journal that does not flush lacked something", all[safe], doing, all[old], noticed, all[careless])
	if noticed == 0 {
		t.Error("a journal that does not flush has lost nothing: this test notices nothing")
	}
}

// look says what is missing on a disk after a cut.
func look(dir string, c cut) error {
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	errs := []error{j.Check()}
	for w, n := range c.Acked {
		for s := uint64(0); s*steps < n; s++ {
			e, err := j.Get(operation(w, s, loyalty.Reserve).Key)
			done := n - s*steps
			switch {
			case err != nil:
				errs = append(errs, fmt.Errorf("writer %d, sale %d of %d steps: %w", w, s, n, err))
			case done >= 3 && e.State != journal.Done, done == 2 && e.Attempts != 1:
				errs = append(errs, fmt.Errorf("writer %d, sale %d of %d steps: %s after %d attempts", w, s, n, e.State, e.Attempts))
			}
			if done >= 4 {
				if _, err := j.Get(operation(w, s, loyalty.Commit).Key); err != nil {
					errs = append(errs, fmt.Errorf("writer %d, commit of sale %d of %d steps: %w", w, s, n, err))
				}
			}
		}
	}
	// It goes on.
	if _, err := j.Append(operation(9, 9, loyalty.Reserve), true); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// copyOpens: the copy is there, at least as far as it had been brought.
func copyOpens(dir string, least uint64) error {
	c, err := openCopy(dir)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer c.Close()
	n, err := strconv.ParseUint(c.Cursor(), 10, 64)
	if err != nil || n < least || c.Count() != customers || c.Rebuilt() != "" {
		return fmt.Errorf("copy: cursor %q after %d, %d customers, made anew because %q, %w", c.Cursor(), least, c.Count(), c.Rebuilt(), err)
	}
	for i := range customers {
		want := customer(i, 0).ID
		got, err := c.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(want)})
		if err != nil || got.ID != want || got.Balance != loyalty.Points(got.Version) || got.Version > n {
			return fmt.Errorf("copy: %s is %+v at %d, %w", want, got, n, err)
		}
	}
	return nil
}

// lookAtUpgrade: the journal of before is there, whole and once, whether it has
// become one of this version or does so now.
func lookAtUpgrade(dir string, n uint64) error {
	if n == 0 {
		return nil
	}
	b, err := os.ReadFile("/v1.json")
	if err != nil {
		return err
	}
	var want []journal.Entry
	if err := json.Unmarshal(b, &want); err != nil {
		return err
	}
	j, err := journal.Open(oldJournal(dir, n), journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	es, err := j.Entries(journal.Filter{})
	if err := errors.Join(err, j.Check()); err != nil {
		return err
	}
	if len(es) != len(want) {
		return fmt.Errorf("%d entries of %d", len(es), len(want))
	}
	for i, e := range es {
		if e.N != want[i].N || e.Op.Key != want[i].Op.Key || e.State != want[i].State {
			return fmt.Errorf("entry %d is %d %s %s, want %d %s %s", i, e.N, e.Op.Key, e.State, want[i].N, want[i].Op.Key, want[i].State)
		}
	}
	return nil
}
