package draft

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

func open(t *testing.T, path string, key *seal.Key) *List {
	t.Helper()
	l, damage, err := Open(path, key)
	if err != nil || damage != nil {
		t.Fatal(err, damage)
	}
	return l
}

func newKey(t *testing.T) *seal.Key {
	t.Helper()
	k, err := seal.New(seal.NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func form(key, phone string) Draft {
	return Draft{Key: loyalty.Key(key), State: Waiting, At: time.Unix(1_700_000_000, 0).UTC(),
		Form: loyalty.NewCustomer{Phone: "+79" + "12" + "3456789", Name: "Ольга " + phone, Consent: true}}
}

// What was kept is there after a restart, and is not to be read on the disk.
func TestDraftsAreDurableAndSealed(t *testing.T) {
	path, key := filepath.Join(t.TempDir(), "drafts"), newKey(t)
	l := open(t, path, key)
	d := form("a", "1")
	if err := l.Add(d); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(form("b", "1")); !errors.Is(err, ErrSame) {
		t.Errorf("the same phone again: %v", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Ольга", "3456789", "phone"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%q is in the file", secret)
		}
	}
	l = open(t, path, key)
	if got := l.All(); len(got) != 1 || got[0] != d {
		t.Fatalf("%+v", got)
	}
	at := time.Unix(1_700_000_100, 0).UTC()
	if err := l.End("a", loyalty.PhoneTaken, at); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, key)
	if got := l.All()[0]; got.State != Refused || got.Reason != loyalty.PhoneTaken || !got.Ended.Equal(at) {
		t.Errorf("%+v", got)
	}
	if err := l.Add(form("b", "1")); err != nil {
		t.Errorf("a phone whose draft has ended: %v", err)
	}
	if err := l.Remove("a"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Remove("a"), l.End("a", "", at)); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
	if got := open(t, path, key).All(); len(got) != 1 || got[0].Key != "b" {
		t.Errorf("%+v", got)
	}
	files, _ := filepath.Glob(path + "*")
	if len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// A write that fails leaves what was.
func TestNoDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := open(t, filepath.Join(dir, "drafts"), newKey(t))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(form("a", "1")); err == nil || len(l.All()) != 0 {
		t.Errorf("%v, and the list has %d", err, len(l.All()))
	}
}

// A file that is damaged, or of another till, is put aside and said so.
func TestDamaged(t *testing.T) {
	key := newKey(t)
	for name, spoil := range map[string]func([]byte) []byte{
		"cut":      func(b []byte) []byte { return b[:len(b)/2] },
		"empty":    func(b []byte) []byte { return nil },
		"one bit":  func(b []byte) []byte { b[len(b)-3] ^= 4; return b },
		"no seal":  func(b []byte) []byte { return []byte("[]") },
		"of a key": func(b []byte) []byte { b[5] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "drafts")
			if err := open(t, path, key).Add(form("a", "1")); err != nil {
				t.Fatal(err)
			}
			b, _ := os.ReadFile(path)
			if err := os.WriteFile(path, spoil(b), 0o600); err != nil {
				t.Fatal(err)
			}
			l, damage, err := Open(path, key)
			if err != nil || damage == nil || len(l.All()) != 0 {
				t.Fatalf("%v %v", damage, err)
			}
			if _, err := os.Stat(path + ".damaged"); err != nil {
				t.Error(err)
			}
			if err := l.Add(form("b", "2")); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	key, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	l := &List{key: key}
	good, err := l.encode([]Draft{form("a", "1")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:40])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := l.decode(b)
		if err == nil && !bytes.Equal(b, good) {
			t.Errorf("taken: %+v", all)
		}
	})
}
