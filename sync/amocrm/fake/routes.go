package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	on := func(pattern string, f func(w http.ResponseWriter, r *http.Request)) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			f(w, r)
		})
	}
	on("GET /api/v4/customers", s.list)
	on("POST /api/v4/customers", s.addCustomers)
	on("PATCH /api/v4/customers/{id}", s.edit)
	on("POST /api/v4/customers/{id}/link", s.link)
	on("POST /api/v4/contacts", s.addContacts)
	on("GET /api/v4/customers/segments", s.listSegments)
	on("GET /api/v4/customers/{id}", s.one)
	on("POST /api/v4/customers/{id}/bonus_points", s.bonus)
	on("GET /api/v4/customers/{id}/transactions", s.listPurchases)
	on("POST /api/v4/customers/{id}/transactions", s.buy)
	on("GET /api/v4/customers/{id}/transactions/{purchase}", s.onePurchase)
	on("DELETE /api/v4/customers/{id}/transactions/{purchase}", s.erase)
	on("DELETE /api/v4/customers/transactions/{purchase}", s.erase)
	on("GET /api/v4/contacts", s.listContacts)
	on("GET /api/v4/contacts/{id}", s.oneContact)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "Not Found", "Cannot "+r.Method+" this address")
	})
}

func numberOf(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.PathValue(name), 10, 64)
	return n
}

// object is a JSON object.
type object = map[string]any

func (s *Server) customer(x *Customer, with string) object {
	segments := []object{}
	if x.Segment != 0 {
		segments = append(segments, object{"id": x.Segment})
	}
	embedded := object{"segments": segments, "tags": []object{}}
	if strings.Contains(with, "contacts") {
		contacts := []object{}
		for _, id := range slices.Sorted(maps.Keys(s.contacts)) {
			if s.contacts[id].customer == x.ID {
				contacts = append(contacts, object{"id": id, "is_main": len(contacts) == 0})
			}
		}
		embedded["contacts"] = contacts
	}
	bought, sum := 0, int64(0)
	for _, p := range s.purchases {
		if p.Customer == x.ID && !p.Deleted {
			bought++
			sum += p.Price
		}
	}
	o := object{
		"id": x.ID, "name": x.Name, "next_price": 0, "next_date": nil, "responsible_user_id": 504141, "status_id": 0, "periodicity": 0,
		"created_by": 504141, "updated_by": 504141, "created_at": 1593343134, "updated_at": 1593343134, "closest_task_at": nil,
		"is_deleted": x.Deleted, "custom_fields_values": nil, "ltv": sum, "purchases_count": bought, "average_check": sum / int64(max(bought, 1)),
		"account_id": 28805383, "_embedded": embedded,
	}
	if !s.o.HideBalance {
		o["bonus_points"] = x.Points
	}
	var fields []object
	for _, f := range []struct {
		id    int64
		value string
	}{{s.o.BalanceField, strconv.FormatInt(x.Points, 10)}, {s.o.CardField, x.Card}, {s.o.ExternalField, x.ExternalID}} {
		if f.id != 0 && f.value != "" {
			fields = append(fields, object{"field_id": f.id, "field_name": "…", "field_code": nil, "field_type": "text", "values": []object{{"value": f.value}}})
		}
	}
	if fields != nil {
		o["custom_fields_values"] = fields
	}
	return o
}

// collection answers with a page of a list; 204 if it is empty.
func (s *Server) collection(w http.ResponseWriter, r *http.Request, name string, all []object) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if page = max(page, 1); limit <= 0 {
		limit = 50
	}
	limit = min(limit, 250)
	if s.o.FiltersIgnored {
		page, limit = 1, max(len(all), 1)
	}
	from := min((page-1)*limit, len(all))
	to := min(from+limit, len(all))
	if from == to {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	href := func(n int) object {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(n))
		return object{"href": "https://example.amocrm.ru" + r.URL.Path + "?" + q.Encode()}
	}
	links := object{"self": href(page)}
	if to < len(all) {
		links["next"] = href(page + 1)
	}
	hal(w, http.StatusOK, object{"_page": page, "_links": links, "_embedded": object{name: all[from:to]}})
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	var all []object
	for _, id := range slices.Sorted(maps.Keys(s.customers)) {
		if x := s.customers[id]; !x.Deleted && s.finds(x, r.URL.Query().Get("query")) {
			all = append(all, s.customer(x, r.URL.Query().Get("with")))
		}
	}
	s.collection(w, r, "customers", all)
}

