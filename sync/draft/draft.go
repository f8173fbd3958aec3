// Package draft keeps registrations of customers that could not be made because
// the programme could not be reached. Nothing is promised with a draft: it is a
// form that is sent later. What became of it stays on the list until a person
// takes it off.
//
// The list is one small file, sealed, that is replaced as a whole: it is on the
// disk when a method returns, or unchanged.
package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// Draft is a form, and what became of it.
type Draft struct {
	Key    loyalty.Key         `json:"key"` // goes with every try: a second one makes no second customer
	Form   loyalty.NewCustomer `json:"form"`
	At     time.Time           `json:"at"`
	State  State               `json:"state"`
	Reason loyalty.Reason      `json:"reason,omitempty"` // for Refused
	Ended  time.Time           `json:"ended,omitzero"`   // when it was Done or Refused
}

// State is how far a draft has come.
type State string

// The states.
const (
	Waiting State = "waiting" // to be sent; or sent without a clear answer, to be sent again
	Done    State = "done"    // the customer is registered
	Refused State = "refused" // the programme's final no
)

// Most is how many drafts a till keeps: a shop that is offline for days has
// fewer.
const Most = 500

var (
	// ErrFull says that the list has Most drafts.
	ErrFull = fmt.Errorf("there are %d drafts of registrations: take some off the list", Most)
	// ErrSame says that a draft of the same phone waits already.
	ErrSame = errors.New("a draft of this phone waits already")
	// ErrNone says that there is no such draft.
	ErrNone = errors.New("no such draft")
)

// List is the drafts of a till. It is safe for use by several goroutines.
type List struct {
	path string
	key  *seal.Key

	mu  sync.Mutex
	all []Draft
}

var place = []byte("tillgate drafts 1")

// Open reads the list; where there is none it is empty. A file that can not be
// read is put aside under another name, which is the damage: nothing that was
// promised is in it.
func Open(path string, key *seal.Key) (l *List, damage error, err error) {
	l = &List{path: path, key: key}
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("drafts of registrations: %w", err)
	}
	if l.all, damage = l.decode(sealed); damage == nil {
		if key.Stale(sealed[:seal.KeySize+seal.Overhead], place) {
			err = l.change(func(all []Draft) ([]Draft, error) { return all, nil })
		}
		return l, nil, err
	}
	aside := path + ".damaged"
	if err := os.Rename(path, aside); err != nil {
		return nil, nil, fmt.Errorf("drafts of registrations: %w", err)
	}
	return l, fmt.Errorf("the drafts of registrations can not be read (%w) and were moved to %s", damage, aside), nil
}

func (l *List) decode(b []byte) (all []Draft, err error) {
	const head = seal.KeySize + seal.Overhead
	if len(b) < head {
		return nil, errors.New("the file is cut off")
	}
	secret, err := l.key.Open(nil, b[:head], place)
	if err != nil {
		return nil, err
	}
	key, err := seal.New(secret)
	if err != nil {
		return nil, err
	}
	text, err := key.Open(nil, b[head:], place)
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}

// encode seals the drafts under a key of their own, made anew each time.
func (l *List) encode(all []Draft) ([]byte, error) {
	text, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	secret := seal.NewSecret()
	key, err := seal.New(secret)
	if err != nil {
		return nil, err
	}
	return key.Seal(l.key.Seal(nil, secret, place), text, place), nil
}

// All is the drafts, oldest first.
func (l *List) All() []Draft {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// Add keeps a draft.
func (l *List) Add(d Draft) error {
	return l.change(func(all []Draft) ([]Draft, error) {
		waits := func(o Draft) bool { return o.State == Waiting && o.Form.Phone == d.Form.Phone }
		switch {
		case slices.ContainsFunc(all, waits):
			return nil, ErrSame
		case len(all) >= Most:
			return nil, ErrFull
		}
		return append(all, d), nil
	})
}

// End notes what became of a draft; why is "" if the customer is registered. Of
// one that ended the form keeps what tells people whom it was about.
func (l *List) End(key loyalty.Key, why loyalty.Reason, now time.Time) error {
	return l.change(func(all []Draft) ([]Draft, error) {
		i := slices.IndexFunc(all, func(d Draft) bool { return d.Key == key })
		if i < 0 {
			return nil, ErrNone
		}
		d := &all[i]
		d.State, d.Reason, d.Ended = Done, why, now
		if why != "" {
			d.State = Refused
		}
		return all, nil
	})
}

// Remove takes a draft off the list.
func (l *List) Remove(key loyalty.Key) error {
	return l.change(func(all []Draft) ([]Draft, error) {
		n := len(all)
		if all = slices.DeleteFunc(all, func(d Draft) bool { return d.Key == key }); len(all) == n {
			return nil, ErrNone
		}
		return all, nil
	})
}

// change replaces the file.
func (l *List) change(f func([]Draft) ([]Draft, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := f(slices.Clone(l.all))
	if err != nil {
		return err
	}
	b, err := l.encode(all)
	if err == nil {
		err = logfile.Replace(logfile.System{}, l.path, b)
	}
	if err != nil {
		return fmt.Errorf("drafts of registrations: %w", err)
	}
	l.all = all
	return nil
}
