package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// What a stolen disk tells of customers.
func TestSealed(t *testing.T) {
	p := path(t)
	j := open(t, p)
	o := op("s", loyalty.Reserve, 10)
	o.Sale.Customer, o.Sale.Ident = "customer-4711", loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79161234567"}
	o.Sale.Receipt, o.Sale.Cashier = "R-1", "Мария"
	must[Entry](t)(j.Append(o, true))
	closeChecked(t, j)
	b := must[[]byte](t)(os.ReadFile(p))
	for _, secret := range []string{"4711", "9161234567", "Мария", "bread"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%q can be read", secret)
		}
	}
}

// Without its key a journal is left alone, and says what it owes.
func TestKeyLost(t *testing.T) {
	p := path(t)
	j := must[*Journal](t)(Open(p, Options{}))
	o := op("s", loyalty.Reserve, 10)
	o.Sale.Receipt = "R-1"
	must[Entry](t)(j.Append(o, true))
	must[Entry](t)(j.Append(op("done", loyalty.Commit, 0), true))
	must[Entry](t)(j.Settle("done/commit", loyalty.Outcome{}, nil))
	closeChecked(t, j)
	whole := must[[]byte](t)(os.ReadFile(p))
	keyFile := filepath.Join(filepath.Dir(p), "seal.key")
	key := must[[]byte](t)(os.ReadFile(keyFile))

	for name, lose := range map[string]func() error{
		"deleted": func() error { return os.Remove(keyFile) },
		"another": func() error { return os.WriteFile(keyFile, seal.NewSecret(), 0o600) },
		"damaged": func() error { return os.WriteFile(keyFile, []byte("short"), 0o600) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		_, err := Open(p, Options{})
		var lost *KeyError
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), "tillgate journal unsealed") {
			t.Fatalf("%s: %v", name, err)
		}
		if now := must[[]byte](t)(os.ReadFile(p)); !bytes.Equal(now, whole) {
			t.Errorf("%s: the journal was written to", name)
		}
		cs := must[[]Clear](t)(Unsealed(p))
		if len(cs) != 2 || !cs[0].Owed() || cs[0].Receipt != "R-1" || cs[0].Worth != 1000 || cs[1].Owed() {
			t.Errorf("%s: %+v", name, cs)
		}
	}
	if err := os.WriteFile(keyFile, key, 0o600); err != nil {
		t.Fatal(err)
	}
	j = must[*Journal](t)(Open(p, Options{}))
	must[Entry](t)(j.Get("s/reserve"))
	closeChecked(t, j)

	aside := must[string](t)(SetAside(p))
	if now := must[[]byte](t)(os.ReadFile(aside)); len(now) != len(whole) {
		t.Error("what was set aside is not what it was")
	}
	closeChecked(t, must[*Journal](t)(Open(p, Options{})))
}
