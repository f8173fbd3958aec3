package checkout

import (
	"testing"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func subject(c loyalty.Customer) *Subject {
	id := byCard("2900000000018")
	return &Subject{Ident: id, Seen: id, Customer: &c}
}

// What is asked, by the situation alone.
func TestRules(t *testing.T) {
	known := Receipt{Known: true, Total: 1000_00}
	who, other, nobody := subject(anna), subject(boris), &Subject{Ident: byCard("1")}
	rivals := &Subject{Ident: byCard("2"), Rivals: []loyalty.Customer{twin1, twin2}}
	deal := func(st Stage) *Deal { return &Deal{Stage: st, Sale: loyalty.Sale{Total: 1000_00}} }
	held := func(st Stage, js journal.State, unfinished bool) *Deal {
		d := deal(st)
		d.Reserve, d.Unfinished = &journal.Entry{State: js}, unfinished
		return d
	}
	for _, c := range []struct {
		name string
		s    Situation
		want PromptKind
		text string
	}{
		{"nothing", Situation{}, "", ""},
		{"a receipt alone", Situation{Receipt: known}, "", ""},
		{"a customer alone", Situation{Who: who}, AskTotal, ""},
		{"customer and receipt", Situation{Who: who, Receipt: known}, AskSpend, ""},
		{"a receipt of zero is a receipt", Situation{Who: who, Receipt: Receipt{Known: true}}, AskSpend, ""},
		{"nobody, offline", Situation{Who: nobody}, AskUnknown, SaidNotInCopy},
		{"nobody, online", Situation{Who: nobody, Online: true}, AskUnknown, ""},
		{"several", Situation{Who: rivals, Receipt: known}, AskChoose, ""},
		{"asked", Situation{Who: who, Receipt: known, Deal: held(Asked, journal.Unknown, false)}, AskWait, ""},
		{"no answer", Situation{Who: who, Receipt: known, Deal: held(Doubted, journal.Unknown, false)}, AskDoubt, SaidNoAnswer},
		{"not reached", Situation{Who: who, Receipt: known, Deal: held(Doubted, journal.Pending, false)}, AskDoubt, SaidNotReached},
		{"held", Situation{Who: who, Receipt: known, Deal: held(Ready, journal.Done, false)}, AskPay, ""},
		{"earning only", Situation{Who: who, Receipt: known, Deal: deal(Ready)}, AskPay, ""},
		{"another, held", Situation{Who: who, Other: other, Receipt: known, Deal: held(Ready, journal.Done, false)}, AskOther, SaidInHand},
		{"another, asked", Situation{Who: who, Other: other, Receipt: known, Deal: held(Asked, journal.Unknown, false)}, AskOther, SaidInHand},
		{"unfinished before all", Situation{Who: who, Other: other, Receipt: known, Deal: held(Ready, journal.Done, true)}, AskUnfinished, SaidUnfinishedHeld},
		{"unfinished, unknown", Situation{Who: who, Receipt: known, Deal: held(Ready, journal.Unknown, true)}, AskUnfinished, SaidUnfinishedUnknown},
		{"unfinished, pending", Situation{Who: who, Receipt: known, Deal: held(Ready, journal.Pending, true)}, AskUnfinished, SaidUnfinishedPending},
		{"unfinished, refused", Situation{Who: who, Receipt: known, Deal: held(Ready, journal.Refused, true)}, AskUnfinished, SaidUnfinishedRefused},
	} {
		c.s.Programme, c.s.Policy = snapshot{}.Programme(), NeverOffline
		p := ask(c.s)
		switch {
		case p == nil && c.want != "":
			t.Errorf("%s: nothing, want %s", c.name, c.want)
		case p == nil:
		case p.Kind != c.want:
			t.Errorf("%s: %s, want %q", c.name, p.Kind, c.want)
		case c.text != "" && (p.Text == nil || p.Text.Code != c.text):
			t.Errorf("%s: says %+v, want %s", c.name, p.Text, c.text)
		case len(p.Choices) == 0:
			t.Errorf("%s: no way on", c.name)
		}
	}
}

// At most one choice is what Enter does, it can be taken, and it never spends.
func TestEnter(t *testing.T) {
	for _, c := range []loyalty.Customer{anna, boris, vera} {
		for _, total := range []loyalty.Money{0, 1, 19_00, 1000_00} {
			for _, online := range []bool{true, false} {
				p := ask(Situation{
					Who: subject(c), Receipt: Receipt{Known: true, Total: total}, Online: online,
					Programme: snapshot{}.Programme(), Policy: NeverOffline,
				})
				var primary []Choice
				for _, o := range p.Choices {
					if o.Primary {
						primary = append(primary, o)
					}
				}
				if len(primary) != 1 || primary[0].Disabled != "" || primary[0].Offer != nil && primary[0].Offer.Spend != 0 {
					t.Errorf("%s, %d: %+v", c.ID, total, p.Choices)
				}
			}
		}
	}
}

// What is offered is what the programme allows: the money adds up, and no more
// than is there is spent.
func TestOffers(t *testing.T) {
	for _, c := range []loyalty.Customer{anna, boris} {
		for unreflected := loyalty.Points(0); unreflected < 600; unreflected += 7 {
			for total := loyalty.Money(0); total < 3000_00; total += 111_11 {
				s := Situation{
					Who: subject(c), Receipt: Receipt{Known: true, Total: total}, Online: true,
					Programme: snapshot{}.Programme(), Policy: NeverOffline,
				}
				s.Who.Unreflected = unreflected
				for _, o := range ask(s).Choices {
					if o.ID == SpendAmount && o.Disabled == "" && (o.Min < 1 || o.Min > o.Max || loyalty.Points(o.Max) > c.Balance-unreflected) {
						t.Fatalf("%d, %d: %+v", unreflected, total, o)
					}
					if o.Offer == nil {
						continue
					}
					if o.Offer.Worth+o.Offer.ToPay != total || o.Offer.Worth != loyalty.Money(o.Offer.Spend)*100 || o.Offer.Spend > max(0, c.Balance-unreflected) {
						t.Fatalf("%d, %d: %+v", unreflected, total, o.Offer)
					}
				}
			}
		}
	}
}

func TestNamer(t *testing.T) {
	n := namer{run: "x"}
	s := Situation{Who: subject(anna)}
	p := func(max int64) *Prompt { return &Prompt{Kind: AskTotal, Choices: []Choice{{ID: Total, Max: max}}} }
	for i, c := range []struct {
		p    *Prompt
		s    Situation
		want string
	}{
		{p(1), s, "x-1.0"},
		{p(1), s, "x-1.0"},
		{p(2), s, "x-1.1"},
		{p(1), s, "x-1.2"}, // never again an ID that was used
		{p(1), Situation{Who: subject(anna)}, "x-2.0"},
		{p(1), s, "x-3.0"},
	} {
		if got := n.name(c.p, c.s).ID; got != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
	}
	n.spent = true
	if got := n.name(p(1), s).ID; got != "x-3.1" {
		t.Errorf("after an answer: %s", got)
	}
	n.name(nil, Situation{})
	if got := n.name(p(1), s).ID; got != "x-4.0" {
		t.Errorf("after nothing was asked: %s", got)
	}
}
