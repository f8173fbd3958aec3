package maxma

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// draft is a preliminary purchase. Its figures go with the ticket through the
// journal, because the answer to its confirmation has none.
type draft struct {
	n      int // of the txid
	spent  loyalty.Points
	worth  loyalty.Money
	earned loyalty.Points
	ticket string // MAXMA's own
	print  []loyalty.Printed
}

func (d draft) outcome() loyalty.Outcome {
	return loyalty.Outcome{Spent: d.spent, Worth: d.worth, Earned: d.earned, Ticket: d.String(), Print: d.print}
}

// String is the draft as the journal's ticket.
func (d draft) String() string {
	if d.ticket == "" {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d.%d.%s", d.n, d.spent, d.worth, d.earned, d.ticket)
}

// parseTicket reads what String wrote.
func parseTicket(s string) (d draft, ok bool) {
	parts := strings.SplitN(s, ".", 5)
	if len(parts) != 5 || parts[4] == "" {
		return draft{}, false
	}
	var ns [4]int64
	for i := range ns {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil || n < 0 {
			return draft{}, false
		}
		ns[i] = n
	}
	if ns[0] > 100 {
		return draft{}, false
	}
	return draft{n: int(ns[0]), spent: loyalty.Points(ns[1]), worth: loyalty.Money(ns[2]), earned: loyalty.Points(ns[3]), ticket: parts[4]}, true
}

// txid is the number of a sale at MAXMA, the n-th try of it.
func txid(k loyalty.Key, n int) string {
	if n == 0 {
		return string(k)
	}
	return string(k) + "-" + strconv.Itoa(n)
}

// txidOf is the number under which an operation's sale was booked.
func txidOf(op loyalty.Operation) string {
	d, _ := parseTicket(op.Ticket)
	return txid(op.Sale.Key, d.n)
}

// set makes a preliminary purchase and compares it with what the customer was
// told. If it differs it is dropped, and that is a *loyalty.Refusal.
func (c *Client) set(ctx context.Context, s loyalty.Sale, n int, paid bool) (draft, error) {
	q, err := c.query(s, paid)
	if err != nil {
		return draft{}, err
	}
	var a struct {
		Result *result       `json:"calculationResult"`
		Ticket string        `json:"ticket"`
		Print  []receiptLine `json:"receiptInfo"`
	}
	if err := c.call(ctx, "set-purchase", map[string]any{"txid": txid(s.Key, n), "calculationQuery": q}, &a); err != nil {
		return draft{}, err
	}
	if a.Ticket == "" {
		return draft{}, &AnswerError{What: "the answer to set-purchase", Why: "ticket is missing"}
	}
	f, err := a.Result.figures()
	if err != nil {
		return draft{}, err
	}
	d := draft{n: n, spent: f.spent, worth: f.worth, earned: f.earned, ticket: a.Ticket, print: printed(a.Print)}
	if no := f.against(s); no != nil {
		if err := c.discard(ctx, s, d); err != nil {
			return draft{}, fmt.Errorf("drop a purchase that is not as it was told (%w): %s", no, err.Error())
		}
		if no.Reason == loyalty.AboveShare {
			return draft{}, c.tooMany(ctx, s)
		}
		return draft{}, no
	}
	return d, nil
}

// against holds the figures against what the customer was told; nil if they are
// the same.
func (f figures) against(s loyalty.Sale) *loyalty.Refusal {
	no := func(r loyalty.Reason, detail string) *loyalty.Refusal {
		return &loyalty.Refusal{Reason: r, Detail: detail}
	}
	switch {
	case f.spent < s.Spend && f.limit != "":
		return no(f.limit, "MAXMA applies fewer points")
	case f.promoNo != "":
		return no(f.promoNo, "the promo code")
	case f.giftNo != "":
		return no(f.giftNo, "a gift card")
	case f.spent != s.Spend:
		return no(loyalty.QuoteChanged, fmt.Sprintf("MAXMA applies %d points, not %d", f.spent, s.Spend))
	case f.worth != s.Worth:
		return no(loyalty.QuoteChanged, fmt.Sprintf("the points pay %d, not %d", f.worth, s.Worth))
	case f.off != s.Off:
		return no(loyalty.QuoteChanged, fmt.Sprintf("MAXMA takes %d off besides, not %d", f.off, s.Off))
	}
	return nil
}

// printed are the lines for the receipt. Kinds that nobody knows are left out.
func printed(lines []receiptLine) []loyalty.Printed {
	var all []loyalty.Printed
	for _, l := range lines {
		var p loyalty.Printed
		switch {
		case l.Type == "text":
			p.Text, p.Align = l.Text.Value, l.Text.Align
		case l.Type == "table":
			p.Columns = []string{l.Table.Left, l.Table.Right}
		case l.Type == "barcode" && l.Barcode.Type == "QR":
			p.QR = l.Barcode.Data
		case l.Type == "barcode" && l.Barcode.Type == "EAN13":
			p.EAN13 = l.Barcode.Data
		case l.Type == "divider":
			p.Rule = true
		default:
			continue
		}
		all = append(all, p)
	}
	return all
}

// standing is what the history says of a sale.
type standing uint8

const (
	never  standing = iota // nothing
	now                    // it is booked
	undone                 // it was booked and rolled back
)

// find looks for a sale in the customer's history. Its error never is a refusal
// of the operation in hand.
func (c *Client) find(ctx context.Context, s loyalty.Sale, id string) (draft, standing, error) {
	who, ok := keyOfCustomer(s.Customer)
	if !ok {
		return draft{}, never, &loyalty.Refusal{Reason: loyalty.CustomerUnknown, Detail: "the customer's id is not one of MAXMA's"}
	}
	var was *purchase
	err := pages(ctx, c, "get-purchase-history", who, func(p purchase) bool {
		if p.TxID == id {
			was = &p
		}
		return was == nil
	})
	if err == nil && was != nil {
		b := was.Bonuses
		if b.Applied < 0 || b.Collected < 0 {
			return draft{}, never, &AnswerError{What: "the purchase history", Why: "an amount is negative"}
		}
		return draft{spent: loyalty.Points(b.Applied), worth: loyalty.Money(was.Discounts.Bonuses), earned: loyalty.Points(b.Collected)}, now, nil
	}
	stands := never
	if err == nil {
		err = c.ledger(ctx, who, func(e entry) bool {
			if of := e.sale(); of != nil && of.Purchase == id && e.reverts() {
				stands = undone
			}
			return stands == never
		})
	}
	if err = meant(err); loyalty.Judge(err) == loyalty.Refused {
		err = errors.New(err.Error())
	}
	return draft{}, stands, err
}
