package journal

import (
	"fmt"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Promise notes that the cashier has been told that the operation holds: a
// refusal needs a person from now on.
func (j *Journal) Promise(key loyalty.Key) error {
	err := j.do(func(b *batch) error {
		r, err := b.byKey(key)
		if err != nil || r.Late {
			return err
		}
		r.Late = true
		b.put(r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("promise %s: %w", key, err)
	}
	return nil
}

// Resolve settles an operation by a person's decision, who and why in full: one
// that was refused, or one that stays open and that the person knows about from
// elsewhere. It is not sent any more. ErrSettled if it is done, or resolved by
// somebody else; the same decision again changes nothing.
func (j *Journal) Resolve(key loyalty.Key, who, why string) (Entry, error) {
	who, why = strings.TrimSpace(who), strings.TrimSpace(why)
	if who == "" || why == "" {
		return Entry{}, fmt.Errorf("resolve %s: say who decides and why", key)
	}
	var e Entry
	err := j.do(func(b *batch) error {
		r, err := b.byKey(key)
		if err != nil {
			return err
		}
		e = r.Entry
		switch {
		case r.State == Done, r.archived && r.State != Resolved:
			return ErrSettled
		case r.State == Resolved && r.Resolution != nil && r.Resolution.Who == who && r.Resolution.Why == why:
			return nil
		case r.State == Resolved:
			return ErrSettled
		}
		r.State = Resolved
		r.Resolution = &Resolution{Who: who, Why: why, At: stamp()}
		r.Settled = r.Resolution.At
		b.put(r)
		e = r.Entry
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("resolve %s: %w", key, err)
	}
	return e, nil
}
