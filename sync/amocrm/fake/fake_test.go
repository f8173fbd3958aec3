package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(s *Server, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://example.amocrm.ru"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// What the documents of amoCRM promise of each call.
func TestAnswers(t *testing.T) {
	s := New(Options{Rate: -1, Token: "t"})
	s.Seed(120, 1)
	s.Add(Customer{ID: 7, Name: "Анна", Points: 100, Phone: "+7 921 555-00-01", Segment: 103})
	for _, tt := range []struct {
		method, path, body string
		status             int
		kind, has          string
	}{
		{"GET", "/api/v4/customers/7", "", 200, "application/hal+json", `"bonus_points":100`},
		{"GET", "/api/v4/customers/8", "", 204, "", ""},
		{"GET", "/api/v4/customers?page=2&limit=50", "", 200, "application/hal+json", `page=3`},
		{"GET", "/api/v4/customers?page=9", "", 204, "", ""},
		{"GET", "/api/v4/customers/segments", "", 200, "application/hal+json", `"bonus_points_conversion_rate":7.5`},
		{"GET", "/api/v4/contacts?query=9215550001&with=customers", "", 200, "application/hal+json", `"customers":[{"id":7}]`},
		{"GET", "/api/v4/contacts?query=4955551234", "", 204, "", ""},
		{"POST", "/api/v4/customers/7/bonus_points", `{"earn":5,"redeem":5}`, 400, "application/problem+json", "Exactly one"},
		{"POST", "/api/v4/customers/7/bonus_points", `{"redeem":101}`, 400, "application/problem+json", "Not enough"},
		{"POST", "/api/v4/customers/7/bonus_points", `{"redeem":-1}`, 400, "application/problem+json", "positive"},
		{"POST", "/api/v4/customers/7/bonus_points", `{"redeem":40}`, 200, "application/hal+json", `{"bonus_points":60}`},
		{"POST", "/api/v4/customers/8/bonus_points", `{"earn":40}`, 404, "application/problem+json", ""},
		{"POST", "/api/v4/customers/7/transactions", `[{"comment":"x"}]`, 400, "application/problem+json", "validation-errors"},
		{"POST", "/api/v4/customers/7/transactions", `[{"price":1000,"request_id":"k"}]`, 200, "application/hal+json", `"request_id":"k"`},
		{"POST", "/api/v4/customers/7/transactions?accrue_bonus=false", `[{"price":1000}]`, 200, "application/hal+json", `"transactions"`},
		{"GET", "/api/v4/customers/7", "", 200, "application/hal+json", `"bonus_points":135`},
		{"PATCH", "/api/v4/leads/7", `{}`, 404, "application/problem+json", ""},
	} {
		w := ask(s, tt.method, tt.path, tt.body)
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		if w.Code != tt.status || kind != tt.kind || !strings.Contains(w.Body.String(), tt.has) || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s %s %s: %d %s %s", tt.method, tt.path, tt.body, w.Code, kind, w.Body)
		}
	}
	p := s.Purchases(7)[0]
	if w := ask(s, "DELETE", "/api/v4/customers/7/transactions/"+itoa(p.ID), ""); w.Code != 204 {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
	if w := ask(s, "DELETE", "/api/v4/customers/transactions/"+itoa(p.ID), ""); w.Code != 404 {
		t.Errorf("delete again: %d %s", w.Code, w.Body)
	}
	if x, _ := s.Customer(7); x.Points != 135 {
		t.Errorf("%d points: a deletion took the accrual along", x.Points)
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// More than seven a second are turned away with a page, whoever asks.
func TestRate(t *testing.T) {
	s := New(Options{})
	refused := 0
	for range 20 {
		if w := ask(s, "GET", "/api/v4/customers/7", ""); w.Code == http.StatusTooManyRequests {
			refused++
			if b, _ := io.ReadAll(w.Body); !strings.HasPrefix(string(b), "<html>") {
				t.Fatalf("%s", b)
			}
		}
	}
	if refused < 5 || refused > 13 {
		t.Errorf("%d of 20 turned away", refused)
	}
}

func TestControl(t *testing.T) {
	s := New(Options{Rate: -1})
	post := func(form string) int {
		r := httptest.NewRequest("POST", "/fake/fault", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Control().ServeHTTP(w, r)
		return w.Code
	}
	for form, want := range map[string]int{"fault=nonsense": 400, "fault=wait&seconds=-1": 400, "fault=wait::1&seconds=7": 200, "fault=wait:x:0": 400} {
		if got := post(form); got != want {
			t.Errorf("%s: %d, want %d", form, got, want)
		}
	}
	s.SetFault(Fault{})
	post("fault=wait:customers:1&seconds=7")
	if w := ask(s, "GET", "/api/v4/customers/7", ""); w.Code != 429 || !strings.Contains(w.Body.String(), `"retry_after":7`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(s, "GET", "/api/v4/customers/7", ""); w.Code != 204 {
		t.Errorf("after it: %d", w.Code)
	}
}
