package amocrm_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
)

const silver = 51

// account is the double on a real port, with a client at it.
func account(t *testing.T, o fake.Options, set func(*amocrm.Config)) (*fake.Server, *amocrm.Client, *httptest.Server) {
	t.Helper()
	if o.Rate == 0 {
		o.Rate = -1
	}
	s := fake.New(o)
	s.AddSegment(fake.Segment{ID: silver, Name: "Серебро", Rate: 3, MaxDiscount: 50})
	s.AddSegment(fake.Segment{ID: 52, Name: "Золото", Rate: 7.5, MaxDiscount: 90})
	h := httptest.NewServer(s)
	cfg := amocrm.Config{URL: h.URL, Token: "t", Quiet: time.Millisecond, Transport: &http.Transport{}, PartialReturns: amocrm.PartialCompensate}
	if o.Token != "" {
		cfg.Token = o.Token
	}
	if set != nil {
		set(&cfg)
	}
	c, err := amocrm.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.Unlimited()
	t.Cleanup(func() { c.Close(); h.CloseClientConnections(); h.Close() })
	return s, c, h
}

func TestContract(t *testing.T) {
	for name, x := range map[string]struct {
		o   fake.Options
		set func(*amocrm.Config)
	}{
		"as it is documented": {},
		"the other way round": {
			fake.Options{HideBalance: true, BalanceField: 77, DeleteTakesBack: true, MadeUnderOther: true, NoMetadata: true},
			func(c *amocrm.Config) { c.BalanceField, c.DeleteTakesBack = 77, true },
		},
	} {
		t.Run(name, func(t *testing.T) {
			loyaltytest.Run(t, func(t *testing.T) *loyaltytest.Fixture { return fixture(t, x.o, x.set) })
		})
	}
}

func fixture(t *testing.T, o fake.Options, set func(*amocrm.Config)) *loyaltytest.Fixture {
	const least = 10
	s, c, h := account(t, o, func(cfg *amocrm.Config) {
		cfg.Segments = []amocrm.Segment{{ID: silver, MinSpend: least}}
		if set != nil {
			set(cfg)
		}
	})
	made := 0
	fault := func(f fake.Fault) func(*testing.T) func() {
		return func(t *testing.T) func() {
			s.SetFault(f)
			return func() {
				if s.Hits() == 0 {
					t.Errorf("fault %s never struck", f.Kind)
				}
				s.SetFault(fake.Fault{})
			}
		}
	}
	return &loyaltytest.Fixture{
		Provider: c, Shop: "7", Till: "2",
		Idents: []loyalty.IdentKind{loyalty.ByCard, loyalty.ByPhone, loyalty.ByCustomer},
		Can: []loyaltytest.Ability{loyaltytest.Balances, loyaltytest.Holding, loyaltytest.Finding, loyaltytest.ByOperation,
			loyaltytest.Returning, loyaltytest.Reverting},
		Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 300, MinSpend: least},
		NewCustomer: func(t *testing.T, balance loyalty.Points) loyalty.Customer {
			made++
			id := strconv.Itoa(1000 + made)
			x := s.Add(fake.Customer{ID: int64(1000 + made), Name: "Покупатель " + id, Phone: "8 (921) 555-" + id[:2] + "-" + id[2:], Points: int64(balance), Segment: silver})
			return loyalty.Customer{ID: loyalty.CustomerID(id), Name: x.Name, Tier: "Серебро", Cards: []card.ID{card.ID(id)},
				Phone: card.Phone("+7921555" + id), Balance: balance}
		},
		Faults: map[loyaltytest.Fault]func(*testing.T) func(){
			loyaltytest.Down: func(t *testing.T) func() {
				s.SetFault(fake.Fault{})
				addr := h.Listener.Addr().String()
				h.CloseClientConnections()
				h.Listener.Close()
				return func() {
					h = restart(t, s, addr)
				}
			},
			loyaltytest.LostAnswer: fault(fake.Fault{Kind: fake.LostAnswer}),
			loyaltytest.ForeignOK:  fault(fake.Fault{Kind: fake.Portal}),
			loyaltytest.ForeignBad: fault(fake.Fault{Kind: fake.Gateway}),
			loyaltytest.NotNow:     fault(fake.Fault{Kind: fake.Wait, For: 7 * time.Second}),
			loyaltytest.Silent:     fault(fake.Fault{Kind: fake.Slow, For: time.Hour}),
			loyaltytest.BadToken:   fault(fake.Fault{Kind: fake.Revoked}),
		},
	}
}

// restart listens again where the double was.
func restart(t *testing.T, s *fake.Server, addr string) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(s)
	h.Listener.Close()
	h.Listener = l
	h.Start()
	t.Cleanup(h.Close)
	return h
}