func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	x := s.customers[numberOf(r, "id")]
	if x == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	hal(w, http.StatusOK, s.customer(x, r.URL.Query().Get("with")))
}

func (s *Server) listSegments(w http.ResponseWriter, r *http.Request) {
	if s.o.SegmentsOff {
		problem(w, http.StatusUnprocessableEntity, "Unprocessable Entity", "Segments are not enabled")
		return
	}
	var all []object
	for _, x := range s.segments {
		all = append(all, object{"id": x.ID, "name": x.Name, "color": "10599d", "account_id": 28805383,
			"bonus_points_conversion_rate": x.Rate, "bonus_points_max_discount": x.MaxDiscount, "custom_fields_values": nil})
	}
	s.collection(w, r, "segments", all)
}

func digits(text string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text)
}

// finds says that a customer has the text in the name or in a custom field.
func (s *Server) finds(x *Customer, query string) bool {
	return query == "" || s.o.FiltersIgnored || strings.Contains(x.Name, query) || s.o.CardField != 0 && strings.Contains(x.Card, query) ||
		s.o.ExternalField != 0 && strings.Contains(x.ExternalID, query)
}

func (s *Server) contact(id int64, with string) object {
	c := s.contacts[id]
	o := object{"id": id, "name": c.name, "custom_fields_values": []object{{
		"field_id": 3977, "field_name": "Телефон", "field_code": "PHONE", "field_type": "multitext",
		"values": []object{{"value": c.phone, "enum_id": 7215, "enum_code": "WORK"}}}}, "_embedded": object{"tags": []object{}}}
	if strings.Contains(with, "customers") {
		customers := []object{}
		if c.customer != 0 {
			customers = append(customers, object{"id": c.customer})
		}
		o["_embedded"].(object)["customers"] = customers
	}
	return o
}

func (s *Server) listContacts(w http.ResponseWriter, r *http.Request) {
	query := digits(r.URL.Query().Get("query"))
	var all []object
	for _, id := range slices.Sorted(maps.Keys(s.contacts)) {
		if s.o.FiltersIgnored || strings.Contains(digits(s.contacts[id].phone), query) {
			all = append(all, s.contact(id, r.URL.Query().Get("with")))
		}
	}
	s.collection(w, r, "contacts", all)
}

func (s *Server) oneContact(w http.ResponseWriter, r *http.Request) {
	id := numberOf(r, "id")
	if s.contacts[id] == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	hal(w, http.StatusOK, s.contact(id, r.URL.Query().Get("with")))
}

// known is the customer of a call that changes something.
func (s *Server) known(w http.ResponseWriter, r *http.Request) *Customer {
	x := s.customers[numberOf(r, "id")]
	if x == nil || x.Deleted {
		problem(w, http.StatusNotFound, "Not Found", "Customer not found")
		return nil
	}
	return x
}

