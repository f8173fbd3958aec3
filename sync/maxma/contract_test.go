package maxma_test

import (
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/sync/maxma/fake"
)

var (
	_ loyalty.Provider        = (*maxma.Client)(nil)
	_ loyalty.RuleBook        = (*maxma.Client)(nil)
	_ loyalty.Coder           = (*maxma.Client)(nil)
	_ loyalty.Registrar       = (*maxma.Client)(nil)
	_ loyalty.Wallet          = (*maxma.Client)(nil)
	_ loyalty.GiftCards       = (*maxma.Client)(nil)
	_ loyalty.Historian       = (*maxma.Client)(nil)
	_ loyalty.ReturnPreviewer = (*maxma.Client)(nil)
	_ loyalty.Termed          = (*maxma.Client)(nil)
)

// TestContract holds the client against each way in which MAXMA may behave
// where its documents do not say.
func TestContract(t *testing.T) {
	for name, o := range map[string]fake.Options{
		"as it is":       {},
		"new tickets":    {Repeat: fake.NewTicket},
		"inline refusal": {InlineOver: true},
		"strings":        {Quoted: true},
	} {
		t.Run(name, func(t *testing.T) {
			loyaltytest.Run(t, func(t *testing.T) *loyaltytest.Fixture { return fixture(t, o) })
		})
	}
}

// double is the double behind a real port.
type double struct {
	*fake.Server
	*server.Switch
	url string
}

func start(t testing.TB, o fake.Options) *double {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d := &double{Server: fake.New(o), Switch: server.NewSwitch(l), url: "http://" + l.Addr().String()}
	srv := &http.Server{Handler: d.Server}
	done := make(chan struct{})
	go func() { srv.Serve(d.Switch); close(done) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return d
}

func (d *double) client(t testing.TB, change func(*maxma.Config)) *maxma.Client {
	t.Helper()
	cfg := maxma.Config{URL: d.url, Key: d.Key(), ShopCode: "7", ShopName: "Lenina 5", Transport: &http.Transport{}, HistoryLag: time.Nanosecond}
	if change != nil {
		change(&cfg)
	}
	c, err := maxma.New(cfg)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// add adds the n-th client.
func (d *double) add(n int, balance int64) loyalty.Customer {
	p := fake.Person{Phone: fmt.Sprintf("+7900%07d", n), Card: fmt.Sprintf("00%011d", n), ExternalID: fmt.Sprintf("crm-%d", n),
		Name: "Вера", Patronymic: "Львовна", Surname: "Жукова", Level: "Серебро", Bonuses: balance}
	d.Add(p)
	return loyalty.Customer{ID: loyalty.CustomerID("phone:" + p.Phone), Name: "Вера Львовна Ж.", Tier: p.Level,
		Cards: []card.ID{card.ID(p.Card)}, Phone: card.Phone(p.Phone), ExternalID: p.ExternalID, Balance: loyalty.Points(balance)}
}

// wrongKey spoils the credentials while it is on.
type wrongKey struct {
	http.RoundTripper
	on atomic.Bool
}

func (w *wrongKey) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.on.Load() {
		r = r.Clone(r.Context())
		r.Header.Set("X-Processing-Key", "nobody's")
	}
	return w.RoundTripper.RoundTrip(r)
}

var terms = loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 500}

func fixture(t *testing.T, o fake.Options) *loyaltytest.Fixture {
	d := start(t, o)
	transport := &wrongKey{RoundTripper: &http.Transport{}}
	client := d.client(t, func(cfg *maxma.Config) {
		cfg.Transport = transport
		cfg.Programme = loyalty.Programme{Currency: "RUB", Tiers: []loyalty.Tier{{Terms: terms}}}
	})
	made := 0
	fault := func(f fake.Fault) func(*testing.T) func() {
		return func(t *testing.T) func() {
			d.Faults.Set(f)
			return func() {
				if d.Faults.Hits() == 0 {
					t.Errorf("fault %s never struck", f.Kind)
				}
				d.Faults.Clear()
			}
		}
	}
	return &loyaltytest.Fixture{
		Provider: client,
		Shop:     "7",
		Till:     "2",
		Idents:   []loyalty.IdentKind{loyalty.ByCard, loyalty.ByPhone, loyalty.ByExternalID, loyalty.ByCustomer},
		Can: []loyaltytest.Ability{loyaltytest.Balances, loyaltytest.Holding, loyaltytest.SpendingLate, loyaltytest.Remembering, loyaltytest.Debts,
			loyaltytest.Returning, loyaltytest.Reverting, loyaltytest.Blocking},
		Terms: terms,
		NewCustomer: func(t *testing.T, balance loyalty.Points) loyalty.Customer {
			made++
			return d.add(made, int64(balance))
		},
		Block: func(t *testing.T, id loyalty.CustomerID) { d.Suspend(string(id[len("phone:"):]), true) },
		Faults: map[loyaltytest.Fault]func(*testing.T) func(){
			loyaltytest.Down: func(t *testing.T) func() {
				d.Cut()
				return func() { must(t, d.Restore()) }
			},
			// The last call of a sale; what is lost before it, nothing was booked by.
			loyaltytest.LostAnswer: fault(fake.Fault{Kind: fake.LostAnswer, Method: "confirm-ticket"}),
			loyaltytest.ForeignOK:  fault(fake.Fault{Kind: fake.Portal, Method: "confirm-ticket"}),
			loyaltytest.ForeignBad: fault(fake.Fault{Kind: fake.BadGateway, Method: "confirm-ticket"}),
			loyaltytest.NotNow:     fault(fake.Fault{Kind: fake.Busy, For: 7 * time.Second}),
			loyaltytest.Silent:     fault(fake.Fault{Kind: fake.Slow, For: time.Hour}),
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
