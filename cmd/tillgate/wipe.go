package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/seal"
)

// wipeCmd makes a till forget its customers before it leaves the shop.
type wipeCmd struct {
	Yes          bool   `help:"Do it."`
	LosePromises bool   `help:"Even if there are operations that the central API does not know of yet: customers lose them."`
	Data         string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

// wiped are the files of the data folder that go, in this order: without the
// key, what was sealed is noise from the first moment on. The journal goes last,
// so that a wipe that was cut still knows what is owed.
var wiped = []string{"cache.db*", "drafts*", "paired.json*", "export", "journal*"}

func (c wipeCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	if err := c.lose(dir); err != nil {
		return err
	}
	if !c.Yes {
		return exitWith(exitUsage, fmt.Errorf("this deletes the customers, the journal and their key from %s: say --yes if it is meant", dir))
	}
	holder := seal.Find(dir)
	if err := seal.Wipe(dir); err != nil {
		return err
	}
	files := 0
	for _, pattern := range wiped {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			files++
		}
	}
	if holder == seal.Credential || holder == "" {
		fmt.Fprintf(e.stdout, "%s: %d files are deleted. If the service has its key as the systemd credential %s, delete that too.\n", dir, files, seal.CredentialName)
		return nil
	}
	fmt.Fprintf(e.stdout, "%s: the key is destroyed, %d files are deleted.\n", dir, files)
	return nil
}

// lose says why nothing may be wiped: a daemon that runs, or promises that only
// this till knows of.
func (c wipeCmd) lose(dir string) error {
	path := filepath.Join(dir, "journal.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	j, err := journal.Open(path, journal.Options{})
	var held *journal.LockedError
	switch {
	case errors.As(err, &held):
		return exitWith(exitBusy, fmt.Errorf("tillgate is running on %s: stop it first", dir))
	case err != nil && c.LosePromises:
		return nil
	case err != nil:
		return fmt.Errorf("%w\nWhat it holds would be lost: --lose-promises if that is meant", err)
	}
	es, err := j.Entries(journal.Filter{})
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	owed := 0
	for _, e := range es {
		if e.Open() || e.NeedsPerson() {
			owed++
		}
	}
	if owed > 0 && !c.LosePromises {
		return fmt.Errorf("%d operations are not settled with the central API: let the till send them (tillgate journal), or say --lose-promises", owed)
	}
	return nil
}
