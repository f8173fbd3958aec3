package cache

import (
	"fmt"
	"os"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func BenchmarkFind(b *testing.B) {
	const n = 100_000
	c := open(b, path(b))
	fill(b, c, n)
	ids := make([]loyalty.Ident, 1024)
	for i := range ids {
		ids[i] = byCard(customerN(i*7919%n, 1))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := c.Find(ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	c := open(b, path(b))
	for b.Loop() {
		fill(b, c, 100_000)
	}
	b.ReportMetric(float64(must(os.Stat(c.cur.Load().path))(b).Size())/1e6, "MB")
}

func BenchmarkApply(b *testing.B) {
	c := open(b, path(b))
	fill(b, c, 100_000)
	v := uint64(1)
	for b.Loop() {
		v++
		ch := loyalty.Changes{Cursor: fmt.Sprint(v)}
		for i := range 1000 {
			ch.Customers = append(ch.Customers, customerN(i*7919%100_000, v))
		}
		if err := c.Apply(ch); err != nil {
			b.Fatal(err)
		}
	}
}
