package main

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/journal/sshsig"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// journalSumCmd is the report of a chain: what its tills exported, added up.
type journalSumCmd struct {
	Files []string `arg:"" help:"Exported JSON files, of any tills and days. Each must be as its till signed it (FILE.sig)."`
}

func (c journalSumCmd) Run(e *env) error {
	tills := map[string]*tillSum{}
	for _, file := range c.Files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		sig, err := os.ReadFile(file + ".sig")
		var who ed25519.PublicKey
		if err == nil {
			who, err = sshsig.Verify(sig, journal.SignaturePurpose, b)
		}
		if err != nil {
			return fmt.Errorf("%s is not as a till signed it: %w", file, err)
		}
		r, err := journal.ReadReport(b)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		name := r.Shop + " / " + r.Till
		if tills[name] == nil {
			tills[name] = &tillSum{name: name, signer: who, closings: map[uint64]bool{}, days: map[string]bool{}}
		}
		if !tills[name].signer.Equal(who) {
			return fmt.Errorf("%s is signed with another key than the files of %s before: compare both with the till's (tillgate journal verify FILE --key)", file, name)
		}
		if err := tills[name].add(r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return printSums(e.stdout, slices.SortedFunc(maps.Values(tills), func(a, b *tillSum) int { return cmp.Compare(a.name, b.name) }))
}

// tillSum is what the files of one till come to.
type tillSum struct {
	name     string
	signer   ed25519.PublicKey
	closings map[uint64]bool
	days     map[string]bool
	currency string
	last     journal.Report // the newest
	spent    loyalty.Points
	discount loyalty.Money
	earned   loyalty.Points
	refused  int
	lost     journal.Loss
	bound    loyalty.Money // of the days that there are files of
}

func (t *tillSum) add(r journal.Report) error {
	if t.closings[r.Closing] {
		return nil // the same file twice
	}
	t.closings[r.Closing] = true
	if t.currency != "" && t.currency != r.Currency {
		return fmt.Errorf("its sums are in %s, those before in %s", r.Currency, t.currency)
	}
	t.currency = r.Currency
	t.spent += r.Spent
	t.discount += r.Discount
	t.earned += r.Earned
	t.refused += r.Refused
	t.lost = t.lost.Plus(r.Lost)
	if !t.days[r.Day] {
		t.days[r.Day] = true
		t.bound += r.LossADay
	}
	if r.Closing >= t.last.Closing {
		t.last = r
	}
	return nil
}

// whole is what is lost: what people have settled, and what waits for them now.
func (t *tillSum) whole() (times int, l journal.Loss) {
	return t.refused + t.last.WaitingRefused, t.lost.Plus(t.last.WaitingLost)
}

func printSums(w io.Writer, tills []*tillSum) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SHOP / TILL\tDAYS\tTO\tSPENT\tDISCOUNT\tEARNED\tREFUSED\tPOINTS LOST\tLOST\tAT MOST\tWAITING")
	all := map[string]*tillSum{} // by currency
	for _, x := range tills {
		times, l := x.whole()
		fmt.Fprintf(t, "%s\t%d\t%s\t%d\t%s\t%d\t%d\t%d\t%s\t%s\t%d\n", x.name, len(x.days), x.last.Day, x.spent, inMoney(x.discount, x.currency), x.earned,
			times, l.Points, inMoney(l.Worth, x.currency), inMoney(x.bound, x.currency), x.last.Waiting)
		a := all[x.currency]
		if a == nil {
			a = &tillSum{currency: x.currency}
			all[x.currency] = a
		}
		a.refused += times
		a.lost = a.lost.Plus(l)
		a.bound += x.bound
		a.last.Waiting += x.last.Waiting
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		a := all[currency]
		if _, err := fmt.Fprintf(w, "\n%d tills. Given to customers and refused, %d times: %d points, worth %s; by the limits of these tills at most %s on their own word in these days. %d operations wait for a person.\n",
			len(tills), a.refused, a.lost.Points, inMoney(a.lost.Worth, currency), inMoney(a.bound, currency), a.last.Waiting); err != nil {
			return err
		}
	}
	return nil
}
