package central

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Answers as the server gives them.
const (
	sampleApplied = `{"key":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","outcome":{"spent":100,"worth":10000,"earned":45,"customer":{"id":"c000001","name":"Сергей Юрьевич А.","tier":"Серебро","cards":["2900000000018"],"phone":"+79000000001","external_id":"CRM-40000","balance":2216,"version":503,"as_of":"2026-03-01T12:00:00Z"},"version":503}}`
	sampleFound   = `{"customers":[{"id":"c000010","name":"Вера Львовна Ж.","tier":"Базовый","cards":["2900000000100"],"phone":"+79000000010","external_id":"CRM-40009","balance":1200,"expiring":[{"points":300,"at":"2026-03-08T00:00:00Z"}],"version":11,"as_of":"2026-03-01T12:00:00Z"}]}`
	sampleQuote   = `{"customer":"c000001","version":2,"max_spend":500,"max_worth":50000,"limit":"above_share","spend":50,"worth":5000,"earn":47}`
	sampleChanges = `{"customers":[{"id":"c000002","balance":-5,"blocked":true,"version":1302,"as_of":"2026-03-01T12:00:00Z"}],"gone":[{"id":"c000007","version":2604}],"programme":{"name":"Клуб","currency":"RUB","tiers":[{"name":"Базовый","terms":{"point_value":100,"max_share":3000,"min_spend":0,"earn_share":300}}]},"cursor":"AAAAAAAAAAAAAAAAAAAAAA","more":false}`
	sampleLines   = `{"format":"tillgate-snapshot/1","id":"x","count":1,"cursor":"AAAA","programme":{"name":"Клуб","currency":"RUB","tiers":[{"name":"Базовый","terms":{"point_value":100,"max_share":3000,"min_spend":0,"earn_share":300}}]}}
{"id":"c000002","balance":-5,"version":1302,"as_of":"2026-03-01T12:00:00Z"}
`
	sampleProblem = `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"the most is 500 points","reason":"above_share"}`
)

func sound(t *testing.T, c loyalty.Customer) {
	if c.ID == "" || c.Version == 0 || c.AsOf.IsZero() || c.Pending < 0 {
		t.Errorf("taken for a customer: %+v", c)
	}
}

func FuzzApplied(f *testing.F) {
	f.Add([]byte(sampleApplied))
	f.Add([]byte(`{"key":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","outcome":{"version":0}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		op := loyalty.Operation{Key: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", Sale: loyalty.Sale{Customer: "c000001"}}
		out, err := parseApplied(raw, op)
		if err != nil {
			if loyalty.Judge(err) != loyalty.Unknown {
				t.Errorf("%v is %s", err, loyalty.Judge(err))
			}
			return
		}
		if out.Spent < 0 || out.Earned < 0 || out.Restored < 0 || out.Cancelled < 0 || out.Worth < 0 {
			t.Errorf("taken for an outcome: %+v", out)
		}
		if out.Customer != nil {
			if sound(t, *out.Customer); out.Customer.ID != "c000001" {
				t.Errorf("about %s", out.Customer.ID)
			}
		}
	})
}

func FuzzFound(f *testing.F) {
	f.Add([]byte(sampleFound), "2900000000100")
	f.Add([]byte(sampleFound), "2900000000018")
	f.Fuzz(func(t *testing.T, raw []byte, card string) {
		id := loyalty.Ident{Kind: loyalty.ByCard, Value: card}
		found, err := parseFound(raw, id)
		if err == nil && len(found) == 0 {
			t.Error("nobody was found, and no error")
		}
		for _, c := range found {
			if sound(t, c); !claims(c, id) {
				t.Errorf("asked for %q, got %+v", card, c)
			}
		}
	})
}

func FuzzQuote(f *testing.F) {
	f.Add([]byte(sampleQuote))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := parseQuote(raw, loyalty.Sale{Customer: "c000001", Total: 100_000})
		if err == nil && (q.Customer != "c000001" || q.Spend < 0 || q.Spend > q.MaxSpend || q.Worth < 0 || q.Worth > 100_000 || q.Earn < 0) {
			t.Errorf("taken for a quote: %+v", q)
		}
	})
}

func FuzzChanges(f *testing.F) {
	f.Add([]byte(sampleChanges))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ch, err := parseChanges(raw)
		if err != nil {
			return
		}
		if ch.Cursor == "" {
			t.Error("no cursor")
		}
		for _, c := range ch.Customers {
			sound(t, c)
		}
		if ch.Programme != nil && ch.Programme.Validate() != nil {
			t.Errorf("taken for a programme: %+v", ch.Programme)
		}
	})
}

// FuzzSnapshot reads streams, packed by the target as they come from the fuzzer
// or as they are.
func FuzzSnapshot(f *testing.F) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	whole := fmt.Appendf([]byte(sampleLines), "{\"count\":1,\"sha256\":\"%x\"}\n", sha256.Sum256([]byte(sampleLines)))
	f.Add(whole, true)
	f.Add(z.EncodeAll(whole, nil), false)
	f.Fuzz(func(t *testing.T, raw []byte, pack bool) {
		if pack {
			raw = z.EncodeAll(raw, nil)
		}
		s, err := readSnapshot(io.NopCloser(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		defer s.Close()
		for n := 0; ; n++ {
			c, err := s.Next()
			if errors.Is(err, io.EOF) {
				if n != s.Count() {
					t.Errorf("%d customers, %d announced", n, s.Count())
				}
				return
			}
			if err != nil {
				if _, again := s.Next(); again == nil || errors.Is(again, io.EOF) {
					t.Errorf("%v, and then %v", err, again)
				}
				return
			}
			sound(t, c)
		}
	})
}

func FuzzProblem(f *testing.F) {
	f.Add(422, "application/problem+json", "", []byte(sampleProblem))
	f.Add(503, "application/problem+json", "Sun, 01 Mar 2026 12:00:40 GMT", []byte(sampleProblem))
	f.Add(502, "text/html", "5", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, kind, after string, raw []byte) {
		answer := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Retry-After": {after}}}
		err := refusal(answer, raw, true)
		if len(err.Error()) > 1500 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		var u *loyalty.Unavailable
		if errors.As(err, &u) && (u.After < 0 || u.After > time.Hour) {
			t.Errorf("again after %s", u.After)
		}
		switch verdict := loyalty.Judge(err); {
		case verdict == loyalty.Done:
			t.Error("taken for done")
		case verdict == loyalty.Refused && (status < 400 || status > 499):
			t.Errorf("%d is refused", status)
		case verdict == loyalty.Later && status != 401 && status != 403 && status != 407 && status != 429 && status != 503:
			t.Errorf("%d is put off: %v", status, err)
		}
	})
}
