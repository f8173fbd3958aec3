package loyalty

import (
	"testing"
	"time"
)

func TestNewKey(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seen := map[Key]bool{}
	var last Key
	for i := range 1000 {
		k := NewKey(at.Add(time.Duration(i) * time.Millisecond))
		switch {
		case !k.Valid():
			t.Fatalf("%q is not valid", k)
		case seen[k]:
			t.Fatalf("%q came twice", k)
		case k <= last:
			t.Fatalf("%q, minted a millisecond after %q, sorts before it", k, last)
		case k[14] != '7': // version, RFC 9562 section 5.7
			t.Fatalf("%q is not of version 7", k)
		case k[19] != '8' && k[19] != '9' && k[19] != 'a' && k[19] != 'b': // variant, RFC 9562 section 4.1
			t.Fatalf("%q has another variant", k)
		}
		seen[k], last = true, k
	}
	// The example of RFC 9562, appendix A.6, was minted at this time.
	if k := NewKey(time.UnixMilli(0x017F22E279B0)); k[:13] != "017f22e2-79b0" {
		t.Errorf("time is in %q, want it to begin with 017f22e2-79b0", k)
	}
}

func TestKeyValid(t *testing.T) {
	for k, want := range map[Key]bool{
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f":  true,
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F":  false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398":   false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398ff": false,
		"017f22e2079b0-7cc3-98c4-dc0c0c07398f":  false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g":  false,
		"":                                      false,
	} {
		if k.Valid() != want {
			t.Errorf("%q: valid is %v", k, !want)
		}
	}
}
