// Package server is the central API on one bbolt file: the programme, its
// customers, their ledger, and what the tills do to it. The demo embeds it; it
// is held against the same OpenAPI document as the client.
//
// All that an operation does (the booking, the customer's new version, the
// remembered answer under the operation's key) is one bbolt transaction, so
// that a crash leaves all of it or nothing; the answer is sent after the
// transaction is on disk. bbolt has one writer at a time: two tills that spend
// the same points at the same moment come one after the other.
//
// An account's balance is never edited. It is the sum of the records in its
// ledger, less what is held for sales that are not paid yet; Audit says whether
// that still holds for everybody.
package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Options are the server's settings; the zero value of each is its default.
type Options struct {
	Log     *slog.Logger
	Now     func() time.Time // time.Now
	HoldFor time.Duration    // how long points stay held for a sale that is not paid; 72 hours
	// SnapshotFor is how long a snapshot is handed out before a new one is made,
	// 5 minutes. The changes since are in the feed.
	SnapshotFor time.Duration
	// NoSync leaves out fsync: for tests that do not crash.
	NoSync bool
}

// Server is the central API of one chain.
type Server struct {
	db    *bolt.DB
	o     Options
	epoch [8]byte // in cursors: those of another database are not ours

	due    atomic.Int64 // when the next hold or points expire, Unix nanoseconds
	closed chan struct{}
	close  sync.Once

	mu      sync.Mutex
	changed chan struct{} // closed at the next change

	making   sync.Mutex // one snapshot is made at a time
	snapshot *snapshot
}

// Open opens the database, or makes an empty one with the default programme.
func Open(path string, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HoldFor == 0 {
		o.HoldFor = 72 * time.Hour
	}
	if o.SnapshotFor == 0 {
		o.SnapshotFor = 5 * time.Minute
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoSync: o.NoSync, NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, fmt.Errorf("open the central API's data %s: %w", path, err)
	}
	s := &Server{db: db, o: o, closed: make(chan struct{}), changed: make(chan struct{})}
	if err := s.prepare(); err != nil {
		db.Close()
		return nil, fmt.Errorf("open the central API's data %s: %w", path, err)
	}
	s.dropSnapshots()
	return s, nil
}

// Close ends the calls that wait for changes and closes the database.
func (s *Server) Close() error {
	s.close.Do(func() { close(s.closed) })
	s.making.Lock()
	s.dropLocked(s.snapshot)
	s.snapshot = nil
	s.making.Unlock()
	return s.db.Close()
}

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/status", s.till(s.getStatus))
	mux.Handle("GET /v1/programme", s.till(s.getProgramme))
	mux.Handle("POST /v1/customers/lookup", s.till(s.postLookup))
	mux.Handle("POST /v1/quote", s.till(s.postQuote))
	mux.Handle("PUT /v1/operations/{key}", s.till(s.putOperation))
	mux.Handle("POST /v1/operations:batch", s.till(s.postBatch))
	mux.Handle("GET /v1/snapshot", s.till(s.getSnapshot))
	mux.Handle("GET /v1/changes", s.till(s.getChanges))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, problem{Status: http.StatusNotFound, Detail: "the central API has no such path or method; it is below /v1"})
	})
	return mux
}
