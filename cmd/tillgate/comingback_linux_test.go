package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// busy is a server that is busy with its first request and says for how long. It
// notes who comes before that, and the operations that come after.
type busy struct {
	next  http.Handler
	after func(now time.Time) http.Header

	mu     sync.Mutex
	until  time.Time
	early  int
	writes [][]loyalty.Key
}

const busyFor = 3 * time.Second

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.until.IsZero() {
		b.until = now.Add(busyFor)
		b.early--
	}
	if now.Before(b.until) {
		b.early++
		for name, values := range b.after(now) {
			w.Header()[name] = values
		}
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case r.URL.Path == "/v1/operations:batch":
		var ops struct{ Operations []loyalty.Operation }
		json.Unmarshal(body, &ops)
		var keys []loyalty.Key
		for _, op := range ops.Operations {
			keys = append(keys, op.Key)
		}
		b.writes = append(b.writes, keys)
	case r.Method == http.MethodPut:
		b.writes = append(b.writes, []loyalty.Key{loyalty.Key(path.Base(r.URL.Path))})
	}
	b.next.ServeHTTP(w, r)
}

// The link comes back to a server that is busy, and says so in seconds or as a date:
// until then it is left alone, and then the receipts come, oldest first and together.
func TestComingBackToABusyServer(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	card := 0
	for name, after := range map[string]func(time.Time) http.Header{
		"seconds": func(time.Time) http.Header { return http.Header{"Retry-After": {fmt.Sprint(int(busyFor.Seconds()))}} },
		"date": func(now time.Time) http.Header {
			return http.Header{"Date": {now.UTC().Format(http.TimeFormat)}, "Retry-After": {now.UTC().Truncate(time.Second).Add(busyFor).Format(http.TimeFormat)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			x.offline(c)
			const sales = 6
			for range sales {
				card++
				x.sellOne(c, card)
			}
			b := &busy{next: x.faults, after: after}
			x.gate.mu.Lock()
			x.gate.next = b
			x.gate.mu.Unlock()
			if err := x.link.Restore(); err != nil {
				t.Fatal(err)
			}
			x.drained()
			b.mu.Lock()
			defer b.mu.Unlock()
			// The copy and the journal may have asked at the same moment.
			if b.early > 1 {
				t.Errorf("%d requests came before the time that the server had asked for", b.early)
			}
			all := slices.Concat(b.writes...)
			if len(all) != sales || !slices.IsSorted(all) {
				t.Errorf("the receipts came as %v", b.writes)
			}
			if len(b.writes) > 2 {
				t.Errorf("%d requests for %d receipts", len(b.writes), sales)
			}
		})
	}
	if strings.Contains(x.log.text(), "level=ERROR") {
		t.Errorf("errors were logged:\n%s", x.log.tail(20))
	}
	x.audit()
}
