package serial

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/tillgate/tillgate/driver/drivertest"
)

// stopper ends a recording once it has a line of the scanner's.
type stopper struct {
	bytes.Buffer
	stop  context.CancelFunc
	lines int
	begun chan struct{}
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.lines++; s.lines == 1 {
		close(s.begun)
	} else {
		s.stop()
	}
	return s.Buffer.Write(b)
}

func TestRecord(t *testing.T) {
	p, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r", Link: filepath.Join(t.TempDir(), "scanner")})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	d, err := New([]Config{{Path: p.Path(), ID: "counter"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	w := &stopper{stop: stop, begun: make(chan struct{})}
	go func() { <-w.begun; p.Scan("A1") }()
	if err := d.Record(ctx, "serial:counter", w); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^# serial \S+ 0000:0000 "", 9600 8N1\n\d+ 41310d\n$`).MatchString(w.String()) {
		t.Errorf("%q", w.String())
	}
	if err := d.Record(ctx, "serial:other", w); err == nil {
		t.Error("recorded a scanner that is not configured")
	}
}

func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	for _, link := range []string{ours, theirs} {
		p, err := drivertest.OpenPty(drivertest.Personality{Link: link})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
	}
	d, err := New([]Config{{Path: ours}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Candidates(ours, theirs, theirs, filepath.Join(dir, "absent"))
	if err != nil || len(got) != 1 {
		t.Fatalf("%v %v", got, err)
	}
	if toml := got[0].(*source).TOML(); toml != `path = "`+theirs+`"` {
		t.Error(toml)
	}
}
