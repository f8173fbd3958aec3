package maxma

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int64 // in kopecks
		ok   bool
	}{
		{"400", 40_000, true}, {"99.9", 9990, true}, {`"99.9"`, 9990, true}, {"0.01", 1, true}, {"-0.50", -50, true}, {"0", 0, true},
		{"99.900", 9990, true}, {"10.0", 1000, true}, {"0.30000000000000004", 30, true}, {"0.28999999999999998", 29, true},
		{"-99.89999999999999", -9990, true}, {"0.999999", 100, true}, {"46116860184273879.03", 4611686018427387903, true},
		{"0.005", 0, false}, {"0.015", 0, false}, {"1e3", 0, false}, {"", 0, false}, {".5", 0, false}, {"5.", 0, false}, {"+5", 0, false}, {"--5", 0, false},
		{"1 000", 0, false}, {"1,5", 0, false}, {"NaN", 0, false}, {"99999999999999999999", 0, false}, {`"`, 0, false}, {`""`, 0, false}, {"true", 0, false},
	} {
		if got, err := readNumber([]byte(tt.text), 2); got != tt.want && tt.ok || (err == nil) != tt.ok {
			t.Errorf("%s: %d, %v; want %d, %v", tt.text, got, err, tt.want, tt.ok)
		}
	}
	for _, tt := range []struct {
		n    int64
		want string
	}{{0, "0.00"}, {5, "0.05"}, {-5, "-0.05"}, {40_000, "400.00"}, {-12_345, "-123.45"}, {-1 << 63, "-92233720368547758.08"}} {
		if got := string(writeNumber(tt.n, 2)); got != tt.want {
			t.Errorf("%d is written %s, want %s", tt.n, got, tt.want)
		}
	}
	var a struct {
		Points whole
		Price  money
		None   money
	}
	if err := json.Unmarshal([]byte(`{"points":10.0,"price":"250","none":null}`), &a); err != nil || a.Points != 10 || a.Price != 25_000 || a.None != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if err := json.Unmarshal([]byte(`{"points":10.5}`), &a); err == nil {
		t.Error("half a point was taken")
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"400", `"99.9"`, "0.30000000000000004", "-1.995", "1e3", "9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := readNumber([]byte(s), 2)
		if err != nil {
			return
		}
		again, err := readNumber(writeNumber(n, 2), 2)
		if err != nil || again != n {
			t.Errorf("%q is %d, written and read again %d, %v", s, n, again, err)
		}
	})
}

func FuzzTicket(f *testing.F) {
	f.Add("0.100.10000.45.T-000001")
	f.Add("1.0.0.0.a.b.c")
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseTicket(s)
		if !ok {
			return
		}
		if d.spent < 0 || d.worth < 0 || d.earned < 0 || d.n < 0 {
			t.Errorf("%q: %+v", s, d)
		}
		if again, ok := parseTicket(d.String()); !ok || again.String() != d.String() {
			t.Errorf("%q is %+v, again %+v", s, d, again)
		}
	})
}

// Answers as the double gives them.
const (
	sampleBalance = `{"bonuses":[{"amount":300,"expireAt":"2026-03-08T00:00:00+03:00"},{"amount":"40.0"}],"client":{"bonuses":340,"card":446,"cardString":"000000000446","externalId":"crm-1","gender":0,"level":1,"name":"Вера","patronymicName":"Львовна","pendingBonuses":0,"phoneNumber":"79991234567","surname":"Жукова"},"level":{"level":1,"levelSpent":0.00,"name":"Серебро"},"walletsLink":"https://wallet.example/crm-1"}`
	sampleResult  = `{"calculationResult":{"bonuses":{"applied":100,"collected":45,"maxToApply":500},"summary":{"discounts":{"auto":0.00,"bonuses":100.00,"manual":0.00,"offer":0.00,"promocode":0.00,"rounding":0.00},"prepaidAmount":0.00,"totalDiscount":100.00}},"ticket":"T-000001","receiptInfo":[{"type":"divider"}]}`
	sampleHistory = `{"history":[{"at":"2026-03-01T12:00:00Z","amount":-100,"operation":"OPERATION_APPLIED","operationName":"Списание","OPERATION_APPLIED":{"purchaseId":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","executedAt":"2026-03-01T12:00:00Z","totalAmount":1000}},{"at":"2026-03-01T12:00:00Z","amount":5,"operation":"OPERATION_NEW","OPERATION_NEW":[]}],"pagination":{"total":2}}`
)

func FuzzBalance(f *testing.F) {
	f.Add([]byte(sampleBalance), "000000000446")
	f.Add([]byte(sampleBalance), "446")
	f.Fuzz(func(t *testing.T, raw []byte, card string) {
		var a balance
		if card == "" || read("get-balance", raw, &a) != nil {
			return
		}
		c, err := a.customer(key{Card: card})
		if err == nil && (c.ID == "" || len(c.Cards) != 1 || string(c.Cards[0]) != card || c.Pending < 0) {
			t.Errorf("asked for %q, got %+v", card, c)
		}
	})
}

func FuzzResult(f *testing.F) {
	f.Add([]byte(sampleResult))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a struct {
			Result *result `json:"calculationResult"`
		}
		if read("set-purchase", raw, &a) != nil {
			return
		}
		if g, err := a.Result.figures(); err == nil && (g.spent < 0 || g.worth < 0 || g.earned < 0 || g.spent > 0 && g.worth == 0) {
			t.Errorf("%+v", g)
		}
	})
}

