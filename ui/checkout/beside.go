package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// History is what happened to the points of the customer in hand. The provider
// is asked only when the cashier wants to know.
type History struct {
	State    HistoryState       `json:"state"`
	Text     *Text              `json:"text,omitempty"`     // why it is not there, for HistoryFailed
	Events   []Event            `json:"events,omitempty"`   // newest first
	Expiring []loyalty.Expiring `json:"expiring,omitempty"` // what expires when, as far as is known
}

// HistoryState says how far the question has come.
type HistoryState string

// The states.
const (
	HistoryOffered HistoryState = "offered"
	HistoryAsked   HistoryState = "asked"
	HistoryHere    HistoryState = "here"
	HistoryFailed  HistoryState = "failed"
)

// Event is a change of the balance.
type Event struct {
	At     time.Time         `json:"at"`
	Kind   loyalty.EventKind `json:"kind"`
	Points loyalty.Points    `json:"points"` // with its sign
	Amount loyalty.Money     `json:"amount,omitempty"`
	Text   string            `json:"text,omitempty"` // the provider's own words
	Sale   loyalty.Key       `json:"sale,omitempty"` // if it was made at a till like this one
}

// QR is a code to be drawn: Path is SVG path data of the dark modules, in a
// square of Size modules without a quiet zone.
type QR struct {
	Size int    `json:"size"`
	Path string `json:"path"`
}

// historyEvents is how many a screen shows.
const historyEvents = 10

// history is the command.
func (d *Desk) history() *Text {
	s := d.sit.Who
	switch {
	case d.o.Extras.History == nil:
		return text(NotOffered)
	case s == nil || s.Customer == nil:
		return text(NothingInHand)
	case s.history != nil && s.history.State == HistoryAsked:
		return nil
	}
	s.history = &History{State: HistoryAsked}
	id := s.Ident
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		events, err := d.o.Extras.History.History(ctx, id, historyEvents)
		return func() {
			if s.history.State != HistoryAsked {
				return
			}
			if err != nil {
				why, _ := refusal(err)
				d.o.Log.Debug("no history", "err", err)
				s.history = &History{State: HistoryFailed, Text: text(SaidNoHistory, "reason", string(why))}
				return
			}
			s.history = &History{State: HistoryHere, Events: shownEvents(events)}
		}
	})
	return nil
}

func shownEvents(events []loyalty.Event) []Event {
	out := make([]Event, 0, historyEvents)
	for _, e := range events[:min(len(events), historyEvents)] {
		out = append(out, Event{At: e.At, Kind: e.Kind, Points: e.Points, Amount: e.Amount, Text: e.Text, Sale: e.Sale})
	}
	return out
}

// historyShown is the history of whom the screen is about; nil if it is not
// offered.
func (d *Desk) historyShown() *History {
	s := d.sit.Who
	if d.o.Extras.History == nil || s == nil || s.Customer == nil {
		return nil
	}
	h := History{State: HistoryOffered}
	if s.history != nil {
		h = *s.history
	}
	if h.State == HistoryHere {
		h.Expiring = s.Customer.Expiring
	}
	return &h
}

// walletShown is the wallet link of whom the screen is about, to be scanned.
func (d *Desk) walletShown() *QR {
	if d.sit.Who == nil {
		return nil
	}
	return d.sit.Who.wallet
}

// askWallet gets the new customer's card for the phone. The link itself goes to
// no screen but as a code for the customer's eyes: whoever has it has the card.
func (d *Desk) askWallet(s *Subject) {
	if d.o.Extras.Wallet == nil {
		return
	}
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		link, err := d.o.Extras.Wallet.WalletLink(ctx, s.Ident)
		if err == nil && link == "" {
			return nil
		}
		var code *QR
		if err == nil {
			code, err = drawQR(link)
		}
		return func() {
			if err != nil {
				d.o.Log.Info("no wallet link", "err", err)
				return
			}
			s.wallet = code
		}
	})
}

// drawQR draws a text as a QR code: runs of dark modules, line by line.
func drawQR(content string) (*QR, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(content, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN: 0,
	})
	if err != nil {
		return nil, errors.New("the link does not fit into a QR code") // the writer's words may hold it
	}
	var path strings.Builder
	for y := range m.GetHeight() {
		for x := 0; x < m.GetWidth(); x++ {
			from := x
			for x < m.GetWidth() && m.Get(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return &QR{Size: m.GetWidth(), Path: path.String()}, nil
}
