package cache

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

// load reads the state of a file.
func (st *store) load() (*state, error) {
	var s state
	err := boltfile.View(st.path, st.changes, func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("bucket %q is missing", name)
			}
		}
		b := tx.Bucket(bucketState)
		if v := b.Get(keyProgramme); v != nil {
			if err := json.Unmarshal(v, &s.programme); err != nil {
				return fmt.Errorf("programme: %w", err)
			}
		}
		if v := b.Get(keyAsOf); v != nil {
			if err := s.asOf.UnmarshalBinary(v); err != nil {
				return fmt.Errorf("time of the last pull: %w", err)
			}
		}
		for _, number := range []struct {
			key []byte
			to  *int
		}{{keyCount, &s.count}, {keyChanged, &s.changed}} {
			if v := b.Get(number.key); v != nil {
				if len(v) != 8 {
					return fmt.Errorf("%s has %d bytes", number.key, len(v))
				}
				*number.to = int(binary.BigEndian.Uint64(v))
			}
		}
		s.cursor = string(b.Get(keyCursor))
		s.base = bytes.Clone(b.Get(keyBase))
		return nil
	})
	if err != nil {
		return nil, asDamage(st.path, err)
	}
	return &s, nil
}

// save writes the state in a transaction.
func (s *state) save(tx *bbolt.Tx) error {
	programme, err := json.Marshal(s.programme)
	if err != nil {
		return err
	}
	asOf, err := s.asOf.Round(0).MarshalBinary()
	if err != nil {
		return err
	}
	b := tx.Bucket(bucketState)
	if s.base != nil {
		if err := b.Put(keyBase, s.base); err != nil {
			return err
		}
	}
	for _, kv := range []struct{ k, v []byte }{
		{keyProgramme, programme},
		{keyCursor, []byte(s.cursor)},
		{keyAsOf, asOf},
		{keyCount, binary.BigEndian.AppendUint64(nil, uint64(s.count))},
		{keyChanged, binary.BigEndian.AppendUint64(nil, uint64(s.changed))},
	} {
		if err := b.Put(kv.k, kv.v); err != nil {
			return err
		}
	}
	return nil
}

// now is the time of a pull.
func now() time.Time { return time.Now().UTC().Round(0) }