func FuzzHistory(f *testing.F) {
	f.Add([]byte(sampleHistory))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a struct {
			History []entry `json:"history"`
		}
		if read("get-bonus-history", raw, &a) != nil {
			return
		}
		for _, e := range a.History {
			switch p := e.points(); e.kind() {
			case loyalty.SpentEvent, loyalty.ExpiredEvent, loyalty.CancelledEvent, loyalty.TakenEvent:
				if p > 0 {
					t.Errorf("%s gives %d", e.Operation, p)
				}
			case loyalty.OtherEvent:
			default:
				if p < 0 {
					t.Errorf("%s takes %d", e.Operation, p)
				}
			}
		}
	})
}

func TestCardIsTheString(t *testing.T) {
	var a balance
	if err := read("get-balance", []byte(sampleBalance), &a); err != nil {
		t.Fatal(err)
	}
	c, err := a.customer(key{Card: "000000000446"})
	if err != nil || c.ID != "phone:+79991234567" || c.Name != "Вера Львовна Ж." || c.Balance != 340 || len(c.Expiring) != 1 || c.Expiring[0].Points != 300 || c.Tier != "Серебро" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, other := range []key{{Card: "446"}, {Card: "0000000000446"}, {Phone: "+79991234568"}, {ExternalID: "crm-2"}} {
		if c, err := a.customer(other); err == nil {
			t.Errorf("asked for another, got %s", c.ID)
		}
	}
}

// TestCodes: every code has a meaning, and every reason is one that the page has
// words for (the reasons are constants of package loyalty).
func TestCodes(t *testing.T) {
	for n, c := range codes {
		err := (&codeError{code: n, method: "set-purchase"}).meaning()
		switch v := loyalty.Judge(err); {
		case c.name == "":
			t.Errorf("%d has no name", n)
		case n == 1 || n == 49:
			if v != loyalty.Later {
				t.Errorf("%d is %s", n, v)
			}
		case v != loyalty.Refused || c.reason == "":
			t.Errorf("%d is %s", n, v)
		}
	}
	if len(codes) != 37 {
		t.Errorf("%d codes", len(codes))
	}
	for _, n := range []int{8, 9, 50, 1000} {
		if err := (&codeError{code: n}).meaning(); loyalty.Judge(err) != loyalty.Refused {
			t.Errorf("%d, which nobody knows: %v", n, err)
		}
	}
}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		name string
		sale loyalty.Sale
		want string
	}{
		{"no lines", loyalty.Sale{Total: 100_000}, "receipt 1.000×1000.00"},
		{"nothing", loyalty.Sale{}, "receipt 1.000×0.00"},
		{"pieces", loyalty.Sale{Total: 50_000, Lines: []loyalty.Line{{SKU: "A", Qty: 2000, Price: 25_000, Total: 50_000}}}, "A 2.000×250.00"},
		{"a discount of the POS", loyalty.Sale{Total: 45_000, Lines: []loyalty.Line{{SKU: "A", Qty: 2000, Price: 25_000, Total: 45_000}}}, "A 2.000×250.00-50.00"},
		{"by weight", loyalty.Sale{Total: 54_000, Lines: []loyalty.Line{{SKU: "A", Qty: 450, Price: 120_000, Total: 54_000}}}, "A 0.450×1200.00"},
		{"by weight, rounded", loyalty.Sale{Total: 5407, Lines: []loyalty.Line{{SKU: "A", Qty: 451, Price: 11_989, Total: 5407}}}, "A 1.000×54.07"},
		{"dearer than its price", loyalty.Sale{Total: 60, Lines: []loyalty.Line{{GTIN: "046", Qty: 1000, Price: 50, Total: 60}}}, "046 1.000×0.60"},
		{"not for points", loyalty.Sale{Total: 300, Lines: []loyalty.Line{{ID: "1", Qty: 1000, Price: 100, Total: 100}, {ID: "2", Qty: 1000, Price: 200, Total: 200, NoPoints: true}}}, "1 1.000×1.00 2 1.000×2.00!"},
		{"a rounded receipt", loyalty.Sale{Total: 290, Lines: []loyalty.Line{{ID: "1", Qty: 1000, Price: 100, Total: 100}, {ID: "2", Qty: 1000, Price: 200, Total: 200, NoPoints: true}}}, "receipt 1.000×0.90 rest 1.000×2.00!"},
		{"a negative line", loyalty.Sale{Total: 50, Lines: []loyalty.Line{{ID: "1", Qty: 1000, Price: 100, Total: 100}, {ID: "2", Qty: 1000, Price: 50, Total: -50}}}, "receipt 1.000×0.50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range rows(tt.sale) {
				s := r.Product.SKU + " " + string(writeNumber(int64(r.Qty), 3)) + "×" + string(writeNumber(int64(r.Product.BlackPrice), 2))
				if r.AutoDiscount != 0 {
					s += "-" + string(writeNumber(int64(r.AutoDiscount), 2))
				}
				if r.NoApply && r.NoCollect && r.NoOffer && r.NoPromocode {
					s += "!"
				}
				got = append(got, s)
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got %s, want %s", g, tt.want)
			}
		})
	}
}

func TestVersionsGrow(t *testing.T) {
	c, err := New(Config{Key: "k", ShopCode: "1"})
	if err != nil {
		t.Fatal(err)
	}
	before := uint64(time.Now().UnixMicro())
	last := c.next()
	for range 10_000 {
		if v := c.next(); v <= last {
			t.Fatalf("%d after %d", v, last)
		} else {
			last = v
		}
	}
	if last < before || last > before+10_000_000 {
		t.Errorf("%d is not a time of now", last)
	}
}
