package server

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// snapshot is the whole base as a file. It is made once for many tills: what
// changes after it is in the feed, and a file can be sent on from any byte.
type snapshot struct {
	id   string
	f    *os.File
	size int64
	at   time.Time
	uses int // transfers that read it, and one for being the current
}

const (
	snapshotFormat = "tillgate-snapshot/1"
	snapshotFiles  = ".snapshot-*"  // behind the database's name
	resumable      = 24 * time.Hour // how long a transfer that broke off can go on
)

type snapshotHeader struct {
	Format    string            `json:"format"`
	ID        string            `json:"id"`
	Count     int               `json:"count"`
	Cursor    string            `json:"cursor"`
	Programme loyalty.Programme `json:"programme"`
}

type snapshotTrailer struct {
	Count  int    `json:"count"`
	SHA256 string `json:"sha256"`
}

func (s *Server) getSnapshot(w http.ResponseWriter, r *http.Request, _ credential) {
	snap, err := s.takeSnapshot(r.Header.Get("If-Range"))
	if err != nil {
		s.fail(w, err)
		return
	}
	defer s.giveSnapshot(snap)
	h := w.Header()
	h.Set("Content-Type", "application/zstd")
	h.Set("ETag", snap.tag())
	h.Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(snap.f, 0, snap.size))
}

func (x *snapshot) tag() string { return `"` + x.id + `"` }

// takeSnapshot hands out the current snapshot, or a new one if it is too old for
// a till that does not go on with it.
func (s *Server) takeSnapshot(wanted string) (*snapshot, error) {
	s.making.Lock()
	defer s.making.Unlock()
	if x := s.snapshot; x != nil {
		age := s.o.Now().Sub(x.at)
		if age < s.o.SnapshotFor || wanted == x.tag() && age < resumable {
			x.uses++
			return x, nil
		}
	}
	x, err := s.makeSnapshot()
	if err != nil {
		return nil, fmt.Errorf("make a snapshot: %w", err)
	}
	s.dropLocked(s.snapshot)
	s.snapshot = x
	x.uses = 2
	return x, nil
}

func (s *Server) giveSnapshot(x *snapshot) {
	s.making.Lock()
	defer s.making.Unlock()
	s.dropLocked(x)
}

func (s *Server) dropLocked(x *snapshot) {
	if x == nil {
		return
	}
	if x.uses--; x.uses == 0 {
		x.f.Close()
		os.Remove(x.f.Name())
	}
}

// dropSnapshots removes what an earlier run left.
func (s *Server) dropSnapshots() {
	names, _ := filepath.Glob(s.db.Path() + snapshotFiles)
	for _, n := range names {
		os.Remove(n)
	}
}

// makeSnapshot writes the base of this moment to a file.
func (s *Server) makeSnapshot() (x *snapshot, err error) {
	f, err := os.CreateTemp(filepath.Dir(s.db.Path()), filepath.Base(s.db.Path())+snapshotFiles)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	x = &snapshot{id: strings.ToLower(rand.Text()), f: f, at: s.o.Now()}
	if err := s.read(func(t *tx) error { return t.writeSnapshot(z, x.id) }); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	x.size, err = f.Seek(0, io.SeekCurrent)
	return x, err
}

func (t *tx) writeSnapshot(w io.Writer, id string) error {
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	p, err := t.programme()
	if err != nil {
		return err
	}
	count := t.Bucket(customerBucket).Stats().KeyN
	if err := lines.Encode(snapshotHeader{snapshotFormat, id, count, t.s.cursor(t.sequence()), p.Programme}); err != nil {
		return err
	}
	written := 0
	err = t.Bucket(orderBucket).ForEach(func(k, _ []byte) error {
		a, err := t.account(loyalty.CustomerID(k[bytes.IndexByte(k, 0)+1:]))
		if err != nil {
			return err
		}
		if a == nil {
			return errors.New("the order names a customer who is not there")
		}
		written++
		return lines.Encode(a.public(t.now))
	})
	if err == nil && written != count {
		err = fmt.Errorf("%d customers are in order, %d are there", written, count)
	}
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(snapshotTrailer{count, hex.EncodeToString(sum.Sum(nil))})
}
