package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// another is a second till of the same chain, with a link and a scanner of its own.
func (x *till) another() *till {
	x.t.Helper()
	y := bareTill(x.t)
	y.central = x.central
	var err error
	if y.token, err = x.central.Grant("1", "2"); err != nil {
		x.t.Fatal(err)
	}
	y.secrets.add(y.token)
	y.secrets.central(y.central)
	y.serve(x.faults)
	y.write(strings.Replace(y.defaultConfig(), "till = \"1\"", "till = \"2\"", 1))
	return y
}

// closed closes the day of a till that is stopped, as the till does by itself
// tomorrow, and gives the exported JSON file.
func (x *till) closed() string {
	x.t.Helper()
	cfg, err := ParseConfig(x.config, []byte(slurp(x.t, x.config)))
	if err != nil {
		x.t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(cfg.Till.DataDir, "journal.db"), journal.Options{})
	if err != nil {
		x.t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.Tidy(time.Now().AddDate(0, 0, 1), cfg.keeping()); err != nil {
		x.t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(cfg.Till.DataDir, "export", "*.json"))
	if len(files) != 1 {
		x.t.Fatalf("exported: %v", files)
	}
	return files[0]
}

// Two tills without a link give the same points away. When they are back, one is
// booked and the other refused: it is on that till's page with its sum and what to
// do, at the customer's balance, and in the report of the till and of the chain,
// beside the bound.
func TestSamePointsAtTwoTills(t *testing.T) {
	x := newTill(t)
	y := x.another()
	for _, z := range []*till{x, y} {
		config := slurp(t, z.config)
		z.write(strings.Replace(config, "[[scanner.serial]]", limitedConfig, 1) + "[decode]\nrepeat_ms = 0\n")
	}
	who, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.central.Adjust(customer1, 250-who.Balance); err != nil {
		t.Fatal(err)
	}
	clients := map[*till]*client{}
	for _, z := range []*till{x, y} {
		z.start()
		z.filled()
		c := z.connect()
		clients[z] = c
		z.offline(c)
		c.total(t, 100_000)
		z.scan(card1)
		p := c.awaitPrompt(t, checkout.AskSpend)
		if p.Quote.MaxSpend != 250 {
			t.Fatalf("up to %d points, want 250", p.Quote.MaxSpend)
		}
		c.choose(t, p, "spend_amount", 200)
		c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	}
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	if err := y.link.Restore(); err != nil {
		t.Fatal(err)
	}
	s := clients[y].await(t, "the other till's is refused", func(s checkout.State) bool {
		return s.Link.Online && s.Journal == checkout.Journal{People: 1, Lost: 200, LostWorth: 200_00}
	})
	if m := s.People; len(m) != 1 || !m[0].Lost || m[0].What != loyalty.Reserve || m[0].Reason != loyalty.NotEnoughPoints || m[0].Points != 200 || m[0].Worth != 200_00 || m[0].Customer == "" {
		t.Errorf("on the list: %+v", m)
	}
	if s := clients[x].now(); s.Journal.People != 0 || len(s.People) != 0 {
		t.Errorf("at the first till: %+v", s.People)
	}

	// On the page, in both languages, and at the balance of the customer.
	clients[y].total(t, 100_000)
	y.scan(card1)
	for lang, want := range map[string][]string{
		"ru": {"Дано и не списано: 200 баллов на 200,00 ₽", "дано 200 баллов, центр их не списал", "Центр отказал: Больше баллов у покупателя нет.", "спишите баллы в программе вручную", "journal resolve " + string(s.People[0].Key)},
		"en": {"Given and not taken: 200 points, worth ₽200.00", "200 points given, central did not take them", "take the points off in the programme by hand", "journal resolve " + string(s.People[0].Key)},
	} {
		b := uitest.Open(t, y.page+"?lang="+lang, width, height)
		b.Until(`document.querySelector('[data-kind="spend"]') && document.querySelector('.untaken') && document.querySelector('[data-matter="reserve"]')`)
		b.Shot("1-balance-" + lang)
		text := b.Text()
		b.Click(`[data-do="people"]`)
		b.Until(`document.querySelector('.matters code')`)
		b.Shot("2-list-" + lang)
		text = strings.ReplaceAll(text+b.Text(), "\u00a0", " ")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not on the page:\n%s", lang, w, text)
			}
		}
	}
	now, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	clients[y].await(t, "the balance is the central API's", func(s checkout.State) bool {
		c := s.Prompt.Customer
		return c != nil && c.Balance == now.Balance && c.Spendable == now.Balance && len(c.Untaken) == 1 && c.Untaken[0].Points == 200
	})

	// In the reports.
	contains := func(what, text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", what, w, text)
			}
		}
	}
	out, _, _ := y.tillgate("journal")
	contains("the journal", out, "not_enough_points", "refused, 1 times: 200 points, worth 200.00 RUB", "At most 3000 RUB a day can be lost so at this till, 150000 RUB at all 50 tills")
	check, _, _ := y.tillgate("check")
	contains("check", check, "at most 3000 RUB a day can be lost at this till", "at most 150000 RUB a day at all 50 tills")
	x.stop()
	y.stop()
	files := []string{x.closed(), y.closed()}
	contains("the second till's export", slurp(t, files[1]), `"waiting": {`, `"points_refused": 200`, `"discount_refused": 20000`, `"loss_limit_a_day": 300000`)
	table := slurp(t, strings.TrimSuffix(files[1], "json")+"csv")
	contains("its table", table, "total,", `waiting for a person,"1 operations, 1 refused"`, ",200,200.00,")
	sum, stderr, code := x.tillgate(append([]string{"journal", "sum"}, files...)...)
	if code != exitOK {
		t.Fatal(stderr)
	}
	contains("the chain's report", sum, "2 tills. Given to customers and refused, 1 times: 200 points, worth 200.00 RUB; by the limits of these tills at most 6000.00 RUB")

	// Settled, it leaves the page; what was lost stays in the report.
	y.start()
	c := y.connect()
	if _, stderr, code := y.tillgate("journal", "resolve", string(s.People[0].Key), "--why", "written off"); code != exitOK {
		t.Fatal(stderr)
	}
	c.await(t, "nothing waits", func(s checkout.State) bool {
		return s.Journal == checkout.Journal{} && len(s.People) == 0 && !hasCondition(s, checkout.JournalRefused)
	})
	if n, points := x.spent(customer1); n != 1 || points != 200 {
		t.Errorf("%d redemptions of %d points, want 1 of 200", n, points)
	}
	x.audit()
}

func slurp(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
