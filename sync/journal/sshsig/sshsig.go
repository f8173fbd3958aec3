// Package sshsig signs files so that a program that everybody has can check
// them: ssh-keygen -Y verify. The form is that of OpenSSH's PROTOCOL.sshsig,
// version 1; the key is Ed25519 (RFC 8032), what is signed is the SHA-512 of the
// file together with the name of the purpose.
package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

const (
	magic   = "SSHSIG"
	version = 1
	keyType = "ssh-ed25519"
	hash    = "sha512"
	armour  = "SSH SIGNATURE"
)

// Sign makes the signature of a message for a purpose ("namespace"), armoured.
func Sign(key ed25519.PrivateKey, purpose string, message []byte) []byte {
	b := []byte(magic)
	b = binary.BigEndian.AppendUint32(b, version)
	b = text(b, wire(key.Public().(ed25519.PublicKey)))
	b = text(b, purpose)
	b = text(b, "")
	b = text(b, hash)
	b = text(b, text(text(nil, keyType), ed25519.Sign(key, signed(purpose, message))))
	return armoured(b)
}

// armoured is PEM with lines of 70, as OpenSSH writes it; it reads any.
func armoured(b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: armour, Bytes: b}) }

// Verify says who signed a message for a purpose. The error says what is wrong
// with the signature. Whether the signer is the right one is for the caller to
// compare.
func Verify(signature []byte, purpose string, message []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(signature)
	if block == nil || block.Type != armour {
		return nil, errors.New("it is no SSH signature")
	}
	b, ok := bytes.CutPrefix(block.Bytes, []byte(magic))
	if !ok || len(b) < 4 || binary.BigEndian.Uint32(b) != version {
		return nil, errors.New("it is no SSH signature of version 1")
	}
	var fields [5][]byte // key, purpose, reserved, hash, signature
	b = b[4:]
	for i := range fields {
		if fields[i], b, ok = cut(b); !ok {
			return nil, errors.New("it is cut off")
		}
	}
	key, err := unwire(fields[0])
	if err != nil {
		return nil, err
	}
	kind, rest, ok := cut(fields[4])
	sig, _, ok2 := cut(rest)
	switch {
	case string(fields[1]) != purpose:
		return nil, fmt.Errorf("it was made for %q, not for %q", fields[1], purpose)
	case string(fields[3]) != hash:
		return nil, fmt.Errorf("its hash is %q, this program knows %q", fields[3], hash)
	case !ok || !ok2 || string(kind) != keyType:
		return nil, fmt.Errorf("its kind is %q, this program knows %q", kind, keyType)
	case !ed25519.Verify(key, signed(purpose, message), sig):
		return nil, errors.New("it does not belong to this content: one of the two was changed")
	}
	return key, nil
}

func signed(purpose string, message []byte) []byte {
	sum := sha512.Sum512(message)
	b := text([]byte(magic), purpose)
	b = text(b, "")
	b = text(b, hash)
	return text(b, sum[:])
}

// PublicLine is a key as it stands in a .pub file.
func PublicLine(key ed25519.PublicKey, comment string) string {
	return keyType + " " + base64.StdEncoding.EncodeToString(wire(key)) + " " + comment + "\n"
}

// ParsePublic reads the line of a .pub file.
func ParsePublic(line string) (ed25519.PublicKey, error) {
	f := strings.Fields(line)
	if len(f) < 2 || f[0] != keyType {
		return nil, errors.New("it is no public key of the kind " + keyType)
	}
	b, err := base64.StdEncoding.DecodeString(f[1])
	if err != nil {
		return nil, errors.New("it is no public key of the kind " + keyType)
	}
	return unwire(b)
}

// Fingerprint is what people compare: as ssh-keygen -l shows it.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(wire(key))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

func wire(key ed25519.PublicKey) []byte { return text(text(nil, keyType), key) }

func unwire(b []byte) (ed25519.PublicKey, error) {
	kind, rest, ok := cut(b)
	key, _, ok2 := cut(rest)
	if !ok || !ok2 || string(kind) != keyType || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("its key is not one of the kind " + keyType)
	}
	return key, nil
}

func text[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func cut(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, nil, false
	}
	n := 4 + int(binary.BigEndian.Uint32(b))
	return b[4:n], b[n:], true
}
