package main

import (
	"fmt"
	"io"
	"os/user"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// journalCmd shows and settles what is owed to the central API.
type journalCmd struct {
	List    journalListCmd    `cmd:"" default:"withargs" help:"What is pending, unknown, or refused after the customer was told (needs a person)."`
	Resolve journalResolveCmd `cmd:"" help:"Settle an operation by hand: it is not sent again. Name and reason are kept."`

	Export   journalExportCmd   `cmd:"" help:"Write the signed CSV and JSON files of settled operations for accountants once more."`
	Sum      journalSumCmd      `cmd:"" help:"Add up exported JSON files of any tills: what was spent, and what was refused and is lost."`
	Verify   journalVerifyCmd   `cmd:"" help:"Check the signature of an exported file."`
	Key      journalKeyCmd      `cmd:"" help:"Show the public key that exports of this till are checked with."`
	Unsealed journalUnsealedCmd `cmd:"" help:"Show what a journal owes whose key is lost: all but the customers."`
	SetAside journalSetAsideCmd `cmd:"" help:"Put a journal aside whose key is lost, so that the till begins a new one."`
}

type journalListCmd struct {
	All   bool   `help:"Settled operations too."`
	JSON  bool   `name:"json" help:"One JSON object per line. Who the customers are is masked."`
	Whole bool   `help:"With --json: nothing is masked, so numbers of cards, gift cards and phones, and names: to find a customer by, not to be sent to anybody."`
	Data  string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c journalListCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	path := "/journal"
	if c.All {
		path += "?all=1"
	}
	var entries []journal.Entry
	if err := control(e.ctx, dir, "GET", path, nil, &entries); err != nil {
		err = offline(dir, err, func(j *journal.Journal) (err error) {
			entries, err = listEntries(j, c.All)
			return err
		})
		if err != nil {
			return err
		}
	}
	if !c.Whole {
		for i := range entries {
			entries[i] = masked(entries[i])
		}
	}
	if err := printEntries(e.stdout, entries, c.JSON); err != nil || c.JSON {
		return err
	}
	cfg, err := LoadConfig(e.config)
	if err != nil { // another till's journal can be looked at without its configuration
		cfg = defaults()
	}
	return sum(entries).print(e.stdout, cfg.Till.Currency, cfg.Offline)
}

type journalResolveCmd struct {
	Key  string `arg:"" help:"The operation's key, from the list."`
	Why  string `required:"" help:"The reason, for those who read the journal later."`
	Who  string `default:"${user}" help:"Who decides (${default})."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

// resolution is the body of a request to settle an operation by hand.
type resolution struct {
	Key string `json:"key"`
	Who string `json:"who"`
	Why string `json:"why"`
}

func (c journalResolveCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var entry journal.Entry
	if err := control(e.ctx, dir, "POST", "/journal/resolve", resolution{c.Key, c.Who, c.Why}, &entry); err != nil {
		err = offline(dir, err, func(j *journal.Journal) (err error) {
			entry, err = j.Resolve(loyalty.Key(c.Key), c.Who, c.Why)
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(e.stdout, "%s %s: %s by %s: %s\n", entry.Op.Key, kindInWords(entry.Op.Kind), entry.State, c.Who, c.Why)
	return err
}

// printEntries writes operations for a person, or one JSON object a line.
func printEntries(w io.Writer, entries []journal.Entry, asJSON bool) error {
	const none, head = "Nothing is owed to the central API, and nothing waits for a person.", "KEY\tWHAT\tSTATE\tSINCE\tRECEIPT\tSPEND\tEARN\tTRIES\tWHY"
	return printList(w, entries, asJSON, none, head, func(w io.Writer, e journal.Entry) {
		state := string(e.State)
		if e.NeedsPerson() {
			state += " (needs a person)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", e.Op.Key, kindInWords(e.Op.Kind), state,
			e.Op.At.Local().Format(time.DateTime), e.Op.Sale.Receipt, e.Op.Sale.Spend, e.Op.Sale.Earn, e.Attempts, whyOf(e))
	})
}

// kindInWords says what an operation does, for people; in JSON it keeps its name.
func kindInWords(k loyalty.Kind) string {
	switch k {
	case loyalty.Reserve:
		return "points held"
	case loyalty.Commit:
		return "sale paid"
	case loyalty.Abort:
		return "sale dropped"
	case loyalty.Return:
		return "goods returned"
	case loyalty.Revert:
		return "sale undone"
	}
	return string(k)
}

func whyOf(e journal.Entry) string {
	switch {
	case e.Resolution != nil:
		return e.Resolution.Who + ": " + e.Resolution.Why
	case e.Refusal != nil:
		return e.Refusal.Error()
	}
	return e.LastError
}

// userName is who runs the command line.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
