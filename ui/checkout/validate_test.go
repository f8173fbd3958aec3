package checkout

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 201)
	for _, c := range []struct {
		in     string
		code   string
		detail any
	}{
		{`{"id":"1","do":"paid"}`, "", nil},
		{`{"id":"1","do":"choose","prompt":"a-1.0","choice":"spend_amount","amount":100}`, "", nil},
		{`{"do":"set_receipt","sale":{"receipt":"R1","total":0}}`, "", nil},
		{`{"do":"set_receipt","sale":{"total":300,"lines":[{"id":"1","total":100},{"id":"2","total":200}]}}`, "", nil},
		{`{"do":"identify","phone":"8 999 000-00-01"}`, "", nil},
		{`{"do":"return","sale":{"receipt":"R1","total":5}}`, "", nil},
		{`null`, BadCommand, "do"},
		{`{"do":"sing"}`, BadCommand, "do"},
		{`{"do":"choose","choice":"paid"}`, BadCommand, "prompt, choice"},
		{`{"do":"choose","prompt":"1","choice":"spend_amount","amount":1.5}`, BadCommand, "json"},
		{`{"do":"choose","prompt":"1","choice":"spend_amount","amount":99999999999999999999}`, BadCommand, "json"},
		{`{"do":"set_receipt"}`, BadCommand, "sale"},
		{`{"do":"set_receipt","sale":{"total":-1}}`, BadCommand, "sale.total"},
		{`{"do":"set_receipt","sale":{"total":1000000000001}}`, BadCommand, "sale.total"},
		{`{"do":"set_receipt","sale":{"total":100.5}}`, BadCommand, "json"},
		{`{"do":"set_receipt","sale":{"total":1,"lines":[{"id":"1","total":2}]}}`, BadLines, nil},
		{`{"do":"set_receipt","sale":{"total":1,"lines":[{"id":"1","total":2},{"id":"2","total":-1}]}}`, BadCommand, "sale.lines"},
		{`{"do":"identify"}`, BadCommand, "phone or card"},
		{`{"do":"identify","phone":"1","card":"2"}`, BadCommand, "phone or card"},
		{`{"do":"return","sale":{"total":5}}`, BadCommand, "sale: sale or receipt"},
		{`{"do":"return","sale":{"total":5,"receipt":"R1","sale":"k"}}`, BadCommand, "sale: sale or receipt"},
		{`{"do":"identify","card":"2\u001b[2J"}`, BadCommand, "card"},
		{`{"do":"paid","id":"` + long + `"}`, BadCommand, "id"},
		{`{"do":"paid","sale":{"receipt":"a\u0000"}}`, BadCommand, "sale"},
	} {
		_, err := parse([]byte(c.in))
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %+v", c.in, err)
		case c.code != "" && (err == nil || err.Code != c.code || c.detail != nil && err.Args["detail"] != c.detail):
			t.Errorf("%s: %+v, want %s %v", c.in, err, c.code, c.detail)
		}
	}
}

// parse reads a command as the server does.
func parse(data []byte) (Command, *Text) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return c, text(BadCommand, "detail", "json")
	}
	return c, c.Validate()
}

func FuzzCommand(f *testing.F) {
	files, err := filepath.Glob("testdata/command-*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"do":"identify","card":"\u001d]Q1"}`))
	f.Add([]byte("{\"id\":\"\xff\",\"do\":\"paid\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, bad := parse(data)
		if bad != nil {
			if bad.Code != BadCommand && bad.Code != BadLines {
				t.Errorf("refused as %q", bad.Code)
			}
			return
		}
		if bad := c.Validate(); bad != nil {
			t.Errorf("accepted, then refused: %+v", bad)
		}
		if s := c.Sale; s != nil && (s.Total < 0 || s.Total > MaxTotal) {
			t.Errorf("total %d", s.Total)
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, bad := parse(again); bad != nil {
			t.Errorf("%s became %s: %+v", data, again, bad)
		}
		// Whatever is accepted can be quoted and spread without trouble.
		if s := c.Sale; s != nil {
			terms := loyalty.Terms{PointValue: 100, MaxShare: 10_000}
			q := terms.Quote(loyalty.Sale{Total: s.Total, Lines: s.Lines, Spend: 1 << 40}, 1<<40)
			if len(s.Lines) > 0 && c.Do == SetReceipt {
				var sum loyalty.Money
				for _, d := range loyalty.Spread(q.Worth, s.Lines) {
					sum += d
				}
				if sum != q.Worth {
					t.Errorf("discounts of %d add up to %d", q.Worth, sum)
				}
			}
		}
	})
}
