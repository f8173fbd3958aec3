package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/seal"
)

// rekeyCmd gives a till another key.
type rekeyCmd struct {
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c rekeyCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "journal.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // opening would make it
		return exitWith(exitUnavailable, fmt.Errorf("no tillgate has had its data in %s: there is nothing to give another key to", dir))
	}
	j, err := journal.Open(path, journal.Options{}) // nobody else has the folder, and the key is right
	var held *journal.LockedError
	if errors.As(err, &held) {
		return exitWith(exitBusy, fmt.Errorf("tillgate is running on %s: stop it first", dir))
	}
	if err != nil {
		return err
	}
	if err := errors.Join(seal.Rotate(dir), j.Close()); err != nil {
		return err
	}
	if err := sealAnew(dir, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s: the till has another key.\n", dir)
	return nil
}

// sealAnew opens all that is sealed with the till's key, which seals it with the
// new one, and destroys the one before.
func sealAnew(dir string, log *slog.Logger) error {
	key, holder, err := seal.Load(dir, log)
	if err != nil {
		return err
	}
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{Key: key, Holder: holder, Log: log})
	if err != nil {
		return err
	}
	c, err := cache.Open(filepath.Join(dir, "cache.db"), key, log)
	if err == nil {
		err = c.Close()
	}
	if err == nil {
		_, _, err = draft.Open(filepath.Join(dir, "drafts"), key)
	}
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	return seal.Retire(dir)
}
