package fake

import (
	"fmt"
	"slices"
	"time"
)

// Person is a client. One of phone, card and external id is there.
type Person struct {
	Phone, Card, ExternalID   string
	Name, Patronymic, Surname string
	Level                     string
	Bonuses, Pending          int64
	Suspended                 bool
	Expiring                  []Expiring
}

// Expiring is a part of the points that is lost at a time.
type Expiring struct {
	Points int64
	At     time.Time
}

type person struct {
	Person
	ledger []object
	sales  []*sale
}

type who struct {
	Phone      string `json:"phoneNumber"`
	Card       string `json:"card"`
	ExternalID string `json:"externalId"`
}

// Add adds a client, or takes the place of the one with the same phone, card or
// external id; the ledger begins anew.
func (s *Server) Add(p Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = slices.DeleteFunc(s.people, func(o *person) bool {
		return o.Phone != "" && o.Phone == p.Phone || o.Card != "" && o.Card == p.Card || o.ExternalID != "" && o.ExternalID == p.ExternalID
	})
	s.people = append(s.people, &person{Person: p})
}

// Suspend suspends the client of a phone, or lets it go on.
func (s *Server) Suspend(phone string, suspended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find(who{Phone: phone}); p != nil {
		p.Suspended = suspended
	}
}

// Find is the client of a phone.
func (s *Server) Find(phone string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find(who{Phone: phone}); p != nil {
		return p.Person, true
	}
	return Person{}, false
}

func (s *Server) find(w who) *person {
	for _, p := range s.people {
		if w.Phone != "" && w.Phone == p.Phone || w.Card != "" && w.Card == p.Card || w.ExternalID != "" && w.ExternalID == p.ExternalID {
			return p
		}
	}
	return nil
}

// client is who is asked for, with the error if that is nobody or suspended.
func (s *Server) client(w who) (*person, no) {
	switch p := s.find(w); {
	case w == who{}:
		return nil, 2
	case p == nil:
		return nil, 3
	case p.Suspended:
		return nil, 4
	default:
		return p, 0
	}
}

func (s *Server) getBalance(body []byte) (object, no) {
	var ask who
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	p, e := s.client(ask)
	if e > 0 {
		return nil, e
	}
	return s.balance(p), 0
}

func (s *Server) balance(p *person) object {
	lossy := 0
	fmt.Sscan(p.Card, &lossy)
	client := object{
		"phoneNumber": p.Phone, "cardString": p.Card, "card": lossy, "externalId": p.ExternalID,
		"name": p.Name, "patronymicName": p.Patronymic, "surname": p.Surname,
		"bonuses": s.points(p.Bonuses), "pendingBonuses": s.points(p.Pending), "level": 1, "gender": 0,
	}
	parts := []object{}
	rest := p.Bonuses
	for _, x := range p.Expiring {
		n := min(x.Points, max(rest, 0))
		rest -= n
		if n > 0 {
			parts = append(parts, object{"amount": s.points(n), "expireAt": x.At.Format(time.RFC3339)})
		}
	}
	parts = append(parts, object{"amount": s.points(rest)})
	a := object{"client": client, "bonuses": parts, "walletsLink": "https://wallet.example/" + p.ExternalID}
	if p.Level != "" {
		a["level"] = object{"level": 1, "name": p.Level, "levelSpent": s.money(0)}
	}
	return a
}

type details struct {
	who
	Name    *string `json:"name"`
	Surname *string `json:"surname"`
}

// taken is the error if another client has one of the identities.
func (s *Server) taken(d details, but *person) no {
	for _, x := range []struct {
		w who
		e no
	}{{who{Phone: d.Phone}, 24}, {who{Card: d.Card}, 25}, {who{ExternalID: d.ExternalID}, 30}} {
		if p := s.find(x.w); p != nil && p != but {
			return x.e
		}
	}
	return 0
}

func (s *Server) newClient(body []byte) (object, no) {
	var ask struct {
		Client *details `json:"client"`
	}
	if e := parse(body, &ask); e > 0 || ask.Client == nil {
		return nil, 2
	}
	if len(ask.Client.Phone) < 9 || ask.Client.Phone[0] != '+' {
		return nil, 20
	}
	if e := s.taken(*ask.Client, nil); e > 0 {
		return nil, e
	}
	p := &person{}
	p.take(*ask.Client)
	s.people = append(s.people, p)
	return s.balance(p), 0
}

func (s *Server) updateClient(body []byte) (object, no) {
	var ask struct {
		who
		Client *details `json:"client"`
	}
	if e := parse(body, &ask); e > 0 || ask.Client == nil {
		return nil, 2
	}
	p, e := s.client(ask.who)
	if e > 0 {
		return nil, e
	}
	if e := s.taken(*ask.Client, p); e > 0 {
		return nil, e
	}
	p.take(*ask.Client)
	return s.balance(p), 0
}

func (p *person) take(d details) {
	for _, x := range []struct {
		to   *string
		from string
	}{{&p.Phone, d.Phone}, {&p.Card, d.Card}, {&p.ExternalID, d.ExternalID}} {
		if x.from != "" {
			*x.to = x.from
		}
	}
	if d.Name != nil {
		p.Name = *d.Name
	}
	if d.Surname != nil {
		p.Surname = *d.Surname
	}
}

// SetCodes says where a code is needed.
func (s *Server) SetCodes(toSpend, toRegister bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.CodeToSpend, s.o.CodeToRegister = toSpend, toRegister
}

func (s *Server) getSettings([]byte) (object, no) {
	return object{
		"phoneVerification": s.o.CodeToRegister, "bonusApplyingConfirmation": s.o.CodeToSpend,
		"clientFieldCardRequired": false, "clientFieldSurname": false, "clientFieldPatronymic": false, "clientFieldChildren": false,
		"clientExtraFields": []object{}, "extraProperties": object{},
	}, 0
}

func (s *Server) sendCode(body []byte) (object, no) {
	var ask struct {
		who
		To string `json:"to"`
	}
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	to := ask.To
	if to == "" {
		p, e := s.client(ask.who)
		if e > 0 {
			return nil, e
		}
		if to = p.Phone; to == "" {
			return nil, 29
		}
	}
	now := s.o.Now()
	if last, ok := s.codes[to]; ok && now.Sub(last) < s.o.CodeEvery {
		return nil, 28
	}
	s.codes[to] = now
	code := fmt.Sprintf("%03d", (len(s.sent)*37+int(now.UnixNano()/1000))%1000)
	s.sent = append(s.sent, code)
	return object{"code": code, "msgid": fmt.Sprint(len(s.sent)), "channel": "sms", "expiresAt": now.Add(5 * time.Minute).Format(time.RFC3339)}, 0
}
