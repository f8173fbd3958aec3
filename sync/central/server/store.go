package server

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// The buckets. Numbers in keys are big endian, so that they sort.
var (
	metaBucket      = []byte("meta")        // "format", "epoch", "programme", "seeded"
	customerBucket  = []byte("customers")   // customer id → account
	identBucket     = []byte("idents")      // kind 0 value 0 customer id → nothing
	orderBucket     = []byte("order")       // first card 0 customer id → nothing: the order of a snapshot
	changeBucket    = []byte("changes")     // version → customer id; the last change of each customer only
	goneBucket      = []byte("gone")        // customer id → version of the tombstone
	saleBucket      = []byte("sales")       // sale key → sale
	operationBucket = []byte("operations")  // operation key → remembered
	ledgerBucket    = []byte("ledger")      // customer id 0 number → Record
	expiryBucket    = []byte("expiries")    // time, 's' sale key or 'c' customer id → nothing
	tokenBucket     = []byte("credentials") // SHA-256 of a token → credential
)

const format = "1"

func (s *Server) prepare() error {
	return s.db.Update(func(b *bolt.Tx) error {
		for _, name := range [][]byte{metaBucket, customerBucket, identBucket, orderBucket, changeBucket, goneBucket,
			saleBucket, operationBucket, ledgerBucket, expiryBucket, tokenBucket} {
			if _, err := b.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := b.Bucket(metaBucket)
		if f := meta.Get([]byte("format")); f != nil && string(f) != format {
			return fmt.Errorf("its format is %q, this program reads %q: use the program that wrote it", f, format)
		}
		t := &tx{Tx: b, s: s, now: s.o.Now()}
		if meta.Get([]byte("epoch")) == nil {
			rand.Read(s.epoch[:])
			if err := meta.Put([]byte("epoch"), s.epoch[:]); err != nil {
				return err
			}
			if err := meta.Put([]byte("format"), []byte(format)); err != nil {
				return err
			}
			if err := t.setProgramme(DefaultProgramme()); err != nil {
				return err
			}
		}
		copy(s.epoch[:], meta.Get([]byte("epoch")))
		s.due.Store(t.nextExpiry())
		return nil
	})
}

// tx is a transaction at one moment.
type tx struct {
	*bolt.Tx
	s   *Server
	now time.Time
}

// write runs fn in a transaction that is on disk when write returns, after what
// has expired was expired; it wakes those who wait for changes.
func (s *Server) write(fn func(t *tx) error) error {
	var before, after uint64
	var due int64
	err := s.db.Update(func(b *bolt.Tx) error {
		t := &tx{Tx: b, s: s, now: s.o.Now()}
		before = t.sequence()
		if err := t.expire(); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		after, due = t.sequence(), t.nextExpiry()
		return nil
	})
	if err != nil {
		return err
	}
	s.due.Store(due)
	if after != before {
		s.mu.Lock()
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
	}
	return nil
}

// read runs fn on the state of this moment.
func (s *Server) read(fn func(t *tx) error) error {
	if s.o.Now().UnixNano() >= s.due.Load() {
		if err := s.write(func(*tx) error { return nil }); err != nil {
			return err
		}
	}
	return s.db.View(func(b *bolt.Tx) error { return fn(&tx{Tx: b, s: s, now: s.o.Now()}) })
}

// sequence is the number of the last change.
func (t *tx) sequence() uint64 { return t.Bucket(changeBucket).Sequence() }

// get reads a record; false if there is none.
func (t *tx) get(bucket, key []byte, v any) (bool, error) {
	raw := t.Bucket(bucket).Get(key)
	if raw == nil {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, fmt.Errorf("%s: damaged record: %w", bucket, err)
	}
	return true, nil
}

func (t *tx) put(bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.Bucket(bucket).Put(key, raw)
}

// touch gives a customer the next number of the server's sequence.
func (t *tx) touch(id loyalty.CustomerID, before uint64) (uint64, error) {
	changes := t.Bucket(changeBucket)
	if before != 0 {
		if err := changes.Delete(number(before)); err != nil {
			return 0, err
		}
	}
	n, err := changes.NextSequence()
	if err != nil {
		return 0, err
	}
	return n, changes.Put(number(n), []byte(id))
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// joined is a key of parts with a zero byte between them.
func joined(parts ...string) []byte {
	var k []byte
	for i, p := range parts {
		if i > 0 {
			k = append(k, 0)
		}
		k = append(k, p...)
	}
	return k
}

// below walks the keys that begin with a prefix and hands out what follows it.
func (t *tx) below(bucket, prefix []byte, fn func(rest, value []byte) error) error {
	c := t.Bucket(bucket).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := fn(k[len(prefix):], v); err != nil {
			return err
		}
	}
	return nil
}
