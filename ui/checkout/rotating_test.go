package checkout

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
)

func TestRotatingCode(t *testing.T) {
	scene(t, nil, func(s *stand) {
		stale := s.code("")
		stale.Refused = card.Stale
		if p := s.scanned(stale); p != nil {
			t.Errorf("%+v", p)
		}
		s.wantNotice(CodeStale)
		forged := s.code("")
		forged.Refused = card.Wrong
		s.scanned(forged)
		s.wantNotice(CodeNotOurs)

		until := time.Now().Add(time.Minute)
		show := func() *Prompt {
			c := s.code(anna.Cards[0])
			c.Until = until
			return s.scanned(c)
		}
		show()
		if p := show(); p.Kind != AskTotal || p.Again != 1 {
			t.Errorf("%+v: the code on the screen may be scanned again", p)
		}
		s.ok(Command{Do: Void})
		if p := show(); p != nil {
			t.Errorf("%+v: the next in the queue has a picture of it", p)
		}
		s.wantNotice(CodeUsed)
		time.Sleep(2 * time.Minute)
		until = time.Now().Add(time.Minute)
		show()
		if s.want(AskTotal); len(s.Desk.used) != 1 {
			t.Errorf("%d codes are kept", len(s.Desk.used))
		}
	})
}
