package server

import (
	"encoding/json"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// The bounds of the API's document. Amounts stay exact in a JSON number of any
// program (RFC 8259, section 6).
const (
	maxAmount = 1<<53 - 1
	maxLines  = 5000
)

// The members that a request must have, as the document says: an amount that was
// left out is not taken for zero.
var (
	saleMembers      = []string{"key", "shop", "till", "customer", "ident", "at", "total", "spend", "worth", "earn"}
	operationMembers = []string{"key", "kind", "at", "sale"}
)

// missing is the first member that an object does not have, or that is null; of
// an operation those of its sale and its refund count too.
func missing(raw []byte, members []string) string {
	var have map[string]json.RawMessage
	if err := json.Unmarshal(raw, &have); err != nil {
		return "an object"
	}
	for _, m := range members {
		if v := have[m]; v == nil || string(v) == "null" {
			return m
		}
	}
	inner := ""
	if sale := have["sale"]; sale != nil {
		inner = missing(sale, saleMembers)
	}
	if refund := have["refund"]; inner == "" && refund != nil && string(refund) != "null" {
		inner = missing(refund, []string{"amount"})
	}
	return inner
}

// valid says what is wrong with an operation, as a refusal.
func valid(op loyalty.Operation) error {
	no := func(format string, args ...any) error {
		return refuse(loyalty.BadRequest, fmt.Sprintf(format, args...))
	}
	switch {
	case !op.Key.Valid():
		return no("key is not a UUID in lower case")
	case op.At.IsZero():
		return no("at is missing")
	case (op.Refund != nil) != (op.Kind == loyalty.Return):
		return no("refund belongs to a return and to nothing else")
	}
	switch op.Kind {
	case loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Revert:
	case loyalty.Return:
		if op.Refund.Amount < 1 || op.Refund.Amount > maxAmount {
			return no("refund.amount is out of range")
		}
		if err := validLines(op.Refund.Lines); err != nil {
			return no("refund.%v", err)
		}
	default:
		return no("kind is none of reserve, commit, abort, return, revert")
	}
	if op.Kind == loyalty.Reserve && op.Sale.Spend == 0 {
		return no("a reserve of no points")
	}
	if op.Sale.Worth > op.Sale.Total {
		return no("sale.worth is above the total")
	}
	return validSale(op.Sale)
}

func validSale(s loyalty.Sale) error {
	no := func(format string, args ...any) error {
		return refuse(loyalty.BadRequest, "sale."+fmt.Sprintf(format, args...))
	}
	switch {
	case !s.Key.Valid():
		return no("key is not a UUID in lower case")
	case s.Customer == "" || len(s.Customer) > 100:
		return no("customer is missing or too long")
	case s.Shop == "" || s.Till == "":
		return no("shop or till is missing")
	case s.At.IsZero():
		return no("at is missing")
	case s.Total < 0 || s.Total > maxAmount:
		return no("total is out of range")
	case s.Spend < 0 || s.Spend > maxAmount:
		return no("spend is out of range")
	case s.Worth < 0 || s.Worth > maxAmount:
		return no("worth is out of range")
	case s.Earn < 0 || s.Earn > maxAmount:
		return no("earn is out of range")
	}
	if err := validLines(s.Lines); err != nil {
		return no("%v", err)
	}
	return nil
}

func validLines(lines []loyalty.Line) error {
	if len(lines) > maxLines {
		return fmt.Errorf("lines has more than %d", maxLines)
	}
	for i, l := range lines {
		for _, n := range []int64{int64(l.Qty), int64(l.Price), int64(l.Total)} {
			if n < -maxAmount || n > maxAmount {
				return fmt.Errorf("lines[%d] is out of range", i)
			}
		}
	}
	return nil
}
