package fake

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
)

// contact is a person with a phone; most belong to a customer.
type contact struct {
	name, phone string
	customer    int64 // 0: nobody's
}

// written is a contact or a customer as it is sent.
type written struct {
	Name      string `json:"name"`
	RequestID string `json:"request_id"`
	Fields    []struct {
		ID     int64  `json:"field_id"`
		Code   string `json:"field_code"`
		Values []struct {
			Value string `json:"value"`
		} `json:"values"`
	} `json:"custom_fields_values"`
	Embedded struct {
		Segments []struct {
			ID int64 `json:"id"`
		} `json:"segments"`
	} `json:"_embedded"`
}

// into writes the custom fields that are known; false if there is another.
func (s *Server) into(x *Customer, in written) bool {
	for _, f := range in.Fields {
		switch {
		case len(f.Values) != 1 || f.ID == 0:
			return false
		case f.ID == s.o.CardField:
			x.Card = f.Values[0].Value
		case f.ID == s.o.ExternalField:
			x.ExternalID = f.Values[0].Value
		default:
			return false
		}
	}
	return true
}

// batch reads an array of entries that are to be made.
func (s *Server) batch(w http.ResponseWriter, r *http.Request) []written {
	var in []written
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in) == 0 || len(in) > 250 {
		problem(w, http.StatusBadRequest, "Bad Request", "An array of 1 to 250 is expected")
		return nil
	}
	return in
}

func (s *Server) addContacts(w http.ResponseWriter, r *http.Request) {
	in := s.batch(w, r)
	if in == nil {
		return
	}
	made := []object{}
	for i, x := range in {
		c := &contact{name: x.Name}
		for _, f := range x.Fields {
			if f.Code == "PHONE" && len(f.Values) > 0 {
				c.phone = f.Values[0].Value
			}
		}
		id := s.id()
		s.contacts[id] = c
		made = append(made, object{"id": id, "request_id": cmp.Or(x.RequestID, strconv.Itoa(i))})
	}
	hal(w, http.StatusOK, object{"_embedded": object{"contacts": made}})
}

func (s *Server) addCustomers(w http.ResponseWriter, r *http.Request) {
	in := s.batch(w, r)
	if in == nil {
		return
	}
	made := []object{}
	for i, x := range in {
		c := &Customer{ID: s.id(), Name: x.Name}
		if len(x.Embedded.Segments) > 0 {
			c.Segment = x.Embedded.Segments[0].ID
		}
		if !s.into(c, x) {
			problem(w, http.StatusBadRequest, "Bad Request", "Unknown custom field")
			return
		}
		s.customers[c.ID] = c
		made = append(made, object{"id": c.ID, "request_id": cmp.Or(x.RequestID, strconv.Itoa(i))})
	}
	hal(w, http.StatusOK, object{"_embedded": object{"customers": made}})
}

func (s *Server) edit(w http.ResponseWriter, r *http.Request) {
	x := s.known(w, r)
	if x == nil {
		return
	}
	var in written
	if json.NewDecoder(r.Body).Decode(&in) != nil || !s.into(x, in) {
		problem(w, http.StatusBadRequest, "Bad Request", "Unknown custom field")
		return
	}
	x.Name = cmp.Or(in.Name, x.Name)
	hal(w, http.StatusOK, object{"id": x.ID})
}

// link links a customer with a contact.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	x := s.known(w, r)
	if x == nil {
		return
	}
	var in []struct {
		ID   int64  `json:"to_entity_id"`
		Type string `json:"to_entity_type"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || len(in) != 1 || in[0].Type != "contacts" || s.contacts[in[0].ID] == nil {
		problem(w, http.StatusBadRequest, "Bad Request", "No such contact")
		return
	}
	c := s.contacts[in[0].ID]
	c.customer, x.Phone = x.ID, c.phone
	hal(w, http.StatusOK, object{"_embedded": object{"links": []object{{"entity_id": x.ID, "entity_type": "customers", "to_entity_id": in[0].ID, "to_entity_type": "contacts"}}}})
}
