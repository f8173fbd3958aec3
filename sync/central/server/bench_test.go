package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// BenchmarkApply is one operation after the other, each on disk before the next.
func BenchmarkApply(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "central.db"), Options{})
	must(b, err)
	b.Cleanup(func() { s.Close() })
	must(b, s.Seed(500, 1))
	now := &clock{time.Now()}
	for b.Loop() {
		apply(b, s, do(now, loyalty.Commit, sold(now, "c000001", 10_000, 0)))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// BenchmarkSnapshot makes and sends the snapshot of 100,000 customers.
func BenchmarkSnapshot(b *testing.B) {
	const people = 100_000
	s, err := Open(filepath.Join(b.TempDir(), "central.db"), Options{NoSync: true, SnapshotFor: time.Nanosecond})
	must(b, err)
	b.Cleanup(func() { s.Close() })
	must(b, s.Seed(people, 1))
	token, err := s.Grant("7", "2")
	must(b, err)
	h := httptest.NewServer(s.Handler())
	b.Cleanup(h.Close)
	var size int64
	for b.Loop() {
		r, err := http.NewRequest(http.MethodGet, h.URL+"/v1/snapshot", nil)
		must(b, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultTransport.RoundTrip(r)
		must(b, err)
		size, err = io.Copy(io.Discard, answer.Body)
		must(b, err)
		answer.Body.Close()
	}
	b.ReportMetric(float64(size)/people, "wire-B/customer")
	b.ReportMetric(people*float64(b.N)/b.Elapsed().Seconds(), "customers/s")
}
