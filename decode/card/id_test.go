package card

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{"": "", "1": "…", "12345": "…", "123456": "…56", "+79991234567": "…67"} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// However a card or a phone gets into a message, it is masked.
func TestPrintedMasked(t *testing.T) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, nil))
	id, phone := ID("2900000000018"), Phone("+79991234567")
	log.Info("seen", "card", id, "phone", phone)
	fmt.Fprintf(&b, "%v %s %v %s %v", id, id, phone, phone, Match{Scheme: "plastic", ID: id, Phone: phone})
	for _, secret := range []string{string(id), string(phone)} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q is in %q", secret, b.String())
		}
	}
}
