package checkout

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// keepsDraft registers somebody while the link is down.
func (s *stand) keepsDraft() {
	s.Helper()
	s.settle()
	s.link(false)
	s.total(1000_00)
	s.ok(Command{Do: Identify, Phone: newPhone})
	s.settle()
	s.want(AskUnknown)
	s.ok(s.choice(ToDraft))
	s.ok(s.name("Ольга Белых"))
	if p := s.want(AskRegister); p.Text == nil || p.Text.Code != SaidDraftHow {
		s.Errorf("%+v: nothing is promised, and the cashier has to know", p.Text)
	}
	s.card(newCard)
	s.ok(s.choice(Agree))
	s.wantNotice(DraftKept)
	s.want("")
	if all := s.State().Drafts; len(all) != 1 || all[0].State != draft.Waiting || all[0].Name != "Ольга Белых" || all[0].Phone != "…89" {
		s.Fatalf("%+v", all)
	}
}

// Kept while offline, there after a crash, sent when the link is back, once.
func TestDraft(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.keepsDraft()
		s.ok(Command{Do: Paid}) // the receipt goes on without a customer
		s.crash()
		s.settle()
		if all := s.State().Drafts; len(all) != 1 || all[0].State != draft.Waiting {
			t.Fatalf("after a crash: %+v", all)
		}
		if len(s.beside.forms) != 0 {
			t.Error("sent while offline")
		}
		s.link(true)
		time.Sleep(tick)
		s.settle()
		all := s.State().Drafts
		if len(all) != 1 || all[0].State != draft.Done || len(s.beside.forms) != 1 || !s.beside.forms[0].Consent || s.beside.forms[0].Card != newCard {
			t.Fatalf("%+v %+v", all, s.beside.forms)
		}
		if p := s.card(newCard); p == nil || p.Customer == nil || p.Customer.Name != "Ольга" {
			t.Errorf("%+v", p)
		}
		s.ok(Command{Do: DropDraft, Draft: string(all[0].ID)})
		s.refused(DraftGone, Command{Do: DropDraft, Draft: string(all[0].ID)})
		s.crash()
		if all := s.State().Drafts; len(all) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

// What the programme refuses stands on the list, with a condition, until a person
// has seen to it.
func TestDraftIsRefused(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.keepsDraft()
		s.beside.refuse = &loyalty.Refusal{Reason: loyalty.PhoneTaken}
		s.link(true)
		time.Sleep(tick)
		s.settle()
		all := s.State().Drafts
		if len(all) != 1 || all[0].State != draft.Refused || all[0].Reason != loyalty.PhoneTaken || !hasCondition(s.State(), DraftsRefused) {
			t.Fatalf("%+v %+v", all, s.State().Conditions)
		}
		s.checkText(&Text{Code: string(all[0].Reason)}, ReasonCode)
		s.ok(Command{Do: DropDraft, Draft: string(all[0].ID)})
		if hasCondition(s.State(), DraftsRefused) {
			t.Error("the condition stays")
		}
	})
}

// The answer is lost, the daemon is killed: the same key, one customer.
func TestDraftAnswerLost(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.keepsDraft()
		s.beside.set(func(x *extras) { x.mute = true })
		s.link(true)
		time.Sleep(tick)
		s.settle()
		if all := s.State().Drafts; all[0].State != draft.Waiting {
			t.Fatalf("%+v", all)
		}
		s.crash()
		s.beside.set(func(x *extras) { x.mute = false })
		time.Sleep(2 * tick)
		s.settle()
		if all := s.State().Drafts; all[0].State != draft.Done || len(s.beside.forms) != 1 {
			t.Errorf("%+v, %d registered", all, len(s.beside.forms))
		}
	})
}

// A programme that wants the phone confirmed gets no customer behind its back.
func TestDraftNeedsACode(t *testing.T) {
	scene(t, func(s *stand) { registers(s); s.beside.rules.CodeToRegister = true }, func(s *stand) {
		s.keepsDraft()
		s.link(true)
		time.Sleep(tick)
		s.settle()
		if all := s.State().Drafts; all[0].State != draft.Refused || all[0].Reason != CodeNeeded || len(s.beside.forms) != 0 {
			t.Errorf("%+v", all)
		}
		s.checkText(&Text{Code: string(CodeNeeded)}, ReasonCode)
	})
}

// A registration that the programme was asked for and did not answer, or could not
// be asked for, can be kept too.
func TestDraftOfADoubt(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.begin()
		s.ok(s.name("Ольга"))
		s.beside.set(func(x *extras) { x.mute = true })
		s.ok(s.choice(Agree))
		time.Sleep(6 * time.Second)
		s.settle()
		s.ok(s.choice(ToDraft))
		s.beside.set(func(x *extras) { x.mute = false })
		time.Sleep(2 * tick)
		s.settle()
		if all := s.State().Drafts; len(all) != 1 || all[0].State != draft.Done || len(s.beside.forms) != 1 {
			t.Errorf("%+v, %d registered", all, len(s.beside.forms))
		}
	})
	scene(t, registers, func(s *stand) {
		s.begin()
		s.ok(s.name("Ольга"))
		s.programme.set(func(p *programme) { p.online = false })
		s.ok(s.choice(Agree))
		s.settle()
		if p := s.want(AskRegister); p.Text.Args["reason"] != string(loyalty.NotReached) {
			t.Errorf("%+v", p.Text)
		}
		s.ok(s.choice(ToDraft))
		s.wantNotice(DraftKept)
		s.ok(Command{Do: Identify, Phone: newPhone})
		s.settle()
		if all := s.State().Drafts; len(all) != 1 {
			t.Errorf("%+v", all)
		}
	})
}

// The same phone again is said so; without a disk nothing is.
func TestDraftTwice(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.keepsDraft()
		s.ok(Command{Do: Identify, Phone: newPhone})
		s.settle()
		s.ok(s.choice(ToDraft))
		s.ok(s.name("Ольга"))
		s.refused(DraftTwice, s.choice(Agree))
		s.want(AskRegister)
	})
}
