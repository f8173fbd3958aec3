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
	"strings"
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
	if err := unix.Mount(device(t, serial), dir, "ext4", 0, ""); err != nil {
		t.Fatalf("mount %s: %v", serial, err)
	}
	return dir
}

func device(t *testing.T, serial string) string {
	t.Helper()
	for range 500 {
		files, _ := filepath.Glob("/sys/block/vd*/serial")
		for _, f := range files {
			if b, _ := os.ReadFile(f); strings.TrimSpace(string(b)) == serial {
				return "/dev/" + filepath.Base(filepath.Dir(f))
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no disk %s", serial)
	return ""
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
	spoken, err := os.OpenFile(device(t, "spoken"), os.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer spoken.Close()
	end := time.Now().Add(works)
	var wg sync.WaitGroup
	for i, name := range []string{"safe", "careless"} {
		dir := mount(t, name)
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{UnsafeNoSync: name == "careless"})
		if err != nil {
			t.Fatal(err)
		}
		for w := range writers {
			wg.Go(func() {
				block, err := unix.Mmap(-1, 0, ackBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
				for n := uint64(1); err == nil && time.Now().Before(end); n++ {
					if err = step(j, w, n); err == nil {
						be.PutUint64(block, n)
						_, err = spoken.WriteAt(block, int64(i*writers+w)*ackBlock)
					}
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Go(func() { refill(t, end) })
	wg.Wait()
}

// refill brings the copy beside the journal up to date again and again.
func refill(t *testing.T, end time.Time) {
	c, err := openCopy("/tmp/safe")
	if err == nil {
		err = c.Fill(context.Background(), &base{})
	}
	for n := uint64(2); err == nil && time.Now().Before(end); n++ {
		ch := loyalty.Changes{Cursor: fmt.Sprint(n)}
		for i := range 20 {
			ch.Customers = append(ch.Customers, customer((int(n)*7+i)%customers, n))
		}
		err = c.Apply(ch)
	}
	if err != nil {
		t.Error(err)
	}
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

type base struct{ n int }

func (*base) Programme() loyalty.Programme {
	return loyalty.Programme{Name: "test", Currency: "RUB", Tiers: []loyalty.Tier{{Name: "all", Terms: loyalty.Terms{PointValue: 100}}}}
}
func (*base) Cursor() string { return "1" }
func (*base) Count() int     { return customers }
func (*base) Close() error   { return nil }
func (b *base) Next() (loyalty.Customer, error) {
	if b.n == customers {
		return loyalty.Customer{}, io.EOF
	}
	b.n++
	return customer(b.n-1, 1), nil
}

func TestGuestAfter(t *testing.T) {
	vm.Inside(t)
	b, err := os.ReadFile("/cuts.json")
	if err != nil {
		t.Fatal(err)
	}
	var cuts []cut
	if err := json.Unmarshal(b, &cuts); err != nil {
		t.Fatal(err)
	}
	noticed, careless, good := 0, 0, 0
	for _, c := range cuts {
		dir := mount(t, c.Disk)
		err := look(dir, c)
		switch {
		case c.Careless:
			careless++
			if err != nil {
				noticed++
			}
		case err != nil:
			t.Errorf("%s, what was not flushed was %s: %v", c.Disk, c.Fate, err)
		default:
			good++
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}
	t.Logf("after %d of %d cuts all is there; of a journal that does not flush after %d of %d", good, len(cuts)-careless, careless-noticed, careless)
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
	return errors.Join(append(errs, copyOpens(dir))...)
}

// copyOpens: the copy is the one of before, or was begun anew; it does not keep
// the till from starting.
func copyOpens(dir string) error {
	c, err := openCopy(dir)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer c.Close()
	for i := range customers {
		want := customer(i, 0).ID
		got, err := c.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(want)})
		if err != nil && !errors.Is(err, loyalty.ErrNotFound) || err == nil && (got.ID != want || got.Balance != loyalty.Points(got.Version)) {
			return fmt.Errorf("copy: %s is %+v, %w", want, got, err)
		}
	}
	return nil
}
