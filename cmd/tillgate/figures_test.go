//go:build linux

package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui/checkout"
)

var figures = flag.Bool("figures", false, "measure sales over slow links and print the table of the README")

// Whoever is in the copy is shown without a word from the programme: here it never
// answers.
func TestNobodyWaitsForTheProgramme(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			x := s.open(t)
			if x.cmd == nil {
				x.start()
			}
			x.measure(t, x.connect()) // the customer comes into the copy
			asked := make(chan struct{}, 64)
			x.gate.hold(func(r *http.Request) bool {
				if !background(r) {
					asked <- struct{}{}
				}
				return false
			})
			defer x.gate.hold(nil)
			c := x.connect()
			x.pause()
			c.total(t, 100_000)
			x.scan(x.card)
			p := c.awaitPrompt(t, checkout.AskSpend)
			if p.Customer.Fresh || p.Customer.Balance == 0 || p.Quote.MaxSpend == 0 {
				t.Errorf("%+v, %+v: want the copy's word", p.Customer, p.Quote)
			}
			<-asked // it was asked for a fresher one meanwhile, and has not answered
		})
	}
}

// TestFigures measures what the programmes cost a sale:
//
//	go test ./cmd/tillgate -run TestFigures -figures
func TestFigures(t *testing.T) {
	if !*figures {
		t.Skip("takes minutes: -figures")
	}
	var table strings.Builder
	table.WriteString("| programme | round trip | scan to customer | points held | paid | booked | calls: sale | return |\n|---|--:|--:|--:|--:|--:|---|---|\n")
	for _, s := range shops {
		for _, ms := range []int{0, 50, 300} {
			t.Run(fmt.Sprintf("%s/%dms", s.name, ms), func(t *testing.T) {
				x := s.open(t)
				x.kill()
				slow := slowLink(t, x.link.Addr().String(), time.Duration(ms)*time.Millisecond)
				config, err := os.ReadFile(x.config)
				if err != nil {
					t.Fatal(err)
				}
				x.write(strings.Replace(string(config), x.link.Addr().String(), slow, 1))
				x.start()
				c := x.connect()
				x.measure(t, c) // the first makes connections and fills the copy
				var all []taken
				for range 5 {
					x.pause()
					all = append(all, x.measure(t, c))
				}
				fmt.Fprintf(&table, "| %s | %d ms | %d ms | %d ms | %d ms | %d ms | %s | %s |\n", s.name, ms,
					median(all, func(x taken) time.Duration { return x.shown }), median(all, func(x taken) time.Duration { return x.held }),
					median(all, func(x taken) time.Duration { return x.paid }), median(all, func(x taken) time.Duration { return x.booked }),
					all[0].sale, all[0].back)
			})
		}
	}
	fmt.Print(table.String())
}

// taken is how long the steps of a sale took, and which calls it made.
type taken struct {
	shown, held, paid, booked time.Duration
	sale, back                string
}

func median(all []taken, of func(taken) time.Duration) int64 {
	var ds []time.Duration
	for _, x := range all {
		ds = append(ds, of(x))
	}
	slices.Sort(ds)
	return ds[len(ds)/2].Milliseconds()
}

// pause is until the same card counts as shown again.
func (x *till) pause() { time.Sleep(1300 * time.Millisecond) }

// measure makes a sale that spends 10 points, and takes all of it back.
func (x *shop) measure(t *testing.T, c *client) (m taken) {
	t.Helper()
	c.await(t, "programme and scanner are there", ready)
	x.gate.arm(0, false, nil)
	c.total(t, 100_000)
	at := time.Now()
	lap := func() (d time.Duration) { d, at = time.Since(at), time.Now(); return d }
	x.scan(x.card)
	p := c.awaitPrompt(t, checkout.AskSpend)
	m.shown = lap()
	c.await(t, "a fresh balance", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Customer != nil && s.Prompt.Customer.Fresh
	})
	p = c.awaitPrompt(t, checkout.AskSpend)
	lap()
	c.choose(t, p, checkout.SpendAmount, 10)
	s := c.await(t, "points are held", func(s checkout.State) bool {
		return s.Prompt != nil && (s.Prompt.Kind == checkout.AskPay || s.Prompt.Code != nil)
	})
	if s.Prompt.Kind == checkout.AskCode {
		c.mustDo(t, checkout.Command{Do: checkout.Choose, Prompt: s.Prompt.ID, Choice: checkout.TypeCode, Code: x.code()})
	}
	p = c.awaitPrompt(t, checkout.AskPay)
	m.held = lap()
	c.choose(t, p, checkout.TakePaid, 0)
	m.paid = lap()
	s = c.await(t, "booked", func(s checkout.State) bool { return s.Prompt == nil && s.Journal.Pending+s.Journal.Unknown == 0 })
	m.booked = lap()
	m.sale = counted(x.gate.seen())
	x.gate.arm(0, false, nil)
	c.mustDo(t, checkout.Command{Do: checkout.ReturnSale, Sale: &checkout.SaleInput{Sale: s.Last.Sale, Total: 100_000}})
	c.await(t, "returned", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 0 })
	m.back = counted(x.gate.seen())
	return m
}

// counted are calls by what they ask, in the order of the first of each.
func counted(calls []string) string {
	var order []string
	n := map[string]int{}
	for _, c := range calls {
		_, path, _ := strings.Cut(c, " ")
		parts := strings.Split(strings.Trim(path, "/"), "/")
		what := parts[len(parts)-1]
		if len(parts) > 1 && (len(what) > 30 || strings.Trim(what, "0123456789") == "") {
			what = strings.ToLower(c[:strings.Index(c, " ")]) + " " + parts[len(parts)-2]
		}
		if n[what]++; n[what] == 1 {
			order = append(order, what)
		}
	}
	for i, what := range order {
		if n[what] > 1 {
			order[i] = fmt.Sprintf("%d × %s", n[what], what)
		}
	}
	return fmt.Sprintf("%d: %s", len(calls), strings.Join(order, ", "))
}
