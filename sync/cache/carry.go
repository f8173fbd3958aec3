package cache

// What is changed in a copy while another is built is taken over to that one.

const (
	carryBatch = 1000    // records in a transaction
	carryLeft  = 1 << 20 // bytes that are left for when nothing else may change
	carryMax   = 4       // rounds: changes that come faster than they are carried have to wait in the end
)

// carryMost takes over what has been changed by now, but for a little, while
// changes go on. It returns from where the rest is to be carried.
func (c *Cache) carryMost(old *store, from int64, next *store, s *state) (int64, error) {
	for range carryMax {
		c.write.Lock()
		to, same := old.roll.size, c.cur.Load() == old
		c.write.Unlock()
		if !same || to-from < carryLeft {
			return from, nil
		}
		if err := c.carry(old, from, to, next, s); err != nil {
			return from, err
		}
		from = to
	}
	return from, nil
}

// carry takes over what was changed in the old copy between two offsets of its
// roll. Versions decide what is newer. *Damage if it is the old one's.
func (c *Cache) carry(old *store, from, to int64, next *store, s *state) error {
	e := next.edit()
	defer func() { e.close() }()
	var failed error // of the new copy
	flush := func() error {
		s.count += e.count
		if failed = next.commit(e, s, false, false); failed == nil && next.tail.size() >= c.merge.tail {
			failed = next.settle(s)
		}
		e.close()
		e = next.edit()
		return failed
	}
	err := old.roll.each(from, to, func(at place, sl slot) error {
		if sl.kind == slotState {
			return nil
		}
		r, err := readSlot(at, sl)
		if err != nil {
			return err
		}
		if r.there() {
			failed = e.put(r.customer)
		} else {
			failed = e.remove(r.gone)
		}
		if failed == nil && len(e.pending) >= carryBatch {
			return flush()
		}
		return failed
	})
	if err == nil {
		return flush()
	}
	if failed != nil {
		return failed
	}
	return old.damage(err)
}
