package maxma_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/sync/maxma/fake"
)

const (
	isJSON = "application/json; charset=utf-8"
	isHTML = "text/html; charset=utf-8"
)

// TestVerdicts is the table of what an answer means for an operation and for a
// question.
func TestVerdicts(t *testing.T) {
	const (
		client = `{"client":{"phoneNumber":"+79000000001","cardString":"0029","bonuses":5,"surprise":1},"bonuses":[],"surprise":{}}`
		back   = `{"confirmation":{"refundId":"R","refundAmount":5,"recoveredBonuses":1,"cancelledBonuses":"2.0"}}`
	)
	o := op(loyalty.Return, sale(loyalty.Customer{ID: "phone:+79000000001"}, 0))
	o.Refund = &loyalty.Refund{Amount: 500}
	on := loyaltytest.On
	loyaltytest.Answers(t, []loyaltytest.Answer{
		on("done", loyaltytest.Reply(200, isJSON, back), loyalty.Done, "", 0, loyalty.Unknown),
		on("done, no kind", loyaltytest.Reply(200, "", back), loyalty.Done, "", 0, loyalty.Unknown),
		on("found", loyaltytest.Reply(200, isJSON, client), loyalty.Unknown, "", 0, loyalty.Done),
		on("somebody else's card", loyaltytest.Reply(200, isJSON, strings.Replace(client, `"0029"`, `"29"`, 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("the integer alone", loyaltytest.Reply(200, isJSON, strings.Replace(client, `"cardString":"0029"`, `"card":29`, 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("no balance", loyaltytest.Reply(200, isJSON, strings.Replace(client, `"bonuses":5,`, "", 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("half a point", loyaltytest.Reply(200, isJSON, strings.Replace(client, `"bonuses":5,`, `"bonuses":5.5,`, 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("negative", loyaltytest.Reply(200, isJSON, strings.Replace(back, ":1,", ":-1,", 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("a figure is missing", loyaltytest.Reply(200, isJSON, strings.Replace(back, `"recoveredBonuses":1,`, "", 1)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("empty", loyaltytest.Reply(200, isJSON, ``), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("null", loyaltytest.Reply(200, isJSON, `null`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("a list", loyaltytest.Reply(200, isJSON, `[]`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("half", loyaltytest.Reply(200, isJSON, back[:30]), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("huge", loyaltytest.Reply(200, isJSON, strings.Repeat(" ", 5<<20)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("portal", loyaltytest.Reply(200, isHTML, `<html>`), loyalty.Unknown, "", 0, loyalty.Later),
		on("redirect", loyaltytest.Reply(302, isHTML, ``, "Location", "http://portal.invalid/"), loyalty.Unknown, "", 0, loyalty.Later),
		on("no error", loyaltytest.Reply(200, isJSON, strings.Replace(back, "{", `{"errorCode":0,`, 1)), loyalty.Done, "", 0, loyalty.Unknown),
		on("refused", loyaltytest.Reply(200, isJSON, `{"errorCode":11,"description":"Вера Жукова"}`), loyalty.Refused, loyalty.AboveSale, 0, loyalty.Refused),
		on("refused, as a string", loyaltytest.Reply(200, isJSON, `{"errorCode":"10"}`), loyalty.Refused, loyalty.ItemNotSold, 0, loyalty.Refused),
		on("a new code", loyaltytest.Reply(200, isJSON, `{"errorCode":77}`), loyalty.Refused, loyalty.BadRequest, 0, loyalty.Refused),
		on("not now", loyaltytest.Reply(200, isJSON, `{"errorCode":49}`), loyalty.Later, "", 0, loyalty.Later),
		on("failed", loyaltytest.Reply(200, isJSON, `{"errorCode":1}`), loyalty.Later, "", 0, loyalty.Later),
		on("a code with a server's error", loyaltytest.Reply(500, isJSON, `{"errorCode":11}`), loyalty.Unknown, "", 0, loyalty.Later),
		on("not found", loyaltytest.Reply(404, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("unauthorized", loyaltytest.Reply(401, isJSON, ``), loyalty.Later, "", 0, loyalty.Later),
		on("forbidden", loyaltytest.Reply(403, isJSON, ``), loyalty.Later, "", 0, loyalty.Later),
		on("a proxy forbids", loyaltytest.Reply(403, isHTML, ``), loyalty.Later, "", 0, loyalty.Later),
		on("limited", loyaltytest.Reply(429, isJSON, ``, "Retry-After", "30"), loyalty.Later, "", 30*time.Second, loyalty.Later),
		on("busy", loyaltytest.Reply(503, isJSON, ``, "Retry-After", "12"), loyalty.Later, "", 12*time.Second, loyalty.Later),
		on("busy until", loyaltytest.Reply(503, isJSON, ``, "Retry-After", "Sun, 01 Mar 2026 12:00:40 GMT", "Date", "Sun, 01 Mar 2026 12:00:00 GMT"), loyalty.Later, "", 40*time.Second, loyalty.Later),
		on("busy for a year", loyaltytest.Reply(503, isJSON, ``, "Retry-After", "31536000"), loyalty.Later, "", time.Hour, loyalty.Later),
		on("busy, who knows how long", loyaltytest.Reply(503, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("broken", loyaltytest.Reply(500, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("bad gateway", loyaltytest.Reply(502, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
	}, func(t testing.TB, rt http.RoundTripper) loyalty.Provider {
		c, err := maxma.New(maxma.Config{URL: "http://maxma.invalid/base/", Key: "k", ShopCode: "7", Transport: rt})
		must(t, err)
		return c
	}, o, loyalty.Ident{Kind: loyalty.ByCard, Value: "0029"}, "0029", "Жукова")
}

func TestRequest(t *testing.T) {
	var seen *http.Request
	var body string
	c, err := maxma.New(maxma.Config{URL: "http://maxma.invalid/base/", Key: "k", ShopCode: "7", Language: "en", Version: "1.2", Transport: loyaltytest.Answering(func(r *http.Request) *http.Response {
		raw, _ := io.ReadAll(r.Body)
		seen, body = r, string(raw)
		return loyaltytest.Reply(500, isHTML, "")(r)
	})})
	must(t, err)
	c.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByCard, Value: "0029"})
	if seen.Method != "POST" || seen.URL.String() != "http://maxma.invalid/base/get-balance" || body != `{"card":"0029"}` {
		t.Errorf("%s %s %s", seen.Method, seen.URL, body)
	}
	h := seen.Header
	if h.Get("X-Processing-Key") != "k" || h.Get("Accept-Language") != "en" || h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "tillgate/1.2" {
		t.Errorf("header: %v", h)
	}
}

func TestNewRefuses(t *testing.T) {
	good := maxma.Config{Key: "k", ShopCode: "7"}
	if _, err := maxma.New(good); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*maxma.Config){
		"must begin with https://": func(c *maxma.Config) { c.URL = "api.maxma.com" },
		"must not have a user":     func(c *maxma.Config) { c.URL = "https://a:b@api.maxma.com" },
		"key is missing":           func(c *maxma.Config) { c.Key = "" },
		"key: has a blank":         func(c *maxma.Config) { c.Key = "a\r\nb" },
		"shop_code is missing":     func(c *maxma.Config) { c.ShopCode = "" },
		`language "fr"`:            func(c *maxma.Config) { c.Language = "fr" },
		"timeout is 301":           func(c *maxma.Config) { c.Timeout = 301 },
		"max_share is -1": func(c *maxma.Config) {
			c.Programme.Tiers = []loyalty.Tier{{Terms: loyalty.Terms{PointValue: 1, MaxShare: -1}}}
		},
		"ca_file: open": func(c *maxma.Config) { c.CAFile = "/nonexistent.pem" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := maxma.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestQuoteThatChanged: MAXMA makes something else of the receipt than the
// customer was told; the draft is dropped and nothing is booked.
func TestQuoteThatChanged(t *testing.T) {
	d := start(t, fake.Options{PointValue: 50})
	c := d.client(t, nil)
	who := d.add(1, 300)
	for _, kind := range []loyalty.Kind{loyalty.Reserve, loyalty.Commit} {
		o := op(kind, sale(who, 100)) // told: 100 points pay 100.00, at MAXMA 50.00
		_, err := c.Apply(t.Context(), o)
		var no *loyalty.Refusal
		if !errors.As(err, &no) || no.Reason != loyalty.QuoteChanged {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if p, _ := d.Find(string(who.Phone)); p.Bonuses != 300 || d.Calls("discard-ticket") != 2 || d.Calls("confirm-ticket") != 0 {
		t.Errorf("%d points, %d dropped, %d confirmed", p.Bonuses, d.Calls("discard-ticket"), d.Calls("confirm-ticket"))
	}
}

// TestPointsSpentElsewhere: without a hold, points of the draft can be gone when
// it is confirmed.
func TestPointsSpentElsewhere(t *testing.T) {
	d := start(t, fake.Options{NoHold: true})
	c := d.client(t, nil)
	who := d.add(1, 100)
	first, second := sale(who, 80), sale(who, 80)
	var tickets []string
	for _, s := range []loyalty.Sale{first, second} {
		out, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
		must(t, err)
		tickets = append(tickets, out.Ticket)
	}
	o := op(loyalty.Commit, first)
	o.Ticket = tickets[0]
	_, err := c.Apply(t.Context(), o)
	must(t, err)
	// The accrual of the first does not make up for it: 20 + 46.
	o = op(loyalty.Commit, second)
	o.Ticket = tickets[1]
	_, err = c.Apply(t.Context(), o)
	var no *loyalty.Refusal
	if !errors.As(err, &no) || no.Reason != loyalty.HoldExpired {
		t.Errorf("%v", err)
	}
	if p, _ := d.Find(string(who.Phone)); p.Bonuses != 66 {
		t.Errorf("%d points", p.Bonuses)
	}
}

// TestDraftExpired: a draft that MAXMA has forgotten is made anew for a receipt
// that is paid.
func TestDraftExpired(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	who := d.add(1, 100)
	s := sale(who, 80)
	out, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
	must(t, err)
	d.Expire()
	o := op(loyalty.Commit, s)
	o.Ticket = out.Ticket
	if out, err = c.Apply(t.Context(), o); err != nil || out.Spent != 80 || out.Earned != 46 {
		t.Errorf("%+v, %v", out, err)
	}
	if p, _ := d.Find(string(who.Phone)); p.Bonuses != 66 {
		t.Errorf("%d points", p.Bonuses)
	}
}
