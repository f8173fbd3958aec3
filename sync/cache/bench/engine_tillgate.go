package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

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
// put off is written.
func (e *tillgate) settle(count int) (int, error) {
	n := rounds
	for before := e.cache.Generation(); e.cache.Generation() == before; n++ {
		if err := e.change(n, changes, count); err != nil {
			return 0, err
		}
	}
	return n * changes, nil
}

func (e *tillgate) close() error { return e.cache.Close() }
