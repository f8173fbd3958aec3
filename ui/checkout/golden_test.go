package checkout

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) {
	flag.Parse()
	time.Local = time.UTC
	os.Exit(m.Run())
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// golden compares v with testdata/name.json. Keys are random; all of them
// become one.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(uuid.ReplaceAll(got, []byte("0190f3c2-0000-7000-8000-000000000001")), '\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update and look at the change):\n%s", file, got)
	}
}

// The states as the page and the POS see them: the storybook of the page and
// the examples of the protocol's document.
func TestGoldenStates(t *testing.T) {
	basket := []loyalty.Line{
		{ID: "1", GTIN: "04600000000015", Title: "Хлеб", Qty: 1000, Price: 60_00, Total: 60_00},
		{ID: "2", GTIN: "04600000000022", Title: "Сыр, кг", Qty: 450, Price: 1200_00, Total: 540_00},
		{ID: "3", Title: "Сигареты", Qty: 1000, Price: 200_00, Total: 200_00, NoPoints: true},
	}
	pos := Command{Do: SetReceipt, Sale: &SaleInput{Receipt: "R-17", Total: 800_00, Lines: basket, Cashier: "12"}}
	rich := func(s *stand) {
		expires := time.Now().Add(72 * time.Hour)
		c := anna
		c.Pending, c.Expiring = 30, []loyalty.Expiring{{Points: 120, At: expires}}
		s.enrol(c)
		s.facts.Devices = []driver.Status{{
			Info:  driver.Info{ID: "serial:usb-0c2e-1007-17123B4567", Driver: "serial", Name: "Honeywell Xenon 1950", Mode: "9600 8N1"},
			State: driver.Ready, Since: time.Now().Add(-time.Hour), LastScan: time.Now().Add(-time.Minute), Scans: 42,
		}}
	}
	joins := func(s *stand) { rich(s); registers(s) }
	recalls := func(s *stand) { rich(s); remembers(s) }
	consent := func(s *stand) { s.ok(pos); s.begin(); s.ok(s.name("Ольга Белых")); s.card(newCard) }
	coded := func(s *stand) { rich(s); withCode(s) }
	codes := func(s *stand) { rich(s); withCodes(s) }
	asked := func(s *stand) { s.settle(); s.ok(pos); s.card(anna.Cards[0]); s.settle() }
	both := func(s *stand) {
		asked(s)
		s.enterCode(EnterPromo, "SPRING")
		s.settle()
		s.enterCode(EnterGift, giftNumber)
		s.settle()
		s.settle()
	}
	offline := func(s *stand) {
		rich(s)
		s.programme.online = false
		s.facts.Link = Link{Since: time.Now().Add(-10 * time.Minute), CopyAt: time.Now().Add(-11 * time.Minute), Copy: 500}
	}
	limits := func(s *stand) {
		offline(s)
		s.policy = Limits{Operation: 150_00, TillDay: 5000_00, Age: 24 * time.Hour}.Policy
		s.supervisor = &Supervisor{Above: 50_00}
	}
	spend100 := func(s *stand) {
		s.card(anna.Cards[0])
		s.settle()
		s.ok(pos)
		s.ok(s.choice(SpendAmount, 100))
	}
	unfinished := func(s *stand) {
		spend100(s)
		s.settle()
		s.crash()
		s.settle()
	}
	waiting := func(s *stand) {
		rich(s)
		s.afterwards("R-15", loyalty.Reserve, 200, nil, &loyalty.Refusal{Reason: loyalty.NotEnoughPoints, Detail: "40 are there"})
		s.afterwards("R-16", loyalty.Return, 0, &loyalty.Refund{Amount: 300_00}, &loyalty.Refusal{Reason: loyalty.SaleUnknown})
		s.afterwards("R-17", loyalty.Revert, 0, nil, &loyalty.Doubtful{What: "look whether the bonus points were changed by +50"})
		time.Sleep(time.Minute)
	}
	for _, c := range []struct {
		name   string
		change func(*stand)
		kind   PromptKind
		play   func(*stand)
	}{
		{"state-idle", rich, "", func(s *stand) {}},
		{"state-receipt", rich, "", func(s *stand) { s.ok(pos) }},
		{"state-total", rich, AskTotal, func(s *stand) { s.card(anna.Cards[0]); s.settle() }},
		{"state-spend-from-copy", rich, AskSpend, func(s *stand) {
			time.Sleep(10 * time.Minute)
			s.total(1000_00)
			s.card(anna.Cards[0])
		}},
		{"state-spend", rich, AskSpend, func(s *stand) { s.ok(pos); s.card(anna.Cards[0]); s.settle() }},
		{"state-codes-offered", codes, AskSpend, asked},
		{"state-promo", codes, AskPromo, func(s *stand) { asked(s); s.ok(s.choice(EnterPromo)) }},
		{"state-gift-card", codes, AskGift, func(s *stand) { asked(s); s.ok(s.choice(EnterGift)) }},
		{"state-codes-asked", codes, AskSpend, func(s *stand) { asked(s); s.enterCode(EnterPromo, "SPRING") }},
		{"state-codes", codes, AskSpend, both},
		{"state-codes-refused", codes, AskSpend, func(s *stand) {
			asked(s)
			s.enterCode(EnterPromo, "OLD")
			s.settle()
			s.enterCode(EnterGift, "123")
			s.settle()
			s.settle()
			s.settle()
		}},
		{"state-codes-offline", codes, AskSpend, func(s *stand) { both(s); s.link(false) }},
		{"state-codes-pay", codes, AskPay, func(s *stand) { both(s); s.ok(s.choice(SpendAmount, 50)); s.settle() }},
		{"state-differs", rich, AskDiffers, func(s *stand) {
			s.programme.set(func(p *programme) {
				p.point = 90
				p.quoted = func(q *loyalty.Quote) {
					if q.Spend == 0 {
						q.MaxWorth = loyalty.Money(q.MaxSpend) * 100
					}
				}
			})
			spend100(s)
			s.settle()
			s.settle()
		}},
		{"state-balance-unknown", func(s *stand) { rich(s); c := anna; c.NoBalance, c.Balance = true, 0; s.enrol(c) }, AskSpend, asked},
		{"state-spend-again", rich, AskSpend, func(s *stand) {
			s.ok(pos)
			s.card(anna.Cards[0])
			s.card(anna.Cards[0])
			s.settle()
		}},
		{"state-spend-offline", offline, AskSpend, func(s *stand) {
			time.Sleep(10 * time.Minute)
			s.ok(pos)
			s.card(anna.Cards[0])
		}},
		{"state-spend-limited", limits, AskSpend, func(s *stand) {
			time.Sleep(10 * time.Minute)
			s.ok(pos)
			s.card(anna.Cards[0])
		}},
		{"state-pin", limits, AskPIN, func(s *stand) {
			time.Sleep(10 * time.Minute)
			spend100(s)
		}},
		{"state-spend-refused", func(s *stand) { rich(s); s.programme.refuse = loyalty.NotEnoughPoints }, AskSpend, func(s *stand) {
			spend100(s)
			s.settle()
		}},
		{"state-spend-blocked", rich, AskSpend, func(s *stand) { s.ok(pos); s.card(vera.Cards[0]); s.settle() }},
		{"state-unknown-searching", rich, AskUnknown, func(s *stand) { s.ok(pos); s.card("2900000009998") }},
		{"state-unknown", rich, AskUnknown, func(s *stand) { s.ok(pos); s.card("2900000009998"); s.settle() }},
		{"state-choose", rich, AskChoose, func(s *stand) {
			s.link(false)
			s.ok(pos)
			s.card(twin1.Cards[0])
		}},
		{"state-other", rich, AskOther, func(s *stand) {
			spend100(s)
			s.settle()
			s.card(boris.Cards[0])
			s.settle()
		}},
		{"state-code-sending", coded, AskCode, spend100},
		{"state-code", coded, AskCode, func(s *stand) { spend100(s); s.settle() }},
		{"state-code-wrong", coded, AskCode, func(s *stand) {
			spend100(s)
			s.settle()
			time.Sleep(resendAfter)
			s.ok(s.typed("1"))
		}},
		{"state-code-expired", coded, AskCode, func(s *stand) { spend100(s); s.settle(); time.Sleep(3 * time.Minute); s.settle() }},
		{"state-code-unsent", func(s *stand) { coded(s); s.beside.refuse = &loyalty.Refusal{Reason: loyalty.NoPhone} }, AskCode, func(s *stand) {
			spend100(s)
			s.settle()
		}},
		{"state-code-failed", coded, AskPay, func(s *stand) {
			spend100(s)
			s.settle()
			for range 3 {
				s.ok(s.typed("1"))
			}
		}},
		{"state-unknown-new", func(s *stand) { rich(s); registers(s) }, AskUnknown, func(s *stand) {
			s.ok(pos)
			s.ok(Command{Do: Identify, Phone: newPhone})
			s.settle()
		}},
		{"state-register-name", joins, AskRegister, func(s *stand) { s.ok(pos); s.begin() }},
		{"state-register-consent", joins, AskRegister, consent},
		{"state-register-refused", func(s *stand) { joins(s); s.beside.refuse = &loyalty.Refusal{Reason: loyalty.PhoneTaken} }, AskRegister, func(s *stand) {
			consent(s)
			s.ok(s.choice(Agree))
			s.settle()
		}},
		{"state-register-sent", joins, AskRegister, func(s *stand) { consent(s); s.ok(s.choice(Agree)) }},
		{"state-register-doubt", func(s *stand) { joins(s); s.beside.mute = true }, AskRegister, func(s *stand) {
			consent(s)
			s.ok(s.choice(Agree))
			time.Sleep(6 * time.Second)
			s.settle()
		}},
		{"state-register-code", func(s *stand) { joins(s); s.beside.rules.CodeToRegister = true }, AskCode, func(s *stand) {
			consent(s)
			s.ok(s.choice(Agree))
			s.settle()
		}},
		{"state-registered", joins, AskSpend, func(s *stand) { consent(s); s.ok(s.choice(Agree)); s.settle() }},
		{"state-attach", joins, AskAttach, func(s *stand) { s.offered(true) }},
		{"state-attached", joins, AskSpend, func(s *stand) { s.offered(false); s.ok(s.choice(Attach)); s.settle() }},
		{"state-unknown-offline", joins, AskUnknown, func(s *stand) {
			s.settle()
			s.link(false)
			s.ok(pos)
			s.ok(Command{Do: Identify, Phone: newPhone})
			s.settle()
		}},
		{"state-drafts", joins, "", func(s *stand) {
			s.keepsDraft()
			s.beside.refuse = &loyalty.Refusal{Reason: loyalty.PhoneTaken}
			s.link(true)
			time.Sleep(tick)
			s.settle()
			s.link(false)
			for i, phone := range []string{"8 912 345-67-80", "8 912 345-67-81"} {
				s.ok(Command{Do: Identify, Phone: phone})
				s.settle()
				s.ok(s.choice(ToDraft))
				s.ok(s.name([]string{"Мария", "Пётр Иванович Константинопольский"}[i]))
				s.ok(s.choice(Agree))
			}
		}},
		{"state-history-offered", recalls, AskSpend, func(s *stand) { s.ok(pos); s.card(anna.Cards[0]); s.settle() }},
		{"state-history", recalls, AskSpend, func(s *stand) {
			s.ok(pos)
			s.card(anna.Cards[0])
			s.settle()
			s.ok(Command{Do: AskHistory})
			s.settle()
		}},
		{"state-history-failed", recalls, AskSpend, func(s *stand) {
			s.ok(pos)
			s.card(anna.Cards[0])
			s.settle()
			s.programme.set(func(p *programme) { p.online = false })
			s.ok(Command{Do: AskHistory})
			s.settle()
		}},
		{"state-return", func(s *stand) { rich(s); withCodes(s) }, "", func(s *stand) {
			spend100(s)
			s.settle()
			s.ok(s.choice(TakePaid))
			s.drain()
			s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R-17"}, Items: []ReturnItem{{0, 1000}}})
			s.drain()
			s.ok(Command{Do: OpenReturn, Sale: &SaleInput{Receipt: "R-17"}})
			s.ok(Command{Do: PreviewReturn, Items: []ReturnItem{{1, 450}}})
			s.settle()
		}},
		{"state-return-open", rich, "", func(s *stand) {
			spend100(s)
			s.settle()
			s.ok(s.choice(TakePaid))
			s.drain()
			s.ok(Command{Do: OpenReturn, Sale: &SaleInput{Receipt: "R-17"}})
		}},
		{"state-returned", rich, "", func(s *stand) {
			spend100(s)
			s.settle()
			s.ok(s.choice(TakePaid))
			s.drain()
			s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R-17", Total: 300_00}})
		}},
		{"state-wait", rich, AskWait, spend100},
		{"state-doubt", func(s *stand) { rich(s); s.programme.mute = true }, AskDoubt, func(s *stand) {
			spend100(s)
			time.Sleep(5 * time.Second)
			s.settle()
		}},
		{"state-doubt-not-reached", rich, AskDoubt, func(s *stand) {
			s.programme.set(func(p *programme) { p.online = false })
			spend100(s)
			s.settle()
		}},
		{"state-pay", rich, AskPay, func(s *stand) { spend100(s); s.settle() }},
		{"state-pay-earn-only", rich, AskPay, func(s *stand) {
			s.ok(pos)
			s.card(anna.Cards[0])
			s.settle()
			s.ok(s.choice(SpendNone))
		}},
		{"state-unfinished", rich, AskUnfinished, unfinished},
		{"state-done", rich, "", func(s *stand) { spend100(s); s.settle(); s.ok(s.choice(TakePaid)) }},
		{"state-queued", offline, "", func(s *stand) {
			s.ok(pos)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.ok(s.choice(TakePaid))
		}},
		{"state-undone", rich, "", func(s *stand) {
			spend100(s)
			s.settle()
			s.ok(s.choice(TakePaid))
			s.ok(Command{Do: Undo})
		}},
		{"state-trouble", func(s *stand) {
			offline(s)
			s.facts.Credentials = "401: unknown till"
			s.facts.Devices[0].State = driver.Absent
			s.facts.Devices[0].Since = time.Now()
			s.facts.Devices[0].Reason = "not plugged in"
			key := loyalty.NewKey(time.Now())
			s.ledger.Append(loyalty.Operation{Key: key, Kind: loyalty.Return, Sale: loyalty.Sale{Key: key}}, true)
			s.ledger.Sending(key)
			s.ledger.Settle(key, loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.SaleUnknown})
		}, "", func(s *stand) { time.Sleep(10 * time.Second) }},
		{"state-people", waiting, "", func(s *stand) {}},
		{"state-spend-untaken", waiting, AskSpend, func(s *stand) { s.ok(pos); s.card(anna.Cards[0]); s.settle() }},
		{"state-filling", func(s *stand) {
			rich(s)
			s.facts.Link.Copy, s.facts.Link.CopyAt = 0, time.Time{}
			s.facts.Link.Filling = &Filling{Done: 1200, Of: 100000}
			s.facts.Rebuilt = "checksum of page 12 is wrong"
		}, "", func(s *stand) { time.Sleep(5 * time.Second) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, c.change, func(s *stand) {
				c.play(s)
				s.want(c.kind)
				golden(t, c.name, s.State())
			})
		})
	}
}

