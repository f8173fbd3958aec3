package central_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// stream is a snapshot of n customers as a central API sends it.
func stream(b *testing.B, n int) []byte {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	must(b, err)
	sum := sha256.New()
	lines := json.NewEncoder(io.MultiWriter(z, sum))
	lines.SetEscapeHTML(false)
	must(b, lines.Encode(map[string]any{"format": "tillgate-snapshot/1", "id": "x", "count": n, "cursor": "1", "programme": server.DefaultProgramme()}))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		must(b, lines.Encode(loyalty.Customer{
			ID: loyalty.CustomerID(fmt.Sprintf("c%09d", i)), Name: "Александра Константинопольская", Tier: "gold", Balance: loyalty.Points(r.IntN(100_000)),
			Cards: []card.ID{card.ID(fmt.Sprintf("29%011d", r.Int64N(1e11)))}, Phone: card.Phone(fmt.Sprintf("+79%09d", r.Int64N(1e9))), ExternalID: fmt.Sprintf("CRM-%09d", i),
			Version: uint64(i + 1), AsOf: time.Unix(1_770_000_000+int64(i), 0).UTC(), Expiring: []loyalty.Expiring{{Points: 100, At: time.Unix(1_780_000_000, 0).UTC()}},
		}))
	}
	must(b, json.NewEncoder(z).Encode(map[string]any{"count": n, "sha256": fmt.Sprintf("%x", sum.Sum(nil))}))
	must(b, z.Close())
	return out.Bytes()
}

// A first fill with all that belongs to it: the transfer, what is kept of it, the
// check of count and hash, the lines, the copy. The processor's time is that of
// both ends.
func BenchmarkFirstFill(b *testing.B) {
	const n = 200_000
	body := stream(b, n)
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zstd")
		w.Header().Set("ETag", `"x"`)
		w.Write(body)
	}))
	defer at.Close()
	key, err := seal.New(seal.NewSecret())
	must(b, err)
	dir := b.TempDir()
	copied, err := cache.Open(filepath.Join(dir, "cache.db"), key, slog.New(slog.DiscardHandler))
	must(b, err)
	defer copied.Close()
	client, err := central.New(central.Config{URL: at.URL, Token: "t"})
	must(b, err)
	defer client.Close()
	client.Keep(filepath.Join(dir, "cache.db.part"), key)
	before := processor()
	for b.Loop() {
		s, err := client.Snapshot(b.Context())
		must(b, err)
		must(b, copied.Fill(b.Context(), s))
		must(b, s.Close())
	}
	b.ReportMetric((processor()-before)/float64(b.N)*1e6/n, "CPU-s/million")
	b.ReportMetric(float64(len(body))/n, "B/customer")
}

func processor() float64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
