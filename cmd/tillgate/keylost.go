package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// journalUnsealedCmd says what a journal owes whose key is not here.
type journalUnsealedCmd struct {
	All  bool   `help:"Settled operations too."`
	File string `placeholder:"FILE" help:"A journal that was set aside, instead of the till's."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c journalUnsealedCmd) Run(e *env) error {
	path := c.File
	if path == "" {
		dir, err := dataDir(e, c.Data)
		if err != nil {
			return err
		}
		path = filepath.Join(dir, "journal.db")
	}
	all, err := journal.Unsealed(path)
	if errors.Is(err, fs.ErrNotExist) {
		return noJournal(path)
	}
	if err != nil {
		return err
	}
	owed, total := 0, loyalty.Money(0)
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tWHAT\tSTATE\tAT\tRECEIPT\tTOTAL\tSPEND\tWORTH\tEARN")
	currency := e.currency()
	for _, o := range all {
		if o.Owed() {
			owed++
			if o.Kind == loyalty.Reserve {
				total += o.Worth
			}
		} else if !c.All {
			continue
		}
		state := string(o.State)
		if o.Person {
			state += " (needs a person)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\n", o.Key, kindInWords(o.Kind), state, o.At.Local().Format(time.DateTime), o.Receipt,
			inMoney(o.Total, currency), o.Spend, inMoney(o.Worth, currency), o.Earn)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "\n%d of %d operations are not settled with the central API; %s were given on them. Who the customers are stays sealed: the receipts tell.\n",
		owed, len(all), inMoney(total, currency))
	return err
}

func noJournal(path string) error {
	return exitWith(exitUnavailable, fmt.Errorf("%s: there is no journal", path))
}

// currency is the configuration's, for people who read a terminal.
func (e *env) currency() string {
	if cfg, err := LoadConfig(e.config); err == nil {
		return cfg.Till.Currency
	}
	return defaults().Till.Currency
}

// journalSetAsideCmd lets a till begin a new journal.
type journalSetAsideCmd struct {
	Yes  bool   `help:"Do it."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c journalSetAsideCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "journal.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return noJournal(path)
	}
	if !c.Yes {
		return exitWith(exitUsage, fmt.Errorf("what %s owes is then settled by nobody but you: look at it first (tillgate journal unsealed), and say --yes if it is meant", path))
	}
	to, err := journal.SetAside(path)
	var held *journal.LockedError
	if errors.As(err, &held) {
		return exitWith(exitBusy, err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "The journal is %s now. With its key it can be opened again; the till begins a new one.\n", to)
	return nil
}