// afterwards is an operation of anna's that was promised, and what the programme
// said of it later.
func (s *stand) afterwards(receipt string, k loyalty.Kind, spend loyalty.Points, r *loyalty.Refund, said error) {
	s.Helper()
	now := time.Now()
	sale := loyalty.Sale{Key: loyalty.NewKey(now), Receipt: receipt, Customer: anna.ID, At: now, Total: 800_00, Spend: spend, Worth: loyalty.Money(spend) * 100}
	op := loyalty.Operation{Key: loyalty.NewKey(now), Kind: k, Sale: sale, Refund: r, At: now}
	_, err := s.ledger.Append(op, true)
	if err == nil {
		_, err = s.ledger.Sending(op.Key)
	}
	if err == nil {
		_, err = s.ledger.Settle(op.Key, loyalty.Outcome{}, said)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// The answers to commands, as clients see them.
func TestGoldenAnswers(t *testing.T) {
	scene(t, nil, func(s *stand) {
		put := Command{ID: "1", Do: SetReceipt, Sale: &SaleInput{Receipt: "R-17", Total: 1000_00, Lines: []loyalty.Line{
			{ID: "1", Title: "Хлеб", Qty: 1000, Price: 333_00, Total: 333_00},
			{ID: "2", Title: "Сыр", Qty: 1000, Price: 667_00, Total: 667_00},
		}}}
		golden(t, "command-set-receipt", put)
		golden(t, "answer-set-receipt", s.ok(put))
		s.card(anna.Cards[0])
		s.settle()
		old := s.choice(SpendAll)
		c := s.choice(SpendAmount, 100)
		c.ID = "2"
		golden(t, "command-choose", c)
		golden(t, "answer-choose", s.ok(c))
		old.ID = "3"
		golden(t, "answer-prompt-gone", s.refused(PromptGone, old))
		s.settle()
		c = Command{ID: "4", Do: Paid, Sale: &SaleInput{Receipt: "R-17"}}
		golden(t, "command-paid", c)
		golden(t, "answer-paid", s.ok(c))
		c = Command{ID: "5", Do: ReturnSale, Sale: &SaleInput{Receipt: "R-17", Total: 333_00}}
		golden(t, "command-return", c)
		golden(t, "answer-return", s.ok(c))
		c = Command{ID: "6", Do: Identify, Phone: "8 999 000-00-01"}
		golden(t, "command-identify", c)
		s.ok(c)
	})
}
