package main

import (
	"cmp"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// checkCmd validates a configuration and says what would be opened.
type checkCmd struct {
	Sample bool `help:"Print a configuration file with every key explained, and do nothing else."`
}

func (c checkCmd) Run(e *env) error {
	if c.Sample {
		_, err := e.stdout.Write(sample)
		return err
	}
	cfg, err := LoadConfig(e.config)
	if err != nil {
		return err
	}
	drivers, err := cfg.Scanner.drivers()
	if err != nil {
		return err
	}
	var unread unread
	provider, err := cfg.provider(unread.read)
	if err != nil {
		return Mistakes{{File: e.config, Key: "provider", What: err.Error()}}
	}
	if err := unread.others(cfg.cardKeys()); err != nil {
		return Mistakes{{File: e.config, Key: "card", What: err.Error()}}
	}
	if _, err := cfg.decoder(); err != nil {
		return Mistakes{{File: e.config, Key: "card", What: err.Error()}}
	}
	_, err = cfg.Offline.supervisor(cfg.Till.Currency)
	if err := unread.others(err); err != nil {
		return Mistakes{{File: e.config, Key: "offline.pin", What: err.Error()}}
	}
	fmt.Fprintf(e.stdout, "%s is right.\n\n", e.config)
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "till\tshop %s, till %s, %s\n", cfg.Till.Shop, cfg.Till.Till, cfg.Till.Currency)
	fmt.Fprintf(t, "data\t%s\n", cfg.Till.DataDir)
	if d := lookAt(cfg.Till.DataDir); d.Err != nil {
		fmt.Fprintf(t, "\tNOTHING CAN BE WRITTEN THERE: %v\n", d.Err)
		if r := remedy(journal.DiskReason(d.Err)); r != "" {
			fmt.Fprintf(t, "\t%s\n", r)
		}
	}
	switch holder := seal.Find(cfg.Till.DataDir); {
	case holder == "":
		fmt.Fprintf(t, "sealed\tno key here yet: the first start makes one, unless it has the systemd credential %s\n", seal.CredentialName)
	case holder.Advice() == "":
		fmt.Fprintf(t, "sealed\tunder a key held by %s\n", holder)
	default:
		fmt.Fprintf(t, "sealed\tunder a key held by %s: %s\n", holder, holder.Advice())
	}
	fmt.Fprintf(t, "page\thttp://%s/\n", cfg.Page.Listen)
	fmt.Fprintf(t, "provider\t%s\n", cfg.Provider)
	queued := "one by one: this programme takes no batches"
	if _, ok := provider.(loyalty.Batcher); ok {
		queued = fmt.Sprintf("in batches of up to %d", loyalty.MostInBatch)
	}
	fmt.Fprintf(t, "queued\twhat waited for the link is sent %s\n", queued)
	if dated, ok := provider.(loyalty.Dated); ok && !dated.CredentialsEnd().IsZero() {
		fmt.Fprintf(t, "key\tends %s\n", dated.CredentialsEnd().Local().Format(time.DateOnly))
	}
	for _, s := range unread {
		fmt.Fprintf(t, "secret\t%s, which systemd gives the service when it starts: not looked at here\n", s)
	}
	for _, line := range cfg.Offline.loss(cfg.Till.Currency, provider) {
		fmt.Fprintf(t, "offline\t%s\n", line)
	}
	for _, d := range drivers {
		for _, s := range d.Sources() {
			i := s.Info()
			fmt.Fprintf(t, "scanner\t%s: %s\n", i.ID, cmp.Or(i.Mode, "in the mode that the scanner offers"))
		}
	}
	for _, s := range cfg.Card {
		fmt.Fprintf(t, "card\t%s: %s\n", s.Name, s.Kind)
	}
	return t.Flush()
}

// unread are the secrets that only the service can read.
type unread []Secret

// read is Secret.Read that gives something else for a secret of the service: what is
// made with it is looked at, and asks nobody.
func (u *unread) read(s Secret) (string, error) {
	text, err := s.Read()
	if u.others(err) == nil && err != nil {
		return "unread", nil
	}
	return text, err
}

// others are the errors that are not about a secret of the service.
func (u *unread) others(err error) error {
	var others []error
	for _, err := range causes(err) {
		var at *atServiceError
		if errors.As(err, &at) {
			*u = append(*u, at.secret)
		} else {
			others = append(others, err)
		}
	}
	return errors.Join(others...)
}
