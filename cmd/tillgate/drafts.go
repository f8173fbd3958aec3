package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
	"github.com/tillgate/tillgate/ui/checkout"
)

// draftsCmd shows registrations that could not be made at once, and takes them off
// the list. Nothing was promised with one: there is nothing to settle.
type draftsCmd struct {
	List draftsListCmd `cmd:"" default:"withargs" help:"Registrations that wait for the programme, were made since, or were refused."`
	Drop draftsDropCmd `cmd:"" help:"Take one off the list: it is not sent any more, or somebody has seen to it."`
}

type draftsListCmd struct {
	JSON bool   `name:"json" help:"One JSON object per line."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c draftsListCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var all []checkout.Draft
	if err := control(e.ctx, dir, "GET", "/drafts", nil, &all); err != nil {
		err = offlineDrafts(dir, err, func(l *draft.List) error {
			for _, x := range l.All() {
				all = append(all, checkout.DraftOf(x))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return printDrafts(e.stdout, all, c.JSON)
}

type draftsDropCmd struct {
	ID   string `arg:"" help:"The draft's id, from the list."`
	Data string `placeholder:"DIR" help:"The data folder, instead of the configuration's."`
}

func (c draftsDropCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	if err := control(e.ctx, dir, "POST", "/drafts/drop", c.ID, nil); err != nil {
		err = offlineDrafts(dir, err, func(l *draft.List) error { return l.Remove(loyalty.Key(c.ID)) })
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(e.stdout, "%s is off the list.\n", c.ID)
	return err
}

// offlineDrafts opens the list of a till whose daemon does not run. The journal's
// lock keeps a daemon from starting meanwhile.
func offlineDrafts(dir string, cause error, do func(*draft.List) error) error {
	return offline(dir, cause, func(*journal.Journal) error {
		key, _, err := seal.Load(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		list, damage, err := draft.Open(filepath.Join(dir, "drafts"), key)
		if err = cmp.Or(err, damage); err != nil {
			return err
		}
		return do(list)
	})
}

// dropDraft is drop of a running daemon: the screens see it.
func (g *gateway) dropDraft(ctx context.Context, id string) error {
	a := g.desk.Do(ctx, checkout.Command{ID: string(loyalty.NewKey(time.Now())), Client: "command line", Do: checkout.DropDraft, Draft: id})
	switch {
	case a.OK:
		return nil
	case a.Error.Code == checkout.DraftGone:
		return draft.ErrNone
	}
	return errors.New(a.Error.Code)
}

// printDrafts writes drafts for a person, or one JSON object a line.
func printDrafts(w io.Writer, all []checkout.Draft, asJSON bool) error {
	return printList(w, all, asJSON, "No registration waits.", "ID\tSTATE\tSINCE\tNAME\tPHONE\tCARD\tWHY", func(w io.Writer, x checkout.Draft) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.State, x.At.Local().Format(time.DateTime), x.Name, x.Phone, x.Card, x.Reason)
	})
}
