package journal

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
)

// Check reads the whole journal again and says what is wrong with it: the file,
// every record, and what is kept in memory against the records. *DamagedError if
// anything is. Nothing is written meanwhile.
func (j *Journal) Check() error {
	return j.do(func(*batch) error {
		again := newIndex()
		err := j.log.Verify(func(at int64, payload []byte) error { return again.replay(j.key, at, payload) })
		if err != nil {
			return damaged(j.path, err)
		}
		again.last = max(again.last, j.head.Last)
		if err := errors.Join(compare(again, j.index)...); err != nil {
			return &DamagedError{j.path, err}
		}
		return nil
	})
}

// compare says where what is in memory differs from what was read.
func compare(want, have *index) (errs []error) {
	for n, w := range want.entries {
		if h := have.entries[n]; h == nil || !reflect.DeepEqual(asStored(*w), asStored(*h)) {
			errs = append(errs, fmt.Errorf("entry %d is %+v in memory, %+v in the file", n, h, w))
		}
	}
	for _, c := range []struct {
		what       string
		want, have any
	}{
		{"last number", want.last, have.last}, {"order", want.order, have.order}, {"keys", want.keys, have.keys},
		{"sales", want.sales, have.sales}, {"receipts", want.receipts, have.receipts}, {"counts", want.counts, have.counts},
		{"open entries", want.open.all, have.open.all}, {"people's list", want.people, have.people},
		{"holds", want.holds, have.holds}, {"sales in hand", want.inHand, have.inHand},
		{"promises alone", len(want.alone), len(have.alone)}, {"live bytes", want.live, have.live},
	} {
		if !same(c.want, c.have) {
			errs = append(errs, fmt.Errorf("%s: %v in memory, %v in the file", c.what, c.have, c.want))
		}
	}
	for n, w := range maps.All(want.alone) {
		if h := have.alone[n]; h.worth != w.worth || h.customer != w.customer || !h.at.Equal(w.at) {
			errs = append(errs, fmt.Errorf("promise %d alone: %+v in memory, %+v in the file", n, h, w))
		}
	}
	return errs
}

// same compares, and takes an empty list for none.
func same(a, b any) bool {
	if va := reflect.ValueOf(a); va.Kind() == reflect.Slice && va.Len() == 0 {
		return reflect.ValueOf(b).Len() == 0
	}
	return reflect.DeepEqual(a, b)
}

// asStored makes times comparable.
func asStored(b brief) brief {
	b.made, b.settled = b.made.UTC().Round(0), b.settled.UTC().Round(0)
	return b
}
