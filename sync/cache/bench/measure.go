package main

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lookups = 20_000 // of a round
	rounds  = 20
	changes = 1000 // of a round

	coldLookups = 100
	busyRounds  = 5
)

// measure takes an engine through the work of a till.
func measure(open func(string) (engine, error), dir string, n int, short bool) (f figures, err error) {
	e, err := open(dir)
	if err != nil {
		return f, err
	}
	peak := watchMemory()
	cpu, written, start := cpuSeconds(), writtenBytes(), time.Now()
	if err := e.fill(n); err != nil {
		return f, err
	}
	f.FillWall, f.FillCPU, f.FillWritten = time.Since(start).Seconds(), cpuSeconds()-cpu, (writtenBytes()-written)/1e6
	f.FillPrivate = peak()
	f.File = size(dir)
	start = time.Now()
	if err := e.reopen(); err != nil {
		return f, err
	}
	f.Open = time.Since(start).Seconds() * 1e3
	peak = watchMemory()
	r := rand.New(rand.NewPCG(1, 2))
	lookBy := func(clock func() time.Duration, count int) ([]time.Duration, error) {
		took := make([]time.Duration, count)
		for i := range took {
			card := cardOf(r.IntN(n))
			start := clock()
			if err := e.find(card); err != nil {
				return nil, err
			}
			took[i] = clock() - start
		}
		slices.Sort(took)
		return took, nil
	}
	began := time.Now()
	look := func(count int) ([]time.Duration, error) {
		return lookBy(func() time.Duration { return time.Since(began) }, count)
	}
	// Warm, in rounds: whatever else the machine does falls into some of them.
	if _, err := look(10 * lookups); err != nil {
		return f, err
	}
	cpu = cpuSeconds()
	var p50, p99, thread99 []float64
	for range rounds {
		took, err := look(lookups)
		if err != nil {
			return f, err
		}
		p50, p99 = append(p50, us(took[lookups/2])), append(p99, us(took[lookups*99/100]))
	}
	f.LookupCPU = (cpuSeconds() - cpu) * 1e6 / lookups / rounds
	runtime.LockOSThread()
	for range rounds {
		took, err := lookBy(threadTime, lookups)
		if err != nil {
			return f, err
		}
		thread99 = append(thread99, us(took[lookups*99/100]))
	}
	runtime.UnlockOSThread()
	f.P50, f.P99, f.Quiet99, f.CPUP99 = median(p50), median(p99), slices.Min(p99), median(thread99)
	cold := make([]time.Duration, coldLookups)
	for i := range cold {
		if err := forget(dir); err != nil {
			return f, err
		}
		if err := e.reopen(); err != nil {
			return f, err
		}
		one, err := look(1)
		if err != nil {
			return f, err
		}
		cold[i] = one[0]
	}
	slices.Sort(cold)
	f.Cold50, f.Cold99 = us(cold[coldLookups/2])/1e3, us(cold[coldLookups*99/100])/1e3
	before := writtenBytes()
	start = time.Now()
	for round := range rounds {
		if err := e.change(round, changes, n); err != nil {
			return f, err
		}
	}
	f.ChangeWall = time.Since(start).Seconds() * 1e3 / rounds
	f.ChangeWritten = (writtenBytes() - before) / rounds / changes
	// Lookups while changes are made durable.
	busy, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(busy)
		for round := range busyRounds {
			if err := e.change(rounds+round, changes, n); err != nil {
				failed <- err
				return
			}
		}
	}()
	var meanwhile []time.Duration
	for done := false; !done; {
		one, err := look(1)
		if err != nil {
			return f, err
		}
		meanwhile = append(meanwhile, one[0])
		select {
		case err := <-failed:
			return f, err
		case <-busy:
			done = true
		case <-time.After(100 * time.Microsecond):
		}
	}
	slices.Sort(meanwhile)
	f.BusyP99 = us(meanwhile[len(meanwhile)*99/100])
	if short {
		f.Private = peak()
		return f, e.close()
	}
	start = time.Now()
	all, err := e.settle(n)
	if err != nil {
		return f, err
	}
	f.SettleWall = time.Since(start).Seconds()
	f.SettledWritten = (writtenBytes() - before) / float64(all)
	f.Private = peak()
	return f, e.close()
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// threadTime is the processor's time of this thread: a machine that is busy with
// others has no part in it.
func threadTime() time.Duration {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}

// forget lets the system drop what it has of the files in memory.
func forget(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return nil // deleted meanwhile
		}
		defer f.Close()
		return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	})
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func cpuSeconds() float64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// writtenBytes is what this process gave to the disk.
func writtenBytes() float64 {
	io := fields("/proc/self/io")
	return io["write_bytes"] - io["cancelled_write_bytes"]
}

// fields reads a file of "name: number" lines.
func fields(path string) map[string]float64 {
	b, _ := os.ReadFile(path)
	m := map[string]float64{}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			m[name], _ = strconv.ParseFloat(f[0], 64)
		}
	}
	return m
}

// watchMemory watches private memory; the result ends it and is the peak, in MB.
func watchMemory() func() float64 {
	stop, peak := make(chan struct{}), 0.0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			peak = max(peak, fields("/proc/self/status")["RssAnon"]/1e3)
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	return func() float64 { close(stop); wg.Wait(); return peak }
}

// size of all files, in MB.
func size(dir string) float64 {
	var sum int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return float64(sum) / 1e6
}
