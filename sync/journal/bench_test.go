package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// BenchmarkAppend is one durable promise after the other, alone.
func BenchmarkAppend(b *testing.B) {
	j := open(b, path(b))
	i := 0
	for b.Loop() {
		i++
		if _, err := j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendEight is what each of eight gets that append at once.
func BenchmarkAppendEight(b *testing.B) {
	j := open(b, path(b))
	var n atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 8 {
		wg.Go(func() {
			for {
				i := n.Add(1)
				if i > int64(b.N) {
					return
				}
				if _, err := j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkSync is the floor: the disk's own time for one page.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := datasync(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnreflected(b *testing.B) {
	j := open(b, path(b))
	for i := range 2000 {
		o := op(fmt.Sprint(i), loyalty.Reserve, 1)
		o.Sale.Customer = loyalty.CustomerID(fmt.Sprint(i / 4))
		if _, err := j.Append(o, true); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if got := j.Unreflected("77", 0); got != 4 {
			b.Fatal(got)
		}
	}
}
