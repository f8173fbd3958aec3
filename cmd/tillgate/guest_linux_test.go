package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/journal/powercut"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// mounted is a till in the virtual machine whose data folder is a disk.
func mounted(t *testing.T, disk string, flags uintptr) *shop {
	t.Helper()
	x := centralShop(t)
	x.mount(disk, flags)
	t.Cleanup(func() {
		x.kill()
		unix.Unmount(x.data(""), unix.MNT_DETACH)
	})
	return x
}

// mount mounts a disk at the data folder: ext4 takes no more writes after an error.
func (x *shop) mount(disk string, flags uintptr) {
	x.t.Helper()
	if err := os.MkdirAll(x.data(""), 0o700); err != nil {
		x.t.Fatal(err)
	}
	if err := unix.Mount(powercut.Device(x.t, disk), x.data(""), "ext4", flags, "errors=remount-ro"); err != nil {
		x.t.Fatalf("mount %s: %v", disk, err)
	}
}

// mouth is the disk by which the guest speaks to the host.
type mouth struct {
	t     *testing.T
	disk  *os.File
	block []byte
	n     int64
}

func newMouth(t *testing.T) *mouth {
	t.Helper()
	disk, err := os.OpenFile(powercut.Device(t, "spoken"), os.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { disk.Close() })
	block, err := unix.Mmap(-1, 0, tillBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	return &mouth{t: t, disk: disk, block: block}
}

// say returns when the host has heard it.
func (m *mouth) say(s said) {
	m.t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		m.t.Fatal(err)
	}
	clear(m.block)
	copy(m.block, b)
	if _, err := m.disk.WriteAt(m.block, m.n%64*tillBlock); err != nil {
		m.t.Fatal(err)
	}
	m.n++
}

// tells has the host hear what the program tells the cashier.
func (m *mouth) tells(x *shop, disk string) {
	x.answered = func(_ *client, a checkout.Answer) {
		switch {
		case !a.OK || a.Sale == nil:
		case a.Sale.Phase == checkout.Waiting || a.Sale.Phase == checkout.Held:
			m.say(said{Till: disk, Op: spokenOp{a.Sale.Sale, checkout.Held}})
		case a.Sale.Phase == checkout.Finished:
			m.say(said{Till: disk, Op: spokenOp{a.Sale.Sale, checkout.Finished}})
		}
	}
}

// sellCard is a sale of the i-th customer from its first question to the last.
func (x *shop) sellCard(i int, last loyalty.Key) (loyalty.Key, error) {
	x.card = string(plainCard(i))
	k := &cashier{total: 100_000, spend: 7, last: last}
	if err := x.sell(k); err != nil {
		return "", err
	}
	c, err := connect(x.page)
	if err != nil {
		return "", err
	}
	defer c.conn.Close()
	if s := c.now(); s.Last != nil {
		return s.Last.Sale, nil
	}
	return "", errors.New("the sale is not on the screen")
}

// The power is cut at moments of all this: the first fill, what is settled goes to
// the archive and is exported, sales, and changes that come from the central API.
func TestGuestTillCut(t *testing.T) {
	vm.Inside(t)
	x, m := mounted(t, "cut", 0), newMouth(t)
	last := x.soldBefore()
	m.tells(x, "cut")
	m.say(said{Till: "cut"})
	x.start()
	for i := range 4 {
		var err error
		if last, err = x.sellCard(i, last); err != nil {
			t.Fatal(err)
		}
		for n := range 20 {
			if err := x.central.Adjust(loyalty.CustomerID(fmt.Sprintf("c%06d", i*20+n+1)), 5); err != nil {
				t.Fatal(err)
			}
		}
	}
	x.drained()
	m.say(said{Till: "cut"})
}

