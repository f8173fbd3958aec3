package journal

import (
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// A reservation that was refused after the receipt was printed: what points,
// promo code and gift card took off is the shop's own discount then, and the
// sale that goes out holds nothing.
func TestOutgoingOfARefusedHold(t *testing.T) {
	sale := loyalty.Sale{Key: "s", Total: 1000_00, Spend: 100, Worth: 100_00, Promo: "SPRING", GiftCards: []string{"77"}, Off: 250_00, Prepaid: 200_00,
		Lines: []loyalty.Line{{ID: "1", Total: 400_00}, {ID: "2", Total: 600_00}}}
	commit := loyalty.Operation{Key: "c", Kind: loyalty.Commit, Sale: sale}
	got := outgoing(commit, []record{
		{Entry: Entry{State: Refused, Op: loyalty.Operation{Key: "r", Kind: loyalty.Reserve, Sale: sale}}},
		{Entry: Entry{State: Pending, Op: commit}},
	}).Sale
	if got.Holds() || got.Promo != "" || got.GiftCards != nil || got.Prepaid != 0 {
		t.Errorf("%+v still holds something", got)
	}
	if got.Total != 650_00 || got.Lines[0].Total+got.Lines[1].Total != 650_00 {
		t.Errorf("total %d, lines %+v, want 650.00", got.Total, got.Lines)
	}
	if sale.Lines[0].Total != 400_00 {
		t.Error("the entry's own lines were changed")
	}
}
