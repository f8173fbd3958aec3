package journal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
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
	SHA256   string    `json:"sha256,omitempty"` // of the JSON file
}

func (c Closing) save(tx *bbolt.Tx) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketClosings).Put(binary.BigEndian.AppendUint64(nil, c.No), b)
}

func closings(tx *bbolt.Tx) (cs []Closing, err error) {
	err = tx.Bucket(bucketClosings).ForEach(func(k, v []byte) error {
		var c Closing
		if err := json.Unmarshal(v, &c); err != nil {
			return fmt.Errorf("closing %x: %w", k, err)
		}
		cs = append(cs, c)
		return nil
	})
	return cs, err
}

// closings are all that the archive has, in order.
func (a *archive) closings() (cs []Closing, err error) {
	err = a.db.View(func(tx *bbolt.Tx) error {
		cs, err = closings(tx)
		return err
	})
	return cs, err
}

// next is the number of the next closing: numbers are never used again.
func (a *archive) next() (no uint64, err error) {
	err = a.update(func(tx *bbolt.Tx) error {
		no, err = tx.Bucket(bucketClosings).NextSequence()
		return err
	})
	return no, err
}
