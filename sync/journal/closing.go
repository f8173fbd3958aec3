package journal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

// Closing is what was settled and taken into the archive together: as a rule the
// day before. Closings are numbered, and each names the checksum of the export
// of the one before, so that a file that is missing is noticed. An entry belongs
// to one closing for ever, whatever the clock does.
type Closing struct {
	No       uint64    `json:"no"`
	At       time.Time `json:"at"`  // when, by the till's clock
	Day      string    `json:"day"` // the day that was closed: 2006-01-02
	Entries  int       `json:"entries"`
	Exported bool      `json:"exported"`
	SHA256   string    `json:"sha256,omitempty"`  // of the JSON file
	Partial  bool      `json:"partial,omitempty"` // the archive that had all of it was lost: its files are what there is
	Waiting  *standing `json:"waiting,omitempty"` // for a person, when it was made
}

func (c Closing) save(tx *bbolt.Tx) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketClosings).Put(binary.BigEndian.AppendUint64(nil, c.No), b)
}

func (a *archive) read(tx *bbolt.Tx) (cs []Closing, err error) {
	err = tx.Bucket(bucketClosings).ForEach(func(k, v []byte) error {
		var c Closing
		if err := json.Unmarshal(v, &c); err != nil {
			return &boltfile.Damage{Path: a.path, Err: fmt.Errorf("closing %x: %w", k, err)}
		}
		cs = append(cs, c)
		return nil
	})
	return cs, err
}

// closings are all that the archive has, in order.
func (a *archive) closings() (cs []Closing, err error) {
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		cs, err = a.read(tx)
		return err
	})
	return cs, err
}

// next is the number of the next closing, behind those that were used: numbers are
// never used again, and none is passed over.
func next(tx *bbolt.Tx, used uint64) (no uint64, err error) {
	b := tx.Bucket(bucketClosings)
	no = max(b.Sequence(), used) + 1
	return no, b.SetSequence(no)
}
