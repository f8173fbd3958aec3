// Command commits measures what a promise costs: one redemption made durable,
// alone and with eight that wait, in the till's journal and in SQLite with the
// same durability (WAL, synchronous=FULL), beside the floor: one page written
// over and one fdatasync, on the same disk, in the same run. Rounds take turns,
// so that a disk that is busy for a while is so for all of them.
//
//	make bench-storage
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/sync/cache/bench/processor"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func main() {
	rounds := flag.Int("rounds", 10, "rounds of -n commits each")
	n := flag.Int("n", 200, "commits of a round")
	dir := flag.String("dir", ".", "a folder on the disk in question")
	flag.Parse()
	if err := run(*dir, *rounds, *n); err != nil {
		fmt.Fprintln(os.Stderr, "commits:", err)
		os.Exit(1)
	}
}

// way is one way to make a redemption durable.
type way struct {
	name    string
	one     func(n int64) error
	waiting int
	took    []time.Duration
	wall    time.Duration
	count   int
}

func run(in string, rounds, n int) error {
	dir, err := os.MkdirTemp(in, "commits-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	page, err := newPage(filepath.Join(dir, "page"))
	if err != nil {
		return err
	}
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	db, err := newTable(filepath.Join(dir, "sqlite.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	put := func(n int64) error { _, err := j.Append(redemption(n), true); return err }
	insert := func(n int64) error {
		op := redemption(n)
		b, err := json.Marshal(op)
		if err == nil {
			_, err = db.Exec("INSERT INTO journal (key, sale, customer, record) VALUES (?, ?, ?, ?)", string(op.Key), string(op.Sale.Key), string(op.Sale.Customer), b)
		}
		return err
	}
	ways := []*way{
		{name: "floor: one page, one fdatasync", one: page.write, waiting: 1},
		{name: "journal, alone", one: put, waiting: 1},
		{name: "SQLite, alone", one: insert, waiting: 1},
		{name: "journal, eight waiting", one: put, waiting: 8},
		{name: "SQLite, eight waiting", one: insert, waiting: 8},
	}
	var number atomic.Int64
	for range rounds {
		for _, w := range ways {
			if err := w.round(&number, n); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	report(ways)
	return nil
}

// round makes n commits.
func (w *way) round(number *atomic.Int64, n int) error {
	var mu sync.Mutex
	var errs []error
	var left atomic.Int64
	left.Store(int64(n))
	began := time.Now()
	var wg sync.WaitGroup
	for range w.waiting {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				err := w.one(number.Add(1))
				took := time.Since(start)
				mu.Lock()
				w.took = append(w.took, took)
				if err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	w.wall += time.Since(began)
	w.count += n
	return errors.Join(errs...)
}

func report(ways []*way) {
	at := func(w *way, part float64) time.Duration {
		slices.Sort(w.took)
		return w.took[int(part*float64(len(w.took)-1))]
	}
	floor := at(ways[0], 0.5)
	fmt.Printf("\n%s, %d processors, %s/%s, %s\n\n", processor.Name(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Println("| one redemption made durable | p50 µs | p99 µs | p50 in fdatasyncs | a second | fdatasyncs of time each |")
	fmt.Println("|---|--:|--:|--:|--:|--:|")
	for _, w := range ways {
		each := w.wall / time.Duration(w.count)
		fmt.Printf("| %s | %d | %d | %.2f | %d | %.2f |\n", w.name, at(w, 0.5).Microseconds(), at(w, 0.99).Microseconds(),
			float64(at(w, 0.5))/float64(floor), time.Second/each, float64(each)/float64(floor))
	}
}

// redemption is a receipt of three lines with points spent.
func redemption(n int64) loyalty.Operation {
	now := time.Now()
	s := loyalty.Sale{Key: loyalty.NewKey(now), Receipt: strconv.FormatInt(n, 10), Shop: "0042", Till: "3", Cashier: "17", Customer: loyalty.CustomerID(fmt.Sprintf("customer-%08d", n%5000)),
		Ident: loyalty.Ident{Kind: loyalty.ByCard, Value: fmt.Sprintf("29%011d", n)}, At: now, Total: 150_000, Spend: 300, Worth: 30_000, Earn: 60}
	for i := range 3 {
		s.Lines = append(s.Lines, loyalty.Line{ID: strconv.Itoa(i), GTIN: "4600000000017", Title: "Хлеб ржаной", Qty: 1000, Price: 50_000, Total: 50_000})
	}
	return loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Reserve, Sale: s, At: now}
}

// page is the floor: a file that was written before, of which a page is written
// over.
type page struct {
	f *os.File
	b []byte
}

const pages = 256

func newPage(path string) (*page, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(make([]byte, pages*4096)); err != nil {
		return nil, err
	}
	return &page{f, make([]byte, 4096)}, f.Sync()
}

func (p *page) write(n int64) error {
	p.b[0] = byte(n)
	if _, err := p.f.WriteAt(p.b, n%pages*4096); err != nil {
		return err
	}
	return unix.Fdatasync(int(p.f.Fd()))
}

// newTable is the journal as a table, with the indexes that it needs.
func newTable(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // writers wait for each other in Go, which is quicker than SQLite's own waiting
	_, err = db.Exec("CREATE TABLE journal (n INTEGER PRIMARY KEY, key TEXT UNIQUE, sale TEXT, customer TEXT, record BLOB);" +
		"CREATE INDEX by_sale ON journal (sale); CREATE INDEX by_customer ON journal (customer)")
	return db, err
}
