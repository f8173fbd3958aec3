package journal

import "errors"

// leastRewrite is how large the file has to be before it is written anew, in
// bytes.
const leastRewrite = 8 << 20

// rewrite writes the entries as they are into a new file, which takes the place
// of the old one. Nobody's answer waits for it, but the next commit does: some
// milliseconds for the entries of a day. An entry that was not changed is copied
// as it is, sealed. The writer alone calls it.
func (j *Journal) rewrite() error {
	if j.log.Lost() {
		return errors.New("what the disk has of the last commit is not known")
	}
	var items []byte
	for _, n := range j.index.order {
		at := j.index.entries[n]
		from := len(items)
		items = append(items, make([]byte, at.size)...)
		if err := j.log.ReadAt(items[from:], at.at); err != nil {
			return err
		}
		if it, _, err := cutItem(items[from:]); err != nil || it.n != n {
			return &DamagedError{j.path, errors.New("an entry is not where it was written")}
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	old := j.log
	j.log = nil
	// Windows replaces no file that is open, and the lock is another's.
	err := errors.Join(old.Close(), j.create(items))
	j.index = newIndex()
	if rerr := j.load(); rerr != nil {
		j.failed = errors.Join(errors.New("the journal takes nothing until a restart"), damaged(j.path, rerr), err)
		return j.failed
	}
	return err
}
