// Command bench puts the till's copy of the customers beside SQLite and beside
// bbolt changed in place, on the work of a till, in one run:
//
//	make bench-storage
//	cd sync/cache/bench && go run . -n 5000000 -short
//
// Each engine runs in a process of its own. The customers are the same; the
// till's copy seals and takes apart each record, the others store and fetch it
// as bytes, in the clear. SQLite (the C library) fills a table without journal
// and sync, makes its three indexes after, and is flushed once; it takes changes
// in WAL mode with synchronous=FULL. Memory is private memory, the peak of
// VmRSS less what is mapped from files, looked at every 10 ms. Lookups are timed in
// twenty rounds: the median one, and the quietest, because a machine that does other
// things as well gives them to whoever is measured. Bytes written are
// those of /proc/self/io that were not taken back by a deletion: Linux only. What
// was put off is counted to its end: of the till's copy, changes go on until it
// has been merged by itself, which is after about as many as there are customers.
//
// This is a module of its own so that no till carries SQLite.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/tillgate/tillgate/sync/cache/bench/processor"
)

// engine is one way to keep a copy.
type engine interface {
	fill(n int) error
	// reopen closes and opens the copy.
	reopen() error
	find(card string) error
	// change makes n random customers of count newer, durably.
	change(round, n, count int) error
	// settle goes on with changes until what was put off is written (a checkpoint,
	// a merge), and returns how many there were in all.
	settle(count int) (changes int, err error)
	close() error
}

var engines = map[string]func(dir string) (engine, error){
	"tillgate": newTillgate,
	"bbolt":    newBbolt,
	"sqlite":   newSQLite,
}

// figures are what was measured of an engine.
type figures struct {
	FillWall, FillCPU float64 // s
	FillWritten       float64 // MB
	FillPrivate       float64 // MB, peak
	File              float64 // MB
	Open              float64 // ms
	P50, P99          float64 // µs, warm, of the median round
	Quiet99           float64 // µs, of the quietest round
	LookupCPU, CPUP99 float64 // µs of the processor: all there is, of a lookup; of the thread alone
	Cold50, Cold99    float64 // ms, of the first one after opening, nothing in memory
	BusyP99           float64 // µs, while changes are made durable
	ChangeWall        float64 // ms per 1,000
	ChangeWritten     float64 // bytes per change, without what was put off
	SettledWritten    float64 // bytes per change, with what was put off
	SettleWall        float64 // s
	Private           float64 // MB, peak of all after the fill
}

func main() {
	n := flag.Int("n", 1_000_000, "customers")
	only := flag.String("engine", "", "run one engine in this process and print its figures")
	short := flag.Bool("short", false, "without what was put off: for very many customers")
	dir := flag.String("dir", "", "where the files go; a temporary folder of the working folder's disk by default")
	flag.Parse()
	if err := run(*n, *only, *dir, *short); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(n int, only, dir string, short bool) error {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp(".", "bench-*"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if only != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		f, err := measure(engines[only], dir, n, short)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(f)
	}
	fmt.Printf("%d customers, %s, %d processors\n\n", n, processor.Name(), runtime.NumCPU())
	fmt.Println("         | fill                                 |      |      | lookup, warm, µs                   | cold, ms      | busy   | 1,000 changes      | with what was put off")
	fmt.Println("         | wall s  CPU s written MB private MB  | file | open | p50   p99   at best  CPU  CPU p99 | p50     p99   | p99 µs |   ms  bytes/change | bytes/change  took s private MB")
	for _, name := range []string{"tillgate", "sqlite", "bbolt"} {
		cmd := exec.Command(os.Args[0], "-n", fmt.Sprint(n), "-engine", name, "-dir", filepath.Join(dir, name), fmt.Sprintf("-short=%t", short))
		cmd.Stderr = os.Stderr
		if name == "tillgate" {
			cmd.Env = append(os.Environ(), "GOMEMLIMIT="+memoryLimit)
		}
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var f figures
		if err := json.Unmarshal(out, &f); err != nil {
			return err
		}
		fmt.Printf("%-8s | %6.2f %6.2f %10.0f %10.0f  | %4.0f | %4.1f | %5.1f %5.1f %7.1f %5.1f %7.1f | %6.2f %6.2f | %6.1f | %5.1f %12.0f | %12.0f %7.1f %10.0f\n", name,
			f.FillWall, f.FillCPU, f.FillWritten, f.FillPrivate, f.File, f.Open, f.P50, f.P99, f.Quiet99, f.LookupCPU, f.CPUP99, f.Cold50, f.Cold99, f.BusyP99,
			f.ChangeWall, f.ChangeWritten, f.SettledWritten, f.SettleWall, f.Private)
	}
	return nil
}

// memoryLimit is the daemon's default.
const memoryLimit = "192MiB"
