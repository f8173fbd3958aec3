package cache

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// A roll is made of frames: the length of what is sealed (u32), and that. Sealed
// are slots, one after another: what it is, its text, and the index keys that are
// new with it. Frames are sealed for their place in the file and under the key of
// the copy, so that none passes for another.

// Kinds of slots.
const (
	slotCustomer = 'c'
	slotGone     = 'g' // a tombstone
	slotState    = 's' // ends a transaction; what stands before without one was never committed
)

const (
	frameSize = 2 << 10 // of the text, as long as it holds more than one record
	maxFrame  = 4 << 20 // of what is sealed; records are far shorter
	maxSlots  = 256
)

var errFrame = errors.New("a frame is broken")

// slot is a record, or the state.
type slot struct {
	kind byte
	text []byte
	keys []byte // 8 bytes each
}

func appendSlot(b []byte, s slot) []byte {
	b = append(b, s.kind)
	b = binary.AppendUvarint(b, uint64(len(s.text)))
	b = append(b, s.text...)
	b = binary.AppendUvarint(b, uint64(len(s.keys)/8))
	return append(b, s.keys...)
}

// nextSlot takes a slot off the front of a frame's text.
func nextSlot(b []byte) (s slot, rest []byte, err error) {
	if len(b) == 0 {
		return s, nil, errFrame
	}
	s.kind = b[0]
	if s.text, rest, err = take(b[1:], 1); err != nil {
		return s, nil, err
	}
	s.keys, rest, err = take(rest, 8)
	return s, rest, err
}

// take takes a number of things off the front that are so many bytes each.
func take(b []byte, each uint64) (taken, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b))/each {
		return nil, nil, errFrame
	}
	if b = b[size:]; n*each > uint64(len(b)) {
		return nil, nil, errFrame
	}
	return b[: n*each : n*each], b[n*each:], nil
}

// slotAt is a slot of a frame's text by its number.
func slotAt(b []byte, number int) (s slot, err error) {
	for range number + 1 {
		if s, b, err = nextSlot(b); err != nil {
			return s, err
		}
	}
	return s, nil
}

// place is where a record is: the offset of its frame and its number in there.
type place uint64

const maxOffset = 1<<39 - 1

func newPlace(at int64, number int) place { return place(uint64(at)<<8 | uint64(number)) }

func (p place) offset() int64 { return int64(p >> 8) }
func (p place) number() int   { return int(p & 0xff) }

// packer makes frames for the end of a roll.
type packer struct {
	key   *seal.Key
	at    int64  // offset of the frame that is being made
	text  []byte // of it
	slots int
	out   []byte // frames that are finished
	where []byte // buffer
}

// add puts a slot behind the others and says where it will be.
func (p *packer) add(s slot) place {
	if p.slots == maxSlots || p.slots > 0 && len(p.text)+len(s.text)+len(s.keys)+8 > frameSize {
		p.end()
	}
	at := newPlace(p.at, p.slots)
	p.text = appendSlot(p.text, s)
	p.slots++
	return at
}

// end finishes the frame.
func (p *packer) end() {
	if p.slots == 0 {
		return
	}
	p.where = appendFramePlace(p.where[:0], p.at)
	start := len(p.out)
	p.out = append(p.out, 0, 0, 0, 0)
	p.out = p.key.Seal(p.out, p.text, p.where)
	binary.LittleEndian.PutUint32(p.out[start:], uint32(len(p.out)-start-4))
	p.at += int64(len(p.out) - start)
	p.text, p.slots = p.text[:0], 0
}

// appendFramePlace is what a frame is sealed for.
func appendFramePlace(b []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 'f'), uint64(at))
}

// state is what is known of the copy as a whole. It is never changed, only
// replaced.
type state struct {
	programme loyalty.Programme
	cursor    string
	asOf      time.Time
	count     int // customers
}

// stateRecord is the state in a file. In a slot the programme is there only if it
// changed.
type stateRecord struct {
	Cursor    string             `json:"cursor"`
	AsOf      time.Time          `json:"as_of,omitzero"`
	Count     int                `json:"count"`
	Programme *loyalty.Programme `json:"programme,omitempty"`
}

func (s *state) record(programme bool) stateRecord {
	r := stateRecord{Cursor: s.cursor, AsOf: s.asOf, Count: s.count}
	if programme {
		r.Programme = &s.programme
	}
	return r
}

func (s *state) slot(programme bool) (slot, error) {
	text, err := json.Marshal(s.record(programme))
	return slot{kind: slotState, text: text}, err
}

// take takes over what a slot says.
func (s *state) take(r stateRecord) {
	s.cursor, s.asOf, s.count = r.Cursor, r.AsOf, r.Count
	if r.Programme != nil {
		s.programme = *r.Programme
	}
}

func (s *state) takeSlot(text []byte) error {
	var r stateRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	s.take(r)
	return nil
}

// now is the time of a pull.
func now() time.Time { return time.Now().UTC().Round(0) }

// goneText is the text of a tombstone.
func goneText(b []byte, g loyalty.Gone) []byte {
	return append(binary.AppendUvarint(b, g.Version), g.ID...)
}

func parseGone(text []byte) (loyalty.Gone, error) {
	v, n := binary.Uvarint(text)
	if n <= 0 || n == len(text) {
		return loyalty.Gone{}, errBroken
	}
	return loyalty.Gone{Version: v, ID: loyalty.CustomerID(text[n:])}, nil
}
