package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/journal/sshsig"
)

// JournalConfig says how long settled operations are kept, and what accountants
// get.
type JournalConfig struct {
	Days      int    `toml:"keep_days"`
	Closings  int    `toml:"keep_closings"`
	ExportDir string `toml:"export_dir"`
	CSV       string `toml:"csv"`
}

// The forms of a CSV file.
const (
	csvComma     = "comma"
	csvSemicolon = "semicolon"
)

func (c JournalConfig) check(ck *checker) {
	if c.Days < 1 || c.Days > 365 {
		ck.wrong("journal.keep_days", "%d: 1 to 365 days", c.Days)
	}
	if c.Closings < 1 || c.Closings > 10_000 {
		ck.wrong("journal.keep_closings", "%d: 1 to 10000", c.Closings)
	}
	if c.CSV != csvComma && c.CSV != csvSemicolon {
		ck.wrong("journal.csv", `%q: "comma" or "semicolon"`, c.CSV)
	}
}

// keeping is the configuration for the journal.
func (c *Config) keeping() journal.Keeping {
	x := journal.Export{Dir: c.Journal.ExportDir, Shop: c.Till.Shop, Till: c.Till.Till, Currency: c.Till.Currency,
		Semicolon: c.Journal.CSV == csvSemicolon, LossADay: c.Offline.lossADay(c.Till.Currency)}
	if x.Dir == "" {
		x.Dir = filepath.Join(c.Till.DataDir, "export")
	}
	for unit := minor(c.Till.Currency); unit > 1; unit /= 10 {
		x.Digits++
	}
	return journal.Keeping{Days: c.Journal.Days, Closings: c.Journal.Closings, Export: x}
}

// journalExportCmd writes the files for accountants once more.
type journalExportCmd struct {
	To      string `required:"" placeholder:"DIR" help:"The folder to write to."`
	Closing uint64 `placeholder:"N" help:"This closing alone, instead of all that the archive has."`
	Data    string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c journalExportCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(c.To)
	if err != nil {
		return err
	}
	var did []journal.Closing
	q := url.Values{"to": {to}, "closing": {strconv.FormatUint(c.Closing, 10)}}
	if err := control(e.ctx, dir, "POST", "/journal/export?"+q.Encode(), nil, &did); err != nil {
		err = offline(dir, err, func(j *journal.Journal) (err error) {
			cfg, err := LoadConfig(e.config)
			if err != nil {
				return fmt.Errorf("the files name the shop, the till and the currency, which the configuration says: %w", err)
			}
			cfg.Till.DataDir = dir
			did, err = cfg.exportTo(j, to, c.Closing)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(did) == 0 {
		return errors.New("the archive has no such closing: the first one is made on the day after the first operation was settled")
	}
	for _, d := range did {
		fmt.Fprintf(e.stdout, "closing %d of %s: %d operations\n", d.No, d.Day, d.Entries)
	}
	return nil
}

// exportTo closes what is due and writes the files into a folder.
func (c *Config) exportTo(j *journal.Journal, to string, no uint64) ([]journal.Closing, error) {
	k := c.keeping()
	if _, err := j.Tidy(time.Now(), k); err != nil {
		return nil, err
	}
	k.Export.Dir = to
	return j.ExportAgain(no, k.Export)
}

// journalVerifyCmd checks the signature of an exported file.
type journalVerifyCmd struct {
	File string `arg:"" help:"The exported file; its signature is FILE.sig."`
	Key  string `placeholder:"FILE" help:"The till's public key (journal.pub), from the till itself and not from beside the file."`
}

func (c journalVerifyCmd) Run(e *env) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	sig, err := os.ReadFile(c.File + ".sig")
	if err != nil {
		return fmt.Errorf("its signature: %w", err)
	}
	who, err := sshsig.Verify(sig, journal.SignaturePurpose, b)
	if err != nil {
		return fmt.Errorf("%s.sig: %w", c.File, err)
	}
	if c.Key == "" {
		fmt.Fprintf(e.stdout, "%s is as it was signed. Compare the key with the till's (tillgate journal key): %s\n", c.File, sshsig.Fingerprint(who))
		return nil
	}
	line, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	want, err := sshsig.ParsePublic(string(bytes.TrimSpace(line)))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Key, err)
	}
	if !who.Equal(want) {
		return fmt.Errorf("%s was signed with another key: %s, not %s", c.File, sshsig.Fingerprint(who), sshsig.Fingerprint(want))
	}
	fmt.Fprintf(e.stdout, "%s is as the till signed it: %s\n", c.File, sshsig.Fingerprint(who))
	return nil
}

// journalKeyCmd shows what signatures of this till are checked with.
type journalKeyCmd struct {
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c journalKeyCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var key ed25519.PublicKey
	if err := control(e.ctx, dir, "GET", "/journal/key", nil, &key); err != nil {
		err = offline(dir, err, func(j *journal.Journal) (err error) {
			key, err = j.PublicKey()
			return err
		})
		if err != nil {
			return err
		}
	}
	fmt.Fprint(e.stdout, sshsig.PublicLine(key, "tillgate"))
	fmt.Fprintln(e.stdout, sshsig.Fingerprint(key))
	return nil
}
