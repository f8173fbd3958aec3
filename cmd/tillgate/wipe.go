package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/seal"
)

// wipeCmd makes a till forget its customers before it leaves the shop.
type wipeCmd struct {
	Yes          bool   `help:"Do it. Without it: say what would be deleted."`
	LosePromises bool   `help:"Even if there are operations that the central API does not know of yet: customers lose them."`
	KeepExports  bool   `help:"Leave the exported files for accountants where they are. Customers are masked in them."`
	Data         string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

// wiped are the files of the data folder that go, in this order: without the
// key, what was sealed is noise from the first moment on. The journal goes last,
// so that a wipe that was cut still knows what is owed.
var wiped = []string{"cache.db*", "drafts*", "paired.json*", "scanners.toml*", "control*", "export", "journal*"}

func (c wipeCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return exitWith(exitUnavailable, fmt.Errorf("no tillgate has had its data in %s: there is nothing to destroy", dir))
	}
	cfg, err := LoadConfig(e.config)
	known := err == nil && cfg.Till.DataDir == dir // the configuration of this data folder
	if err := c.lose(dir); err != nil {
		return err
	}
	p, err := c.plan(dir)
	if err == nil && known && cfg.Journal.ExportDir != "" && !c.KeepExports {
		p.exports, err = cfg.keeping().Export.Files()
	}
	if err != nil {
		return err
	}
	if !c.Yes {
		p.print(e.stdout, "would be deleted")
		remains(e.stdout, p, cfg, known, c.KeepExports)
		return exitWith(exitUsage, fmt.Errorf("this deletes the customers, the journal and their key from %s: say --yes if it is meant", dir))
	}
	if err := seal.Wipe(dir); err != nil {
		return err
	}
	for _, path := range slices.Concat(p.exports, p.files) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	p.print(e.stdout, "deleted")
	remains(e.stdout, p, cfg, known, c.KeepExports)
	return nil
}

// wipePlan is what a wipe deletes.
type wipePlan struct {
	dir     string
	holder  seal.Holder
	files   []string // of the data folder, in their order
	exports []string // elsewhere
	others  []string // in the data folder, and not ours
}

func (c wipeCmd) plan(dir string) (p wipePlan, err error) {
	p = wipePlan{dir: dir, holder: seal.Find(dir)}
	all, err := os.ReadDir(dir)
	if err != nil {
		return p, err
	}
	ours := map[string]bool{}
	for _, pattern := range wiped {
		if pattern == "export" && c.KeepExports {
			continue
		}
		for _, f := range all {
			if is, _ := filepath.Match(pattern, f.Name()); is && !ours[f.Name()] { // the patterns are sound
				ours[f.Name()] = true
				p.files = append(p.files, filepath.Join(dir, f.Name()))
			}
		}
	}
	for _, f := range all {
		if key, _ := filepath.Match(seal.Files, f.Name()); !key && !ours[f.Name()] {
			p.others = append(p.others, filepath.Join(dir, f.Name()))
		}
	}
	return p, nil
}

func (p wipePlan) print(w io.Writer, what string) {
	if p.holder != seal.Credential && p.holder != "" {
		fmt.Fprintf(w, "%s: the key of all that is sealed, held by %s\n", what, p.holder)
	}
	for _, path := range slices.Concat(p.exports, p.files) {
		fmt.Fprintf(w, "%s: %s\n", what, path)
	}
}

// remains says what a wipe does not delete, and who can.
func remains(w io.Writer, p wipePlan, cfg Config, known, exports bool) {
	for _, path := range p.others {
		fmt.Fprintf(w, "stays: %s: it is not tillgate's, or kept\n", path)
	}
	if p.holder == seal.Credential || p.holder == "" {
		fmt.Fprintf(w, "stays: if the service has its key as the systemd credential %s, delete that too, and its file; without it what was sealed is noise\n", seal.CredentialName)
	}
	if !known {
		fmt.Fprintln(w, "stays: what the configuration names, which is not this folder's or can not be read: journal.export_dir, and the files of secrets")
		return
	}
	if exports && cfg.Journal.ExportDir != "" {
		fmt.Fprintf(w, "stays: the exported files in %s\n", cfg.Journal.ExportDir)
	}
	for _, s := range cfg.secrets() {
		fmt.Fprintf(w, "stays: %s, which somebody gave this till: have the programme withdraw it, and delete it\n", s)
	}
	fmt.Fprintln(w, "stays: what was copied by hand (tillgate journal export --to), and backups")
}

// secrets are the references to all secrets of the configuration.
func (c *Config) secrets() (all []Secret) {
	add := func(s Secret) {
		if s != "" {
			all = append(all, s)
		}
	}
	switch p := c.Provider; {
	case p.Central != nil:
		add(p.Central.Token)
	case p.Maxma != nil:
		add(p.Maxma.Key)
	case p.Amocrm != nil:
		add(p.Amocrm.Token)
	}
	add(c.Offline.PIN)
	for _, s := range c.Card {
		if s.Kind == card.Rotating {
			add(Secret(s.Key))
		}
	}
	return all
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
	var sealed *journal.KeyError
	owed := 0
	switch {
	case errors.As(err, &held):
		return exitWith(exitBusy, fmt.Errorf("tillgate is running on %s: stop it first", dir))
	case err != nil && c.LosePromises:
		return nil
	case errors.As(err, &sealed): // as after a wipe that was cut short
		all, readErr := journal.Unsealed(path)
		if readErr != nil {
			return fmt.Errorf("%w\nWhat it holds would be lost: --lose-promises if that is meant", err)
		}
		for _, o := range all {
			if o.Owed() {
				owed++
			}
		}
	case err != nil:
		return fmt.Errorf("%w\nWhat it holds would be lost: --lose-promises if that is meant", err)
	default:
		es, err := j.Entries(journal.Filter{})
		if err := errors.Join(err, j.Close()); err != nil {
			return err
		}
		for _, e := range es {
			if e.Open() || e.NeedsPerson() {
				owed++
			}
		}
	}
	if owed > 0 && !c.LosePromises {
		return fmt.Errorf("%d operations are not settled with the central API: start tillgate and let it send them, and settle what needs a person (tillgate journal), or say --lose-promises: customers lose them", owed)
	}
	return nil
}
