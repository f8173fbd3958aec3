package central_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
)

func drain(s loyalty.Snapshot) (all []loyalty.Customer, err error) {
	defer s.Close()
	for {
		c, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
}

func TestSnapshotIsInOrder(t *testing.T) {
	c := centraltest.Start(t, server.Options{NoSync: true})
	must(t, c.Seed(700, 1))
	s, err := c.Client("7", "2").Snapshot(t.Context())
	must(t, err)
	all, err := drain(s)
	must(t, err)
	if len(all) != 700 || s.Count() != 700 || s.Programme().Name == "" {
		t.Fatalf("%d customers of %d", len(all), s.Count())
	}
	first := func(x loyalty.Customer) string {
		if len(x.Cards) == 0 {
			return ""
		}
		return string(slices.Min(x.Cards))
	}
	if !slices.IsSortedFunc(all, func(a, b loyalty.Customer) int {
		return bytes.Compare([]byte(first(a)+"\x00"+string(a.ID)), []byte(first(b)+"\x00"+string(b.ID)))
	}) {
		t.Error("not in the order of the first cards")
	}
	if first(all[0]) != "" || first(all[len(all)-1]) == "" {
		t.Error("customers without a card do not come first")
	}
}

// breaking cuts the body of every answer after some bytes.
type breaking struct {
	http.RoundTripper
	after  int64
	ranges []string
}

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	b.ranges = append(b.ranges, r.Header.Get("Range"))
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(answer.Body, b.after), broken{}), answer.Body}
	}
	return answer, err
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestSnapshotGoesOnWhereItBroke(t *testing.T) {
	c := centraltest.Start(t, server.Options{NoSync: true})
	must(t, c.Seed(2000, 1))
	token, err := c.Grant("7", "2")
	must(t, err)
	cut := &breaking{RoundTripper: &http.Transport{}, after: 5000}
	client, err := central.New(central.Config{URL: c.URL, Token: token, Transport: cut})
	must(t, err)
	t.Cleanup(client.Close)
	s, err := client.Snapshot(t.Context())
	must(t, err)
	all, err := drain(s)
	must(t, err)
	if len(all) != 2000 || len(cut.ranges) < 5 || cut.ranges[1] != "bytes=5000-" {
		t.Errorf("%d customers after %d breaks: %q", len(all), len(cut.ranges), cut.ranges[:min(5, len(cut.ranges))])
	}

	cut.after = 0
	var u *loyalty.Unavailable
	if s, err := client.Snapshot(t.Context()); !errors.As(err, &u) {
		t.Errorf("a connection that brings nothing: %v, %v", s, err)
	}
}

func TestSnapshotThatChangedMeanwhile(t *testing.T) {
	now := time.Now()
	c := centraltest.Start(t, server.Options{NoSync: true, Now: func() time.Time { return now }})
	must(t, c.Seed(2000, 1))
	token, err := c.Grant("7", "2")
	must(t, err)
	cut := &breaking{RoundTripper: &http.Transport{}, after: 5000}
	client, err := central.New(central.Config{URL: c.URL, Token: token, Transport: cut})
	must(t, err)
	t.Cleanup(client.Close)
	s, err := client.Snapshot(t.Context())
	must(t, err)
	defer s.Close()
	now = now.Add(25 * time.Hour)
	other, err := c.Client("7", "3").Snapshot(t.Context())
	must(t, err)
	other.Close()
	var u *loyalty.Unavailable
	if _, err := drain(s); !errors.As(err, &u) {
		t.Errorf("got %v, want an Unavailable", err)
	}
}

// TestSnapshotDamage shows that no damaged snapshot passes for a whole one.
func TestSnapshotDamage(t *testing.T) {
	c := centraltest.Start(t, server.Options{NoSync: true})
	must(t, c.Seed(40, 1))
	token, err := c.Grant("7", "2")
	must(t, err)
	whole := raw(t, c.URL, token)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	serve := func(body []byte) ([]loyalty.Customer, error) {
		z, err := zstd.NewWriter(nil)
		must(t, err)
		return snapshotOf(t, z.EncodeAll(body, nil))
	}
	if all, err := serve(whole); err != nil || len(all) != 40 {
		t.Fatalf("whole: %d, %v", len(all), err)
	}
	for name, body := range map[string][]byte{
		"nothing":           nil,
		"header alone":      lines[0],
		"no trailer":        bytes.Join(lines[:41], nil),
		"a line lost":       bytes.Join(slices.Delete(slices.Clone(lines), 7, 8), nil),
		"a line doubled":    bytes.Join(slices.Insert(slices.Clone(lines), 7, lines[7]), nil),
		"two lines swapped": bytes.Join(append(append(slices.Clone(lines[:7]), lines[8], lines[7]), lines[9:]...), nil),
		"a byte changed":    bytes.Replace(whole, []byte(`"balance":1`), []byte(`"balance":2`), 1),
		"more behind":       append(slices.Clone(whole), '\n'),
		"half a line":       whole[:len(whole)-1],
		"another format":    bytes.Replace(whole, []byte("snapshot/1"), []byte("snapshot/2"), 1),
		"an endless line":   bytes.Repeat([]byte("x"), 3<<20),
	} {
		if all, err := serve(body); err == nil {
			t.Errorf("%s: passed for a whole snapshot of %d", name, len(all))
		}
	}
}

// raw is a snapshot as the server sends it, decompressed.
func raw(t testing.TB, url, token string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url+"/v1/snapshot", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer answer.Body.Close()
	z, err := zstd.NewReader(answer.Body)
	must(t, err)
	defer z.Close()
	body, err := io.ReadAll(z)
	must(t, err)
	return body
}

// snapshotOf reads a compressed snapshot through the client.
func snapshotOf(t testing.TB, body []byte) ([]loyalty.Customer, error) {
	client, err := central.New(central.Config{URL: "http://central.invalid", Token: "t", Transport: loyaltytest.Answering(func(*http.Request) *http.Response {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/zstd"}, "Etag": {`"x"`}}, Body: io.NopCloser(bytes.NewReader(body))}
	})})
	must(t, err)
	s, err := client.Snapshot(t.Context())
	if err != nil {
		return nil, err
	}
	return drain(s)
}

// TestSnapshotLines holds the lines of a snapshot, which no validator of HTTP
// looks into, against the document.
func TestSnapshotLines(t *testing.T) {
	c := centraltest.Start(t, server.Options{NoSync: true})
	must(t, c.Seed(100, 1))
	token, err := c.Grant("7", "2")
	must(t, err)
	schemas := centraltest.Document(t).Components.Schemas
	lines := bytes.Split(bytes.TrimSpace(raw(t, c.URL, token)), []byte("\n"))
	for i, line := range lines {
		name := "Customer"
		switch i {
		case 0:
			name = "SnapshotHeader"
		case len(lines) - 1:
			name = "SnapshotTrailer"
		}
		var v any
		must(t, json.Unmarshal(line, &v))
		if err := schemas[name].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
	}
}
