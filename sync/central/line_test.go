package central

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

const sampleLine = `{"id":"c000010","name":"Анна К.","tier":"gold","cards":["2900000000100","29"],"phone":"+79161234567","external_id":"CRM-7",` +
	`"blocked":true,"balance":-12,"no_balance":false,"pending":5,"expiring":[{"points":3,"at":"2026-04-01T00:00:00+03:00"},{"at":"2026-05-01T00:00:00Z","points":0}],` +
	`"version":501,"as_of":"2026-03-01T09:00:00.000000005Z"}` + "\n"

func TestQuickCustomer(t *testing.T) {
	for _, line := range []string{sampleLine, `{"id":"a","balance":0,"version":1,"as_of":"2026-03-01T09:00:00Z"}`,
		` { "id" : "a" , "cards" : [ ] , "expiring":[ ], "balance" : 1 , "version" : 1 , "as_of" : "2026-03-01T09:00:00Z" } `} {
		want, err := parseCustomer([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := quickCustomer([]byte(line)); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %+v, want %+v", ok, got, want)
		}
	}
}

// Whatever quickCustomer reads, it reads as encoding/json does.
func FuzzQuickCustomer(f *testing.F) {
	f.Add([]byte(sampleLine))
	for _, line := range []string{
		`{}`, `{"id":"a","balance":1,"version":1,"as_of":"2026-03-01T09:00:00Z","cards":null}`, `{"id":"a\u0031","balance":1}`,
		`{"id":"a","balance":01,"version":1e1,"as_of":"2026-03-01T09:00:00Z"}`, `{"id":"a","id":"b","balance":1,"version":1,"as_of":"2026-03-01T09:00:00Z",}`,
		`{"id":"a","balance":-0,"version":1,"as_of":"2026-03-01T09:00:00Z","cards":["1",]}`, `{"ID":"a","balance":1.5}`, `{"id":"a","balance":1,"version":1,"as_of":"2026-03-01T09:00:00Z"}{}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := quickCustomer(raw)
		if !ok {
			return
		}
		want, err := parseCustomer(raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v (%v), and was read as %+v", raw, want, err, got)
		}
	})
}

func BenchmarkCustomerLine(b *testing.B) {
	c := loyalty.Customer{
		ID: "c000010", Name: "Александра Константинопольская", Tier: "gold", Cards: []card.ID{"2900000000100"}, Phone: "+79161234567", ExternalID: "CRM-7",
		Balance: 1250, Version: 501, AsOf: time.Unix(1_770_000_000, 0).UTC(), Expiring: []loyalty.Expiring{{Points: 100, At: time.Unix(1_780_000_000, 0).UTC()}},
	}
	line, err := json.Marshal(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("quick", func(b *testing.B) {
		for b.Loop() {
			if _, ok := quickCustomer(line); !ok {
				b.Fatal("not read")
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			if _, err := parseCustomer(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}
