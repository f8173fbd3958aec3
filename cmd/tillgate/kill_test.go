//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

var kills = flag.Int("kills", 50, "how often the kill loop kills the daemon")

// acknowledged is what the daemon said is done, by sale.
type acknowledged map[loyalty.Key]loyalty.Points // points spent in a sale that was paid

// The daemon is killed again and again at random moments while sales are rung
// up. Whatever it had acknowledged is in the central API's ledger in the end,
// once; and nothing else is.
func TestKillLoop(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	acks, err := killLoop(t, x, *kills)
	if err != nil {
		t.Fatal(err)
	}
	x.settle()
	if err := x.conserved(acks); err != nil {
		t.Error(err)
	}
	t.Logf("%d sales were acknowledged over %d kills", len(acks), *kills)
}

// The same loop catches a journal that acknowledges before it has committed:
// without this the loop above would prove nothing.
func TestKillLoopCatchesAcknowledgingFirst(t *testing.T) {
	t.Parallel()
	bin, err := buildBinary("ackfirst")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 10 {
		x := newTill(t)
		x.bin = bin
		acks, err := killLoop(t, x, 10)
		if err != nil {
			t.Logf("round %d: noticed: %v", round, err)
			return
		}
		x.settle()
		if err := x.conserved(acks); err != nil {
			t.Logf("round %d: noticed: %v", round, err)
			return
		}
		x.kill()
	}
	t.Error("a journal that acknowledges before it commits was not noticed")
}

// killLoop rings up sales and kills the daemon n times.
func killLoop(t *testing.T, x *till, n int) (acknowledged, error) {
	acks := acknowledged{}
	sale := 0
	for i := range n {
		x.start()
		after := 20*time.Millisecond + rand.N(400*time.Millisecond)
		died := make(chan struct{})
		var cause error
		go func() {
			defer close(died)
			cause = ringUp(x, acks, &sale)
		}()
		select {
		case <-time.After(after):
		case <-died:
			if cause != nil {
				return nil, fmt.Errorf("kill %d: %w", i, cause)
			}
		}
		x.kill()
		<-died
		if errors.Is(cause, errRefused) {
			return nil, fmt.Errorf("kill %d: %w", i, cause)
		}
	}
	if len(acks) == 0 {
		return nil, errors.New("nothing was acknowledged: the loop proves nothing")
	}
	return acks, nil
}

// ringUp makes sales until the daemon dies. The error is errRefused if the
// daemon refused what it must not refuse, else that of the broken connection.
func ringUp(x *till, acks acknowledged, sale *int) error {
	c, err := connect(x.page)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	for {
		if err := ringUpOne(x, c, acks, sale); err != nil {
			return err
		}
	}
}

// ringUpOne makes one sale that spends, from the scan to "paid"; or finishes
// the one that a kill interrupted.
func ringUpOne(x *till, c *client, acks acknowledged, sale *int) error {
	*sale++
	const spend = 7
	s, err := c.until(func(s checkout.State) bool { return s.Link.Copy > 0 })
	if err != nil {
		return err
	}
	if s.Prompt == nil || s.Prompt.Kind != checkout.AskUnfinished {
		if err := x.scanner.Scan(string(plainCard(*sale))); err != nil {
			return err
		}
		if _, err = c.do(checkout.Command{Do: checkout.SetReceipt, Sale: &checkout.SaleInput{Total: 100_000}}); err != nil {
			return err
		}
		s, err = c.until(func(s checkout.State) bool {
			return s.Prompt != nil && s.Prompt.Kind == checkout.AskSpend && s.Link.Online
		})
		if err != nil {
			return err
		}
		amount := int64(spend)
		if _, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: s.Prompt.ID, Choice: "spend_amount", Amount: &amount}); err != nil {
			return err
		}
	}
	s, err = c.until(func(s checkout.State) bool {
		return s.Prompt != nil && (s.Prompt.Kind == checkout.AskPay || s.Prompt.Kind == checkout.AskUnfinished && has(s.Prompt.Choices, "paid"))
	})
	if err != nil {
		return err
	}
	a, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: s.Prompt.ID, Choice: "paid"})
	if err != nil {
		return err
	}
	if a.Sale == nil {
		return fmt.Errorf("%w: paid was answered without the sale", errRefused)
	}
	acks[a.Sale.Sale] = a.Sale.Spend
	_, err = c.until(func(s checkout.State) bool { return s.Prompt == nil })
	return err
}

func has(choices []checkout.Choice, id string) bool {
	for _, c := range choices {
		if c.ID == id && c.Disabled == "" {
			return true
		}
	}
	return false
}

// until waits for a state, for those who have no *testing.T at hand.
func (c *client) until(ok func(checkout.State) bool) (s checkout.State, err error) {
	err = c.wait(30*time.Second, func() bool { s = c.state(); return ok(s) })
	return s, err
}

// plainCard is the card of the i-th seeded customer who has one and may spend.
func plainCard(i int) card.ID {
	plain := []int{0, 1, 2, 4, 6, 8, 10, 12, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24}
	const every, customers = 25, 500
	return server.EAN((i/len(plain)*every + plain[i%len(plain)]) % customers)
}

// settle starts the daemon once more and waits until it owes nothing.
func (x *till) settle() {
	x.t.Helper()
	x.start()
	c := x.connect()
	s := c.await(x.t, "the copy", func(s checkout.State) bool { return s.Link.Copy > 0 })
	if s.Prompt != nil && s.Prompt.Kind == checkout.AskUnfinished {
		c.choose(x.t, *s.Prompt, "void", 0)
	}
	c.await(x.t, "everything is sent", func(s checkout.State) bool { return s.Journal.Pending == 0 && s.Journal.Unknown == 0 })
}

// conserved compares what was acknowledged with the central API's ledger.
func (x *till) conserved(acks acknowledged) error {
	if err := x.central.Audit(); err != nil {
		return err
	}
	spent := map[loyalty.Key][]loyalty.Points{}
	for i := range 500 {
		id := loyalty.CustomerID(fmt.Sprintf("c%06d", i+1))
		records, err := x.central.Ledger(id)
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.Kind == server.Spent {
				spent[r.Sale] = append(spent[r.Sale], -r.Points)
			}
		}
		holds, err := x.central.Holds(id)
		if err != nil {
			return err
		}
		if len(holds) > 0 {
			return fmt.Errorf("points of %s are still held for a sale that is neither paid nor dropped", id)
		}
	}
	for sale, points := range acks {
		if got := spent[sale]; len(got) != 1 || got[0] != points {
			return fmt.Errorf("sale %s was acknowledged with %d points spent; the ledger has %v", sale, points, got)
		}
	}
	for sale, got := range spent {
		if len(got) > 1 {
			return fmt.Errorf("sale %s was booked %d times", sale, len(got))
		}
	}
	return nil
}
