//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// At each programme, from the bytes on the scanner's port to its books and back,
// through the page as the cashier uses it: spend with a code where the programme
// wants one, pay, take goods back. The daemon is killed before the answer and while
// the points are held, and the link is cut when the money is taken.
func TestProgrammesOnThePage(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			x := s.open(t)
			if x.cmd == nil {
				x.start()
			}
			before := x.points()
			b := uitest.Open(t, x.page, width, height)
			b.Until(`document.querySelector('.page[data-link="up"]')`)
			again := func() {
				x.kill()
				b.Until(`document.querySelector('.page[data-link="down"]')`)
				x.start()
				b.Until(`document.querySelector('.page[data-link="up"]')`)
			}
			x.usable()
			x.total(100_000)
			x.scan(x.card)
			b.Until(`document.querySelector('[data-kind="spend"]')`)
			again()

			// Nothing was promised yet, so nothing is remembered: the sale begins anew.
			x.usable()
			x.total(100_000)
			x.scan(x.card)
			b.Until(`document.querySelector('[data-kind="spend"]')`)
			b.Click(`[data-choice="spend_amount"]:not([aria-disabled="true"])`)
			b.Keys("1", "0", "0", "\r")
			if x.code != nil {
				b.Until(`document.querySelector('[data-kind="code"] .limit')`)
				b.Armed()
				b.Shot("1-code")
				b.Keys(append(strings.Split(x.code(), ""), "\r")...)
			}
			b.Until(`document.querySelector('[data-kind="pay"]')`)
			b.Shot("2-pay")
			if got := x.points(); got != before-100 && s.name != "central" { // the central API holds them apart
				t.Errorf("%d points while 100 are held, %d before", got, before)
			}
			again()

			b.Until(`document.querySelector('[data-kind="unfinished"]')`)
			b.Shot("3-unfinished")
			x.link.Cut()
			b.Click(`[data-choice="paid"]`)
			b.Until(`!document.querySelector('[data-prompt]')`)
			if err := x.link.Restore(); err != nil {
				t.Fatal(err)
			}
			x.drained()
			if got := x.points(); got <= before-100 || got >= before {
				t.Errorf("%d points after the sale, want %d and what was earned", got, before-100)
			}

			for _, left := range []loyalty.Money{50_000, 0} {
				b.Click(`[data-do="return-last"]`)
				b.Click(`[data-refund] [data-do="return-sum"]`)
				typeIn(b, "500")
				b.Until(`document.querySelector('[data-preview]')`)
				b.Click(`[data-do="return-yes"]`)
				c := x.connect()
				c.await(t, "the return is booked", func(s checkout.State) bool {
					return s.Last != nil && s.Last.Left == left && s.Journal.Pending+s.Journal.Unknown == 0
				})
			}
			b.Shot("4-returned")
			if got := x.points(); got != before {
				t.Errorf("%d points after everything came back, %d before", got, before)
			}
			if err := x.audit(); err != nil {
				t.Error(err)
			}
			if people := x.connect().now().Journal.People; people != 0 {
				t.Errorf("%d operations need a person", people)
			}
		})
	}
}

// usable waits until programme and scanner are there.
func (x *till) usable() {
	x.t.Helper()
	c := x.connect()
	defer c.conn.Close()
	c.await(x.t, "programme and scanner are there", ready)
}
