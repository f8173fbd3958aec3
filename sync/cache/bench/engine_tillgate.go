package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

type tillgate struct {
	path  string
	key   *seal.Key
	cache *cache.Cache
}

func newTillgate(dir string) (engine, error) {
	key, err := seal.New(seal.NewSecret())
	if err != nil {
		return nil, err
	}
	e := &tillgate{path: filepath.Join(dir, "cache.db"), key: key}
	return e, e.open()
}

func (e *tillgate) open() (err error) {
	e.cache, err = cache.Open(e.path, e.key, slog.New(slog.DiscardHandler))
	return err
}

func (e *tillgate) fill(n int) error { return e.cache.Fill(context.Background(), &snapshot{n: n}) }

func (e *tillgate) reopen() error {
	if err := e.cache.Close(); err != nil {
		return err
	}
	return e.open()
}

func (e *tillgate) find(card string) error {
	_, err := e.cache.Find(loyalty.Ident{Kind: loyalty.ByCard, Value: card})
	return err
}

func (e *tillgate) change(round, n, count int) error {
	ch := loyalty.Changes{Cursor: fmt.Sprint(round + 1)}
	for i := range n {
		ch.Customers = append(ch.Customers, customer(changed(round, i, count), uint64(round)+2))
	}
	return e.cache.Apply(ch)
}

// settle makes changes until the copy has merged them: that is when all that was
// put off is written. While the merge goes on there are none: a till gets some ten
// a second, and a merge takes seconds.
func (e *tillgate) settle(count int) (int, error) {
	n := rounds + busyRounds
	for before := e.cache.Generation(); e.cache.Generation() == before; {
		if files, _ := filepath.Glob(e.path + "*.sort"); len(files) > 0 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err := e.change(n, changes, count); err != nil {
			return 0, err
		}
		n++
	}
	return n * changes, nil
}

func (e *tillgate) close() error { return e.cache.Close() }
