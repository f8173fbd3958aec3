// Package seal keeps what a till knows of people unreadable to whoever takes
// its disk.
//
// Records are sealed with AES-256-GCM. What is looked up (a card, a phone) is
// found under a keyed hash of it, AES-256-CMAC: a plain hash of a phone number
// is undone by hashing all of them. CMAC is a standard (NIST SP 800-38B), is one
// step of AES for a card or phone, and a first fill makes four million of them;
// HMAC-SHA256 costs ten times as much.
//
// There are two levels of keys. The till's key (see Load) is held by the system
// as well as the system can, and seals nothing but other keys. Each file has a
// key of its own, made with it and written in it sealed: it is used up with the
// file, so that a new copy of the customers is under a new key, and whoever
// destroys the till's key has destroyed all of them (see Wipe).
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeySize is the length of a secret, in bytes.
const KeySize = 32

// Overhead is how much longer a sealed text is than the text, in bytes.
const Overhead = 12 + 16 // nonce and tag

// ErrBroken says that a sealed text was changed, moved, or sealed with another
// key.
var ErrBroken = errors.New("the seal is broken")

// Key seals and hashes. It is safe for use by several goroutines.
//
// Nonces are random: a key is good for 2³² texts (NIST SP 800-38D, 8.3).
type Key struct {
	aead cipher.AEAD
	mac  mac
	old  *Key // the one before, while there is something sealed with it: see Rotate
}

// NewSecret makes a secret for New.
func NewSecret() []byte {
	secret := make([]byte, KeySize)
	rand.Read(secret) // never fails
	return secret
}

// New is the key of a secret of KeySize random bytes.
func New(secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(secret))
	}
	texts, err := derive(secret, "tillgate texts")
	if err != nil {
		return nil, err
	}
	names, err := derive(secret, "tillgate names")
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(texts)
	if err != nil {
		return nil, err
	}
	return &Key{aead: aead, mac: newMAC(names)}, nil
}

// derive makes a block cipher of a secret, for one purpose.
func derive(secret []byte, purpose string) (cipher.Block, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, KeySize)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(key)
}

// Seal appends the sealed text to dst. Only who names the same place can open
// it: a text that was moved to another place in a file is not taken for the one
// that belongs there.
func (k *Key) Seal(dst, text, place []byte) []byte {
	return k.aead.Seal(dst, nil, text, place)
}

// Open appends the text of a sealed one to dst; ErrBroken if it is not what was
// sealed.
func (k *Key) Open(dst, sealed, place []byte) ([]byte, error) {
	text, err := k.aead.Open(dst, nil, sealed, place)
	switch {
	case err == nil:
		return text, nil
	case k.old != nil:
		return k.old.Open(dst, sealed, place)
	}
	return nil, ErrBroken
}

// Stale says that a sealed text can be opened, but with the key before this one
// alone: it is to be sealed anew.
func (k *Key) Stale(sealed, place []byte) bool {
	if _, err := k.aead.Open(nil, nil, sealed, place); err == nil || k.old == nil {
		return false
	}
	_, err := k.old.Open(nil, sealed, place)
	return err == nil
}

// Hash is the keyed hash of a name. Equal names of different kinds have different
// hashes.
func (k *Key) Hash(kind byte, name string) [HashSize]byte { return k.mac.sum(kind, name) }
