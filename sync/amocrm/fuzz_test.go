package amocrm

import (
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// FuzzAnswers gives one body to every parser. Whatever it is: no panic, and
// nothing taken that contradicts what a caller relies on.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		// After the published examples of the methods.
		`{"id":134923,"name":"Покупатель","next_price":0,"is_deleted":false,"custom_fields_values":[{"field_id":77,"field_code":null,"values":[{"value":"1500"}]}],"bonus_points":12,"_embedded":{"segments":[{"id":51}],"contacts":[{"id":7,"is_main":true}]}}`,
		`{"id":134923,"_embedded":[]}`,
		`{"_page":1,"_links":{"next":{"href":"https://example.amocrm.ru/api/v4/contacts?page=2"}},"_embedded":{"contacts":[{"id":3,"custom_fields_values":[{"field_code":"PHONE","values":[{"value":"8 921"}]}],"_embedded":{"customers":[{"id":1}]}}]}}`,
		`{"_embedded":{"segments":[{"id":1,"name":"x","bonus_points_conversion_rate":7.5,"bonus_points_max_discount":50}]}}`,
		`{"_embedded":{"transactions":[{"id":1,"comment":"key 0","metadata":{"external_id":"0"}},{"id":2,"metadata":[]}]}}`,
		`{"_embedded":{"customers":[{"id":684,"request_id":"k"}]}}`,
		`{"bonus_points":20}`, `{"bonus_points":"1e999999999"}`, `{"bonus_points":99999999999999999999}`, `null`, `[]`, `<html>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if w, err := parseCustomer(raw, 134923); err == nil {
			if w.ID != 134923 {
				t.Error("another customer")
			}
			for _, field := range []int64{0, 77} {
				Config{BalanceField: field}.balance(w)
			}
		}
		if cs, _, err := parseContacts(raw); err == nil {
			for _, c := range cs {
				c.phones()
			}
		}
		if ss, _, err := parseSegments(raw); err == nil {
			tiers := Config{}.withDefaults().tiers(ss)
			if err := tiers.programme.Validate(); err != nil {
				t.Error(err)
			}
		}
		if ts, _, err := parseTransactions(raw); err == nil {
			for _, x := range ts {
				if x.ID <= 0 {
					t.Error("a purchase without id")
				}
			}
		}
		if id, err := parseMade(raw, "k", 5); err == nil && id <= 0 {
			t.Error("made without id")
		}
		if p, err := parseBalance(raw); err == nil && (p > 1<<50 || p < -1<<50) {
			t.Errorf("balance %d", p)
		}
		a := answer{status: 400, kind: "application/json", body: raw}
		if s := a.words(request{method: "POST"}); len(s) > 2000 {
			t.Errorf("%d bytes of words", len(s))
		}
		a.retryAfter(0)
	})
}

func FuzzTicket(f *testing.F) {
	f.Add(`{"held":100,"transaction":5,"earned":27,"returned":500,"restored":1,"cancelled":2,"end":"dropped"}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, s string) {
		x, err := readTicket(s)
		if err != nil {
			if loyalty.Judge(err) != loyalty.Refused {
				t.Errorf("%v is not final", err)
			}
			return
		}
		if again, err := readTicket(x.String()); err != nil || again != x {
			t.Errorf("%+v comes back as %+v, %v", x, again, err)
		}
	})
}
