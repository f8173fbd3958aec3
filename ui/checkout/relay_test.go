package checkout

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
)

var (
	_ Base             = (*cache.Cache)(nil)
	_ Ledger           = (*journal.Journal)(nil)
	_ Programme        = (*relay.Relay)(nil)
	_ loyalty.Provider = (*programme)(nil)
)

// relayed is a scene with the real relay between the desk and the provider.
func relayed(t *testing.T, f func(s *stand)) {
	t.Helper()
	scene(t, nil, func(s *stand) {
		s.end()
		s.open()
		s.relay = relay.New(relay.Options{Journal: s.ledger.Journal, Provider: s.programme, Cache: s.cache, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(s.ctx)
		done := make(chan error, 1)
		go func() { done <- s.relay.Run(ctx) }()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-s.relay.Changed():
				case <-s.ledger.Changed():
				case <-s.cache.Changed():
				}
				s.factsMu.Lock()
				l := s.relay.Link()
				s.facts.Link.Online, s.facts.Link.Since = l.Online, l.Since
				s.factsMu.Unlock()
				s.Refresh()
			}
		}()
		s.start()
		f(s)
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
	})
}

func TestWithTheRelay(t *testing.T) {
	t.Run("online", func(t *testing.T) {
		relayed(t, func(s *stand) {
			s.spendAfterLookup()
			s.settle()
			s.want(AskPay)
			s.ok(s.choice(TakePaid))
			wait(time.Second)
			if st := s.State(); st.Last.State != "done" || st.Journal.Pending != 0 {
				t.Errorf("%+v %+v", st.Last, st.Journal)
			}
			s.wantConserved()
		})
	})
	t.Run("the link goes down in the middle, and comes back", func(t *testing.T) {
		relayed(t, func(s *stand) {
			s.spendAfterLookup()
			s.settle()
			s.programme.set(func(p *programme) { p.online = false })
			s.ok(s.choice(TakePaid))
			wait(10 * time.Second)
			if st := s.State(); st.Link.Online || st.Last.State == "done" {
				t.Errorf("%+v %+v", st.Link, st.Last)
			}
			s.total(1000_00)
			s.card(boris.Cards[0])
			s.refused(ChoiceDisabled, s.choice(SpendAll))
			s.programme.set(func(p *programme) { p.online = true })
			wait(2 * time.Minute)
			st := s.State()
			if !st.Link.Online || st.Last.State != "done" {
				t.Errorf("%+v %+v", st.Link, st.Last)
			}
			if p := s.want(AskSpend); !p.Customer.Fresh || p.Choices[0].Disabled != "" {
				t.Errorf("the prompt did not notice: %+v %+v", p.Customer, p.Choices[0])
			}
			s.wantConserved()
		})
	})
	t.Run("the answer is lost", func(t *testing.T) {
		relayed(t, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.settle()
			s.programme.set(func(p *programme) { p.mute = true })
			s.ok(s.choice(SpendAmount, 100))
			wait(6 * time.Second)
			s.want(AskDoubt)
			s.programme.set(func(p *programme) { p.mute = false })
			wait(2 * time.Minute) // by itself
			s.want(AskPay)
			s.ok(s.choice(TakePaid))
			wait(time.Minute)
			s.wantWellFormed()
			s.wantConserved()
		})
	})
}

// spendAfterLookup lets the lookup show that the link is up before points are
// spent.
func (s *stand) spendAfterLookup() {
	s.Helper()
	s.total(1000_00)
	s.card(anna.Cards[0])
	s.settle()
	synctest.Wait()
	s.ok(s.choice(SpendAmount, 100))
}
