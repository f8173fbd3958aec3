package central_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
)

var (
	_ loyalty.Provider = (*central.Client)(nil)
	_ loyalty.Feed     = (*central.Client)(nil)
	_ loyalty.Awaiter  = (*central.Client)(nil)
	_ loyalty.Batcher  = (*central.Client)(nil)
)

func TestContract(t *testing.T) { loyaltytest.Run(t, fixture) }

// wrongToken spoils the credentials while it is on.
type wrongToken struct {
	http.RoundTripper
	on atomic.Bool
}

func (w *wrongToken) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.on.Load() {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer nobody's")
	}
	return w.RoundTripper.RoundTrip(r)
}

// fixture is the client, connected to the real server.
func fixture(t *testing.T) *loyaltytest.Fixture {
	c := centraltest.Start(t, server.Options{NoSync: true})
	token, err := c.Grant("7", "2")
	if err != nil {
		t.Fatal(err)
	}
	transport := &wrongToken{RoundTripper: &http.Transport{}}
	client, err := central.New(central.Config{URL: c.URL, Token: token, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	made := 0
	fault := func(f server.Fault) func(*testing.T) func() {
		return func(t *testing.T) func() {
			c.Faults.Set(f)
			return func() {
				if c.Faults.Hits() == 0 {
					t.Errorf("fault %s never struck", f.Kind)
				}
				c.Faults.Clear()
			}
		}
	}
	return &loyaltytest.Fixture{
		Provider: client,
		Shop:     "7",
		Till:     "2",
		Idents:   []loyalty.IdentKind{loyalty.ByCard, loyalty.ByPhone, loyalty.ByExternalID, loyalty.ByCustomer},
		Can: []loyaltytest.Ability{loyaltytest.Balances, loyaltytest.Versions, loyaltytest.Holding, loyaltytest.SpendingLate, loyaltytest.Remembering,
			loyaltytest.ByOperation, loyaltytest.Returning, loyaltytest.Reverting, loyaltytest.Blocking, loyaltytest.Rejudging, loyaltytest.OpenBlocked,
			loyaltytest.Feeding, loyaltytest.Batching},
		Terms: server.DefaultProgramme().TermsFor("Серебро"),
		NewCustomer: func(t *testing.T, balance loyalty.Points) loyalty.Customer {
			t.Helper()
			made++
			x := loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprintf("x%d", made)), Name: fmt.Sprintf("Покупатель %d", made), Tier: "Серебро",
				Cards: []card.ID{server.EAN(made)}, Phone: card.Phone(fmt.Sprintf("+7900%07d", made)), ExternalID: fmt.Sprintf("crm-%d", made), Balance: balance}
			must(t, c.Upsert(x))
			return x
		},
		Block: func(t *testing.T, id loyalty.CustomerID) {
			t.Helper()
			x, err := c.Customer(id)
			must(t, err)
			x.Blocked = true
			must(t, c.Upsert(x))
		},
		Remove: func(t *testing.T, id loyalty.CustomerID) {
			t.Helper()
			must(t, c.Remove(id))
		},
		Faults: map[loyaltytest.Fault]func(*testing.T) func(){
			loyaltytest.Down: func(t *testing.T) func() {
				c.Switch.Cut()
				return func() { must(t, c.Switch.Restore()) }
			},
			loyaltytest.LostAnswer: fault(server.Fault{Kind: server.LostAnswer}),
			loyaltytest.ForeignOK:  fault(server.Fault{Kind: server.PortalDone}),
			loyaltytest.ForeignBad: fault(server.Fault{Kind: server.BadGateway}),
			loyaltytest.NotNow:     fault(server.Fault{Kind: server.Busy, For: 7 * time.Second}),
			loyaltytest.Silent:     fault(server.Fault{Kind: server.Delayed, For: time.Hour}),
			loyaltytest.BadToken: func(*testing.T) func() {
				transport.on.Store(true)
				return func() { transport.on.Store(false) }
			},
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
