package seal

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"testing"
)

func newKey(t testing.TB) *Key {
	t.Helper()
	k, err := New(NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	k := newKey(t)
	text, place := []byte("Анна +79161234567"), []byte("here")
	sealed := k.Seal(nil, text, place)
	if len(sealed) != len(text)+Overhead || bytes.Contains(sealed, []byte("7916")) {
		t.Errorf("%q", sealed)
	}
	if got, err := k.Open(nil, sealed, place); err != nil || !bytes.Equal(got, text) {
		t.Errorf("%q, %v", got, err)
	}
	if again := k.Seal(nil, text, place); bytes.Equal(again, sealed) {
		t.Error("the same text is sealed the same way twice")
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)/2] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"changed":     func() ([]byte, error) { return k.Open(nil, changed, place) },
		"moved":       func() ([]byte, error) { return k.Open(nil, sealed, []byte("there")) },
		"another key": func() ([]byte, error) { return newKey(t).Open(nil, sealed, place) },
		"cut":         func() ([]byte, error) { return k.Open(nil, sealed[:Overhead-1], place) },
		"empty":       func() ([]byte, error) { return k.Open(nil, nil, place) },
	} {
		if got, err := open(); !errors.Is(err, ErrBroken) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestHash(t *testing.T) {
	k := newKey(t)
	seen := map[[HashSize]byte]string{}
	for _, name := range []string{"", "1", "79161234567", "791612345678901", "7916123456789012", "79161234567890123"} {
		for _, kind := range []byte{'c', 'p'} {
			a := k.Hash(kind, name)
			if k.Hash(kind, name) != a {
				t.Errorf("%c %q has two hashes", kind, name)
			}
			if other, ok := seen[a]; ok {
				t.Errorf("%c %q has the hash of %q", kind, name, other)
			}
			seen[a] = string(kind) + name
			if newKey(t).Hash(kind, name) == a {
				t.Errorf("%c %q has the same hash under another key", kind, name)
			}
		}
	}
}

// The examples of NIST SP 800-38B for AES-256, but the empty one: a name has a
// kind before it.
func TestCMAC(t *testing.T) {
	key := unhex(t, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
	message := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	m := newMAC(block)
	for n, want := range map[int]string{
		16: "28a7023f452e8f82bd4bf28d8c37c35c",
		40: "aaf3d8f1de5640c232f5b169b9c911e6",
		64: "e1992190549f6ed5696a2c056c315410",
	} {
		sum := m.sum(message[0], string(message[1:n]))
		if !bytes.Equal(sum[:], unhex(t, want)) {
			t.Errorf("of %d bytes: %x, want %s", n, sum, want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewWantsAWholeKey(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := New(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes was taken", n)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k := newKey(b)
	text, place, dst := make([]byte, 130), make([]byte, 16), make([]byte, 0, 200)
	for b.Loop() {
		dst = k.Seal(dst[:0], text, place)
	}
}

func BenchmarkOpen(b *testing.B) {
	k := newKey(b)
	place := make([]byte, 16)
	sealed, dst := k.Seal(nil, make([]byte, 130), place), make([]byte, 0, 200)
	for b.Loop() {
		dst, _ = k.Open(dst[:0], sealed, place)
	}
}

func BenchmarkHash(b *testing.B) {
	k := newKey(b)
	for b.Loop() {
		k.Hash('p', "+79161234567")
	}
}
