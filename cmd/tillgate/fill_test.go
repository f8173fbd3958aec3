//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// narrow is a proxy before the central API that lets so many bytes of snapshots
// through and then stands still.
type narrow struct {
	next *httputil.ReverseProxy

	mu     sync.Mutex
	left   int64
	sent   int64
	ranges []string
}

func newNarrow(t *testing.T, to string) (*narrow, string) {
	t.Helper()
	at, err := url.Parse("http://" + to)
	if err != nil {
		t.Fatal(err)
	}
	n := &narrow{next: httputil.NewSingleHostReverseProxy(at)}
	n.next.FlushInterval = -1
	listen := freeAddr(t)
	srv := &http.Server{Addr: listen, Handler: n}
	go srv.ListenAndServe()
	t.Cleanup(func() { srv.Close() })
	return n, listen
}

func (n *narrow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/snapshot" {
		n.mu.Lock()
		n.ranges = append(n.ranges, r.Header.Get("Range"))
		n.mu.Unlock()
		w = &narrowed{ResponseWriter: w, n: n, ctx: r.Context()}
	}
	n.next.ServeHTTP(w, r)
}

// let lets so many bytes more through.
func (n *narrow) let(bytes int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left = bytes
}

func (n *narrow) asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.ranges...)
}

type narrowed struct {
	http.ResponseWriter
	n   *narrow
	ctx context.Context
}

func (w *narrowed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *narrowed) Write(b []byte) (int, error) {
	w.n.mu.Lock()
	part := b[:min(int64(len(b)), w.n.left)]
	w.n.left -= int64(len(part))
	w.n.sent += int64(len(part))
	w.n.mu.Unlock()
	k, err := w.ResponseWriter.Write(part)
	if err != nil || len(part) == len(b) {
		return k, err
	}
	http.NewResponseController(w.ResponseWriter).Flush()
	<-w.ctx.Done() // until the till is killed
	return k, w.ctx.Err()
}

// A till that is killed again and again while it takes the base for the first
// time asks for no byte twice. How far it has come is on the page, in the log
// and on the command line, and it sells meanwhile.
func TestFirstFillGoesOnAfterKills(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	const customers = 5500 // the 500 that every test has, for the first thousand
	if err := x.central.Seed(6000, 1); err != nil {
		t.Fatal(err)
	}
	way, addr := newNarrow(t, x.link.Addr().String())
	x.write(strings.Replace(x.defaultConfig(), x.link.Addr().String(), addr, 1))
	part := filepath.Join(x.dir, "data", "cache.db.part")
	const step = 20_000
	for kill := range 4 {
		way.let(step)
		x.start()
		sent := int64((kill + 1) * step)
		eventually(t, "what was sent is on the till's disk", func() bool {
			info, err := os.Stat(part)
			return err == nil && info.Size() > sent
		})
		if want := fmt.Sprintf("bytes=%d-", sent-step); kill > 0 && way.asked()[kill] != want {
			t.Fatalf("start %d asked for %q, want %q", kill, way.asked()[kill], want)
		}
		if kill == 3 {
			x.checkProgress(customers)
		}
		x.kill()
	}
	way.let(1 << 40)
	x.start()
	c := x.connect()
	c.await(t, "the copy", func(s checkout.State) bool { return s.Link.Copy == customers })
	if asked := way.asked(); len(asked) != 5 || asked[4] != fmt.Sprintf("bytes=%d-", 4*step) {
		t.Errorf("asked for %q", asked)
	}
	eventually(t, "what has come is deleted", func() bool {
		_, err := os.Stat(part)
		return os.IsNotExist(err)
	})
	for _, line := range []string{`msg="the copy of the customers is being filled" customers=0 of=5500 "bytes that had come before"=80000`, `msg="the copy of the customers is filled" customers=5500`} {
		eventually(t, "the log has "+line, func() bool { return strings.Contains(x.log.text(), line) })
	}
	x.scan(card1)
	c.await(t, "the customer is found", func(s checkout.State) bool { return s.Prompt != nil })
	x.stop()
}

// checkProgress looks at a fill under way in all places where it shows.
func (x *till) checkProgress(of int) {
	t := x.t
	t.Helper()
	var s copyState
	eventually(t, "the command line says how far the fill is", func() bool {
		out, _, code := x.tillgate("copy", "--json")
		return code == exitOK && json.Unmarshal([]byte(out), &s) == nil && s.Filling != nil && s.Filling.Done > 0
	})
	if s.Filling.Of != of || s.Filling.Done >= of || s.Bytes == 0 {
		t.Errorf("the command line says %+v, %+v", s, s.Filling)
	}
	if out, _, _ := x.tillgate("copy"); !strings.Contains(out, "being filled: ") {
		t.Errorf("the command line says %q", out)
	}
	c := x.connect()
	c.await(t, "the state says it", func(s checkout.State) bool { return s.Link.Filling != nil && s.Link.Filling.Of == of })
	b := uitest.Open(t, x.page, width, height)
	b.Until(fmt.Sprintf(`document.querySelector('progress[max="%d"]')`, of))
	b.Shot("filling")
	x.scan(card1) // not in a copy yet: the central API is asked
	c.await(t, "a customer is served meanwhile", func(s checkout.State) bool { return s.Prompt != nil })
}
