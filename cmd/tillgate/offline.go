package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tillgate/tillgate/sync/journal"
)

// offline opens the journal of a till whose daemon does not run, for the
// command line. cause is why the daemon could not be asked.
func offline(dir string, cause error, do func(*journal.Journal) error) error {
	if !errors.Is(cause, errNoDaemon) {
		return cause
	}
	path := filepath.Join(dir, "journal.db")
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return exitWith(exitUnavailable, fmt.Errorf("%w, and there is no journal", cause))
	case err != nil:
		return exitWith(exitUnavailable, fmt.Errorf("%w, and its journal can not be looked at: %w", cause, err))
	}
	j, err := journal.Open(path, journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	return do(j)
}
