package central_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// cable is a connection that brings so many bytes of bodies, and then nobody
// answers any more.
type cable struct {
	http.RoundTripper
	left   int64
	ranges []string
}

var errCut = errors.New("the cable is cut")

func (c *cable) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.left < 0 {
		return nil, errCut
	}
	c.ranges = append(c.ranges, r.Header.Get("Range"))
	answer, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = &cutBody{answer.Body, c}
	}
	return answer, err
}

type cutBody struct {
	io.ReadCloser
	cable *cable
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.cable.left <= 0 {
		b.cable.left = -1
		return 0, errCut
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.cable.left)])
	b.cable.left -= int64(n)
	return n, err
}

// shop is a central API and a till's file for what has come of a snapshot.
type shop struct {
	t    *testing.T
	c    *centraltest.Central
	cfg  central.Config
	path string
	key  *seal.Key
	size int64
}

func newShop(t *testing.T, customers int, o server.Options) *shop {
	t.Helper()
	o.NoSync = true
	s := &shop{t: t, c: centraltest.Start(t, o), path: filepath.Join(t.TempDir(), "part")}
	must(t, s.c.Seed(customers, 1))
	token, err := s.c.Grant("7", "2")
	must(t, err)
	s.cfg = central.Config{URL: s.c.URL, Token: token}
	s.key, err = seal.New(seal.NewSecret())
	must(t, err)
	r, err := http.NewRequest(http.MethodGet, s.c.URL+"/v1/snapshot", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer answer.Body.Close()
	s.size, err = io.Copy(io.Discard, answer.Body)
	must(t, err)
	return s
}

// take is a start of the till that gets so many bytes of the network.
func (s *shop) take(bytes int64) ([]loyalty.Customer, []string, error) {
	s.t.Helper()
	wire := &cable{RoundTripper: http.DefaultTransport, left: bytes}
	cfg := s.cfg
	cfg.Transport = wire
	client, err := central.New(cfg)
	must(s.t, err)
	client.Keep(s.path, s.key)
	snap, err := client.Snapshot(s.t.Context())
	if err != nil {
		return nil, wire.ranges, err
	}
	all, err := drain(snap)
	return all, wire.ranges, err
}

const plenty = 1 << 40

// Cut at any byte, a transfer goes on there after a restart, and nothing is asked
// for twice.
func TestPartialSnapshotGoesOnAtAnyByte(t *testing.T) {
	s := newShop(t, 20, server.Options{})
	for cut := range s.size + 1 {
		var u *loyalty.Unavailable
		if _, _, err := s.take(cut); cut < s.size && !errors.As(err, &u) {
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		want := fmt.Sprintf("bytes=%d-", cut)
		if cut == 0 {
			want = ""
		}
		all, ranges, err := s.take(plenty)
		if err != nil || len(all) != 20 || cut < s.size && ranges[0] != want {
			t.Fatalf("after a cut at %d of %d bytes: %d customers, asked for %q, %v", cut, s.size, len(all), ranges, err)
		}
		if _, err := os.Stat(s.path); !os.IsNotExist(err) {
			t.Fatalf("after a cut at %d: the file stays (%v)", cut, err)
		}
	}
}

// Many cuts, each after a few bytes.
func TestPartialSnapshotInManyPieces(t *testing.T) {
	s := newShop(t, 300, server.Options{})
	at := int64(0)
	for step := int64(1); ; step = step*2%997 + 1 {
		all, ranges, err := s.take(step)
		if at > 0 && ranges[0] != fmt.Sprintf("bytes=%d-", at) {
			t.Fatalf("with %d bytes there: asked for %q", at, ranges)
		}
		at += step
		if err == nil {
			if len(all) != 300 {
				t.Errorf("%d customers", len(all))
			}
			return
		}
		if at > s.size {
			t.Fatalf("all of it has come, and: %v", err)
		}
	}
}

// The till was killed after the last byte and before the copy was in use.
func TestPartialSnapshotThatIsWhole(t *testing.T) {
	s := newShop(t, 300, server.Options{})
	client, err := central.New(s.cfg)
	must(t, err)
	client.Keep(s.path, s.key)
	snap, err := client.Snapshot(t.Context())
	must(t, err)
	for range 300 {
		_, err := snap.Next()
		must(t, err)
	}
	must(t, snap.Close()) // before the trailer was looked at
	all, ranges, err := s.take(plenty)
	if err != nil || len(all) != 300 || ranges[0] != fmt.Sprintf("bytes=%d-", s.size) {
		t.Errorf("%d customers, asked for %q of %d bytes, %v", len(all), ranges, s.size, err)
	}
}

// The server has another snapshot by the time the till comes back: it is taken
// from its beginning, in the same request.
func TestPartialSnapshotThatChangedMeanwhile(t *testing.T) {
	now := time.Now()
	s := newShop(t, 300, server.Options{Now: func() time.Time { return now }})
	if _, _, err := s.take(1000); err == nil {
		t.Fatal("a cut snapshot passed")
	}
	now = now.Add(25 * time.Hour)
	must(t, s.c.Seed(310, 2))
	all, ranges, err := s.take(plenty)
	if err != nil || len(all) < 300 || len(ranges) != 1 || ranges[0] != "bytes=1000-" {
		t.Errorf("%d customers, asked for %q, %v", len(all), ranges, err)
	}
}

// What is damaged on the till's disk is asked for again, and what is damaged in
// the server's stream is not kept.
func TestPartialSnapshotDamaged(t *testing.T) {
	s := newShop(t, 60, server.Options{})
	const cut = 1500
	if _, _, err := s.take(cut); err == nil {
		t.Fatal("a cut snapshot passed")
	}
	whole, err := os.ReadFile(s.path)
	must(t, err)
	for at := 0; at < len(whole); at += 7 {
		for _, damage := range []func([]byte) []byte{
			func(b []byte) []byte { b[at] ^= 0x10; return b },
			func(b []byte) []byte { return b[:at] },
			func(b []byte) []byte { return append(b[:at], make([]byte, len(b)-at)...) }, // what a power cut leaves
		} {
			must(t, os.WriteFile(s.path, damage(bytes.Clone(whole)), 0o600))
			all, ranges, err := s.take(plenty)
			if err != nil || len(all) != 60 {
				t.Fatalf("damaged at byte %d of %d: %d customers, asked for %q, %v", at, len(whole), len(all), ranges, err)
			}
		}
	}
	s.key, err = seal.New(seal.NewSecret())
	must(t, err)
	must(t, os.WriteFile(s.path, whole, 0o600))
	if all, ranges, err := s.take(plenty); err != nil || len(all) != 60 || ranges[0] != "" {
		t.Errorf("under another key: %d customers, asked for %q, %v", len(all), ranges, err)
	}
}

// Nobody who has the disk reads a name in it.
func TestPartialSnapshotIsSealed(t *testing.T) {
	s := newShop(t, 300, server.Options{})
	if _, _, err := s.take(s.size - 10); err == nil {
		t.Fatal("a cut snapshot passed")
	}
	file, err := os.ReadFile(s.path)
	must(t, err)
	if bytes.Contains(file, []byte{0x28, 0xb5, 0x2f, 0xfd}) { // a zstd frame, RFC 8878, 3.1.1
		t.Error("the stream is there in the clear")
	}
}