func (s *Server) bonus(w http.ResponseWriter, r *http.Request) {
	x := s.known(w, r)
	if x == nil {
		return
	}
	var b struct {
		Earn   *int64 `json:"earn"`
		Redeem *int64 `json:"redeem"`
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil || (b.Earn == nil) == (b.Redeem == nil) {
		problem(w, http.StatusBadRequest, "Bad Request", "Exactly one of earn and redeem is expected")
		return
	}
	by := int64(0)
	if b.Earn != nil {
		by = *b.Earn
	} else {
		by = -*b.Redeem
	}
	switch {
	case b.Earn != nil && by <= 0, b.Redeem != nil && by >= 0:
		problem(w, http.StatusBadRequest, "Bad Request", "A positive number is expected")
		return
	case x.Points+by < 0 && by < 0 && !s.o.Overdraft:
		problem(w, http.StatusBadRequest, "Bad Request", "Not enough bonus points")
		return
	}
	s.move(x, by, 0)
	hal(w, http.StatusOK, object{"bonus_points": x.Points})
}

func (s *Server) purchase(p *Purchase) object {
	o := object{"id": p.ID, "price": p.Price, "comment": p.Comment, "completed_at": p.At.Unix(), "customer_id": p.Customer, "created_by": 504141,
		"updated_by": 504141, "created_at": p.At.Unix(), "updated_at": p.At.Unix(), "is_deleted": p.Deleted, "account_id": 28805383,
		"_embedded": object{"customer": object{"id": p.Customer}, "catalog_elements": []object{}}}
	if !s.o.NoMetadata {
		o["metadata"] = object{"external_id": p.ExternalID}
	}
	return o
}

func (s *Server) listPurchases(w http.ResponseWriter, r *http.Request) {
	var all []object
	for _, p := range s.purchases {
		if p.Customer == numberOf(r, "id") && !p.Deleted {
			all = append(all, s.purchase(p))
		}
	}
	s.collection(w, r, "transactions", all)
}

func (s *Server) onePurchase(w http.ResponseWriter, r *http.Request) {
	for _, p := range s.purchases {
		if p.ID == numberOf(r, "purchase") && !p.Deleted {
			hal(w, http.StatusOK, s.purchase(p))
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) buy(w http.ResponseWriter, r *http.Request) {
	x := s.known(w, r)
	if x == nil {
		return
	}
	var in []struct {
		Price       *int64 `json:"price"`
		CompletedAt int64  `json:"completed_at"`
		Comment     string `json:"comment"`
		RequestID   string `json:"request_id"`
		Metadata    struct {
			ExternalID string `json:"external_id"`
		} `json:"metadata"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in) == 0 || len(in) > 250 {
		problem(w, http.StatusBadRequest, "Bad Request", "An array of 1 to 250 is expected")
		return
	}
	for i, b := range in {
		if b.Price == nil || *b.Price < 0 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(object{"title": "Bad Request", "status": 400, "detail": "Request validation failed", "validation-errors": []object{
				{"request_id": cmp.Or(b.RequestID, strconv.Itoa(i)), "errors": []object{{"code": "NotBlank", "path": "price", "detail": "This value should not be blank."}}}}})
			return
		}
	}
	made := []object{}
	for i, b := range in {
		p := &Purchase{ID: s.id(), Customer: x.ID, Price: *b.Price, Comment: b.Comment, ExternalID: b.Metadata.ExternalID, At: time.Now()}
		if b.CompletedAt > 0 {
			p.At = time.Unix(b.CompletedAt, 0)
		}
		if r.URL.Query().Get("accrue_bonus") != "false" {
			p.Accrued = s.accrual(x, p.Price)
		}
		s.purchases = append(s.purchases, p)
		if p.Accrued != 0 {
			s.move(x, p.Accrued, p.ID)
		}
		made = append(made, object{"id": p.ID, "request_id": cmp.Or(b.RequestID, strconv.Itoa(i)),
			"_links": object{"self": object{"href": fmt.Sprintf("https://example.amocrm.ru/api/v4/customers/%d/transactions/%d", x.ID, p.ID)}}})
	}
	name := "transactions"
	if s.o.MadeUnderOther {
		name = "customers"
	}
	hal(w, http.StatusOK, object{"_links": object{"self": object{"href": "https://example.amocrm.ru" + r.URL.Path}}, "_embedded": object{name: made}})
}

// accrual is what the segment gives for a purchase, rounded down.
func (s *Server) accrual(x *Customer, price int64) int64 {
	for _, seg := range s.segments {
		if seg.ID == x.Segment {
			return price * int64(seg.Rate*100) / 10_000
		}
	}
	return 0
}

func (s *Server) erase(w http.ResponseWriter, r *http.Request) {
	for _, p := range s.purchases {
		if p.ID != numberOf(r, "purchase") || p.Deleted {
			continue
		}
		p.Deleted = true
		if x := s.customers[p.Customer]; s.o.DeleteTakesBack && p.Accrued != 0 && x != nil {
			s.move(x, -p.Accrued, p.ID)
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	problem(w, http.StatusNotFound, "Not Found", "Transaction not found")
}
