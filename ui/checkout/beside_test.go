package checkout

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func (x *extras) History(ctx context.Context, _ loyalty.Ident, limit int) ([]loyalty.Event, error) {
	if err := x.p.travel(ctx); err != nil {
		return nil, err
	}
	return x.events, x.refuse
}

// remembers is a programme with a history.
func remembers(s *stand) {
	at := time.Now()
	s.beside = &extras{p: s.programme, events: []loyalty.Event{
		{At: at.Add(-26 * time.Hour), Kind: loyalty.EarnedEvent, Points: 25, Amount: 500_00},
		{At: at.Add(-50 * time.Hour), Kind: loyalty.SpentEvent, Points: -120, Amount: 900_00},
		{At: at.Add(-90 * 24 * time.Hour), Kind: loyalty.GivenEvent, Points: 300, Text: "Подарок ко дню рождения"},
	}}
	s.extras = Extras{History: s.beside}
}

func TestHistory(t *testing.T) {
	scene(t, remembers, func(s *stand) {
		s.refused(NothingInHand, Command{Do: AskHistory})
		s.card(anna.Cards[0])
		s.settle()
		if h := s.State().History; h == nil || h.State != HistoryOffered {
			t.Fatalf("%+v", h)
		}
		prompt := s.want(AskTotal).ID
		s.ok(Command{Do: AskHistory})
		if h := s.State().History; h.State != HistoryAsked {
			t.Errorf("%+v", h)
		}
		s.settle()
		h := s.State().History
		if h.State != HistoryHere || len(h.Events) != 3 || h.Events[1].Points != -120 {
			t.Errorf("%+v", h)
		}
		if p := s.want(AskTotal); p.ID != prompt {
			t.Error("the question is another one")
		}
		s.card(boris.Cards[0])
		if h := s.State().History; h.State != HistoryOffered {
			t.Errorf("%+v: another customer's", h)
		}
		s.programme.set(func(p *programme) { p.online = false })
		s.ok(Command{Do: AskHistory})
		s.settle()
		if h := s.State().History; h.State != HistoryFailed || h.Text.Args["reason"] != string(loyalty.NotReached) {
			t.Errorf("%+v", h)
		}
		s.ok(Command{Do: Void})
		if h := s.State().History; h != nil {
			t.Errorf("%+v", h)
		}
	})
}

// An answer for a customer who has left is nobody's.
func TestHistoryLate(t *testing.T) {
	scene(t, remembers, func(s *stand) {
		s.card(anna.Cards[0])
		s.settle()
		s.ok(Command{Do: AskHistory})
		s.card(boris.Cards[0])
		s.settle()
		if h := s.State().History; h.State != HistoryOffered || len(h.Events) > 0 {
			t.Errorf("%+v", h)
		}
	})
}

func TestHistoryIsNotOffered(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.card(anna.Cards[0])
		synctest.Wait()
		if s.State().History != nil {
			t.Error("offered")
		}
		s.refused(NotOffered, Command{Do: AskHistory})
	})
}

// What is drawn is read again.
func TestDrawQR(t *testing.T) {
	const link = "https://card.example.ru/w/1f7c9ab2?n=Ольга"
	q, err := drawQR(link)
	if err != nil {
		t.Fatal(err)
	}
	const scale, quiet = 8, 4
	side := (q.Size + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(q.Path, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		w, _ := strconv.Atoi(m[3])
		for dx := range w * scale {
			for dy := range scale {
				img.SetGray((x+quiet)*scale+dx, (y+quiet)*scale+dy, color.Gray{})
			}
		}
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	r, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	if err != nil || r.GetText() != link {
		t.Errorf("%v %v", r, err)
	}
	if _, err := drawQR(string(bytes.Repeat([]byte("x"), 5000))); err == nil {
		t.Error("5000 characters fit")
	}
}
