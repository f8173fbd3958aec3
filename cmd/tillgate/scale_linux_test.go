package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

var customers = flag.Int("customers", 20_000, "of the base in TestFillWhileSelling; the stress size is 5,000,000")

// TestFillWhileSelling has the real program take a large base into an empty copy, and
// from a million on once more, beside the one that it has, while a cashier sells at
// it all the time. What a cashier waited for is printed, with the daemon's private memory:
//
//	go test ./cmd/tillgate -run TestFillWhileSelling -customers 5000000 -timeout 30m -v
func TestFillWhileSelling(t *testing.T) {
	x := newTill(t)
	base := &largeBase{next: x.faults}
	base.make(t, x, *customers)
	x.gate.next = base
	x.write(x.defaultConfig() + "[decode]\nrepeat_ms = 0\n")
	x.start()
	memory := x.privateMemory()
	c := x.connect()
	c.await(t, "a scanner", func(s checkout.State) bool { return len(s.Devices) == 1 && s.Devices[0].State == driver.Ready })
	ways := []string{"first", "second"}
	if *customers < 1_000_000 {
		ways = ways[:1] // a second one comes a minute later at the earliest
	}
	for i, way := range ways {
		base.startOver.Store(i > 0)
		began := time.Now()
		var known, committed []time.Duration
		for filled := false; !filled; {
			link := c.now().Link
			filled = link.Copy == *customers+seeded && link.Filling == nil && int(base.given.Load()) > i
			scanned := time.Now()
			x.scan(string(plainCard(len(known) % 300)))
			p := c.awaitPrompt(t, checkout.AskTotal)
			known = append(known, time.Since(scanned))
			c.total(t, 100_000)
			if p = c.awaitPrompt(t, checkout.AskSpend); p.Customer == nil {
				t.Fatalf("asked %+v", p)
			}
			c.choose(t, p, "spend_none", 0)
			p = c.awaitPrompt(t, checkout.AskPay)
			paid := time.Now()
			c.choose(t, p, "paid", 0)
			committed = append(committed, time.Since(paid))
		}
		t.Logf("%s fill of %d customers: %.1f s. Meanwhile %d sales: scan to customer %s, paid to on the disk %s", way, *customers+seeded, time.Since(began).Seconds(), len(known), spread(known), spread(committed))
	}
	x.drained()
	t.Logf("private memory at most %.0f MB", memory())
	x.scan(string(base.last))
	if p := c.awaitPrompt(t, checkout.AskTotal); p.Customer == nil || p.Customer.Name != largeName {
		t.Errorf("the last of the base is %+v", p.Customer)
	}
	x.audit()
}

func spread(took []time.Duration) string {
	slices.Sort(took)
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, most %.1f ms", ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// privateMemory watches the daemon's; what it returns ends that and is the peak in MB.
func (x *till) privateMemory() func() float64 {
	status := fmt.Sprintf("/proc/%d/status", x.cmd.Process.Pid)
	stop, peak := make(chan struct{}), 0.0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			b, _ := os.ReadFile(status)
			_, rest, _ := strings.Cut(string(b), "RssAnon:")
			kb, _ := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
			peak = max(peak, kb/1e3)
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() float64 { close(stop); wg.Wait(); return peak }
}

const (
	seeded    = 500 // whom the central API of every test has
	largeName = "Александра Константинопольская"
)

// largeBase gives the central API a snapshot with very many customers besides its own.
type largeBase struct {
	next      http.Handler
	file      string
	last      card.ID
	startOver atomic.Bool // who asks for changes is told to, until a snapshot was given
	given     atomic.Int32
}

func (b *largeBase) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v1/snapshot":
		f, err := os.Open(b.file)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Type", "application/zstd")
		w.Header().Set("ETag", `"large"`)
		http.ServeContent(w, r, "", time.Time{}, f)
		b.startOver.Store(false)
		b.given.Add(1)
	case r.URL.Path == "/v1/changes" && b.startOver.Load():
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusGone)
		io.WriteString(w, `{"type":"about:blank","title":"start over","status":410,"code":"start_over"}`)
	default:
		b.next.ServeHTTP(w, r)
	}
}

// make writes the snapshot: the central API's own, with n customers more.
func (b *largeBase) make(t *testing.T, x *till, n int) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/snapshot", nil)
	r.Header.Set("Authorization", "Bearer "+x.token)
	answer := httptest.NewRecorder()
	x.faults.ServeHTTP(answer, r)
	own, err := zstd.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	whole, err := io.ReadAll(own)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(whole), []byte("\n"))
	var head map[string]any
	if err := json.Unmarshal(lines[0], &head); err != nil || len(lines) != seeded+2 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	head["count"] = n + seeded

	b.file = filepath.Join(x.dir, "large")
	f, err := os.Create(b.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buffered := bufio.NewWriterSize(f, 1<<20)
	z, err := zstd.NewWriter(buffered, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	to := io.MultiWriter(z, sum)
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fail(enc.Encode(head))
	for _, line := range lines[1 : len(lines)-1] {
		_, err := to.Write(append(line, '\n'))
		fail(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Now().UTC()
	for i := range n {
		b.last = card.ID(fmt.Sprintf("298%09d", i))
		b.last += card.ID(checkDigit(string(b.last)))
		fail(enc.Encode(loyalty.Customer{
			ID: loyalty.CustomerID(fmt.Sprintf("large%09d", i)), Name: largeName, Tier: "gold", Balance: loyalty.Points(random.IntN(100_000)),
			Cards: []card.ID{b.last}, Phone: card.Phone(fmt.Sprintf("+7950%07d", i)), ExternalID: fmt.Sprintf("CRM-%09d", i), Version: uint64(i + 1), AsOf: at,
		}))
	}
	_, err = fmt.Fprintf(z, `{"count":%d,"sha256":"%x"}`+"\n", n+seeded, sum.Sum(nil))
	fail(err)
	fail(z.Close())
	fail(buffered.Flush())
}

// checkDigit is the last digit of an EAN-13 (GS1 General Specifications, 7.9).
func checkDigit(twelve string) string {
	sum := 0
	for i, c := range twelve {
		weight := 1
		if i%2 == 1 {
			weight = 3
		}
		sum += int(c-'0') * weight
	}
	return strconv.Itoa((10 - sum%10) % 10)
}