// A disk begins to fail under the program at work; the file system makes itself
// read-only. People are told, and the program says why it can not start again.
func TestGuestTillBroken(t *testing.T) {
	vm.Inside(t)
	x, m := mounted(t, "bad", 0), newMouth(t)
	m.tells(x, "bad")
	x.start()
	if _, err := x.sellCard(0, ""); err != nil {
		t.Fatal(err)
	}
	x.filled()
	m.say(said{Do: "break"})
	c := x.connect()
	c.total(t, 100_000)
	x.scan(string(plainCard(1)))
	p := c.awaitPrompt(t, checkout.AskSpend)
	points := int64(7)
	a, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: checkout.SpendAmount, Amount: &points})
	if !errors.Is(err, errRefused) || a.Error == nil || a.Error.Code != checkout.DiskError {
		t.Fatalf("on a disk that fails: %+v, %v", a, err)
	}
	why, _ := a.Error.Args["reason"].(string)
	if why != string(journal.DiskBroken) && why != string(journal.DiskReadOnly) {
		t.Errorf("refused for %s", why)
	}
	x.refusedByDisk(c, a, loyalty.Reason(why))
	out, _, code := x.tillgate("doctor")
	if code == exitOK || !strings.Contains(out, remedy(journal.DiskBroken)) && !strings.Contains(out, remedy(journal.DiskReadOnly)) {
		t.Errorf("doctor, exit code %d:\n%s", code, out)
	}
	x.kill()
	if x.launch() {
		t.Fatal("it has started on a disk that takes no writes")
	}
	x.endedByDisk(journal.DiskBroken, journal.DiskReadOnly)
}

// A disk that is full to the last block: before the first start, when there is not
// even room for a journal; and at work, when the copy can not be filled. The till
// goes on as soon as there is room. And one that can only be read.
func TestGuestTillFull(t *testing.T) {
	vm.Inside(t)
	x := mounted(t, "full", 0)
	room := x.filler()
	if x.launch() {
		t.Fatal("it has started without room for a journal")
	}
	x.endedByDisk(journal.DiskFull)
	room()

	x.link.Cut()
	x.start()
	room = x.filler()
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c := x.connect()
	c.await(t, "the link", func(s checkout.State) bool { return s.Link.Online && hasCondition(s, checkout.DiskLow) })
	c.total(t, 100_000)
	x.scan(x.card)
	c.awaitPrompt(t, checkout.AskSpend) // by the central API alone
	if out, _, code := x.tillgate("doctor"); code == exitOK || !strings.Contains(out, remedy(journal.DiskFull)) {
		t.Errorf("doctor, exit code %d:\n%s", code, out)
	}
	room()
	x.filled()
	x.stop()

	if err := unix.Unmount(x.data(""), 0); err != nil {
		t.Fatal(err)
	}
	x.mount("full", unix.MS_RDONLY)
	if x.launch() {
		t.Fatal("it has started on a file system that can only be read")
	}
	x.endedByDisk(journal.DiskReadOnly)
	if out, _, code := x.tillgate("check"); code != exitOK || !strings.Contains(out, remedy(journal.DiskReadOnly)) {
		t.Errorf("check, exit code %d:\n%s", code, out)
	}
}

// After each cut the program starts, and its journal has what was spoken, once.
func TestGuestAfterCut(t *testing.T) {
	vm.Inside(t)
	b, err := os.ReadFile("/cuts.json")
	if err != nil {
		t.Fatal(err)
	}
	var cuts []tillCut
	if err := json.Unmarshal(b, &cuts); err != nil {
		t.Fatal(err)
	}
	for _, cut := range cuts {
		t.Run(cut.Disk, func(t *testing.T) {
			t.Logf("%s: %d things were said", cut.Fate, len(cut.Spoken))
			x := mounted(t, cut.Disk, 0)
			began := time.Now()
			x.start()
			out, stderr, code := x.tillgate("journal", "list", "--all", "--json")
			if code != exitOK {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			have := map[spokenOp]int{}
			for line := range strings.Lines(out) {
				var e journal.Entry
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatalf("%v: %s", err, line)
				}
				phase := map[loyalty.Kind]checkout.Phase{loyalty.Reserve: checkout.Held, loyalty.Commit: checkout.Finished}[e.Op.Kind]
				have[spokenOp{e.Op.Sale.Key, phase}]++
			}
			for _, op := range cut.Spoken {
				if have[op] != 1 {
					t.Errorf("%+v was said and is in the journal %d times", op, have[op])
				}
			}
			x.filled()
			c := x.connect()
			x.scan("4600051000057")
			if _, err := c.awaitScans(1, soon()); err != nil {
				t.Error(err)
			}
			t.Logf("started and filled in %v", time.Since(began).Round(time.Millisecond))
			x.stop()
		})
	}
}

// The clock of the machine is set to and fro while the central API can not be asked:
// that makes no room in the limits of a customer, a till and a day, nothing is sent
// or exported twice, and people are told when it was set back.
func TestGuestTillClock(t *testing.T) {
	vm.Inside(t)
	x := centralShop(t)
	x.write(strings.Replace(x.defaultConfig(), "[[scanner.serial]]", `[offline]
spending = "limited"
per_operation = 300
per_card_day = 500
per_till_day = 3000
balance_minutes = 43200
[[scanner.serial]]`, 1) + "[decode]\nrepeat_ms = 0\n")
	real, up := time.Now().Round(0), uptime()
	set := func(off time.Duration) {
		t.Helper()
		tv := unix.NsecToTimeval(real.Add(uptime() - up + off).UnixNano())
		if err := unix.Settimeofday(&tv); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { set(0) })
	x.start()
	x.filled()
	c := x.connect()
	offline := func() {
		t.Helper()
		c = x.connect()
		c.await(t, "offline, with a scanner", func(s checkout.State) bool {
			return !s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == "ready"
		})
	}
	x.link.Cut()
	offline()
	// gives says how much the till gives on its own word; what of it is spent.
	gives := func(when string, most loyalty.Points, spend int64) {
		t.Helper()
		c.total(t, 100_000)
		x.scan(card1)
		p := *c.await(t, when, func(s checkout.State) bool {
			return s.Prompt != nil && s.Prompt.Customer != nil && s.Prompt.Quote != nil && offers(*s.Prompt, checkout.NotThis)
		}).Prompt
		if p.Quote.MaxSpend != most {
			t.Errorf("%s: up to %d, %q, want %d", when, p.Quote.MaxSpend, p.Quote.Limit, most)
		}
		if spend == 0 {
			c.choose(t, p, checkout.NotThis, 0)
			return
		}
		c.choose(t, p, checkout.SpendAmount, spend)
		c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	}
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	gives("at first", 300, 250)
	set(-time.Hour)
	gives("an hour back", 250, 100)
	c.await(t, "it is told", func(s checkout.State) bool { return hasCondition(s, checkout.ClockJumped) })
	set(-2 * year)
	gives("two years back", 0, 0) // of when the balance is, nobody knows then
	set(year)
	gives("a year ahead", 0, 0)
	set(2 * day)
	gives("two days ahead", 150, 0)
	set(0)
	gives("right again", 150, 0)
	x.kill()
	set(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Sub(real)) // its battery is empty
	x.start()
	offline()
	c.await(t, "it is told", func(s checkout.State) bool { return hasCondition(s, checkout.ClockJumped) })
	gives("in the year 2000", 0, 0)
	set(0)
	gives("set right", 150, 0)

	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	if n, points := x.spent(customer1); n != 2 || points != 350 {
		t.Errorf("%d redemptions of %d points, want 2 of 350", n, points)
	}
	if err := x.audit(); err != nil {
		t.Error(err)
	}
	for _, off := range []time.Duration{2 * day, 0, 4 * day} { // what is closed stays closed
		x.stop()
		set(off)
		x.start()
		x.filled()
		eventually(t, "the day is exported", func() bool {
			files, _ := filepath.Glob(filepath.Join(x.data("export"), "journal_1_1_*.json.sig"))
			return len(files) > 0
		})
	}
	seen := map[uint64]bool{}
	files, _ := filepath.Glob(filepath.Join(x.data("export"), "journal_1_1_*.json"))
	for _, f := range files {
		var all struct {
			Operations []struct{ N uint64 }
		}
		if b, err := os.ReadFile(f); err != nil || json.Unmarshal(b, &all) != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, op := range all.Operations {
			if seen[op.N] {
				t.Errorf("operation %d was exported twice", op.N)
			}
			seen[op.N] = true
		}
	}
	if len(seen) != 4 { // two reservations, two sales
		t.Errorf("%d operations were exported", len(seen))
	}
	x.stop()
}
