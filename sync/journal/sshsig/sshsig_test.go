package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func TestSignAndVerify(t *testing.T) {
	sig := Sign(key, "test", []byte("a day"))
	got, err := Verify(sig, "test", []byte("a day"))
	if err != nil || !got.Equal(key.Public()) {
		t.Fatalf("%v, %v", got, err)
	}
	for name, c := range map[string]struct {
		sig           []byte
		purpose, text string
	}{
		"another text":    {sig, "test", "a night"},
		"another purpose": {sig, "tests", "a day"},
		"no signature":    {[]byte("hello"), "test", "a day"},
		"empty":           {armoured(nil), "test", "a day"},
		"cut":             {armoured([]byte(magic + "\x00\x00\x00\x01\x00\x00\x00\x99")), "test", "a day"},
	} {
		if got, err := Verify(c.sig, c.purpose, []byte(c.text)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	line := PublicLine(got, "till 1")
	if again, err := ParsePublic(line); err != nil || !again.Equal(got) {
		t.Errorf("%q: %v", line, err)
	}
}

// OpenSSH takes what we sign, and we take what it signs.
func TestWithOpenSSH(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("no ssh-keygen here")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	message := []byte("a day\n")
	write := func(name string, b []byte) {
		if err := os.WriteFile(at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	public := key.Public().(ed25519.PublicKey)
	write("day.sig", Sign(key, "tillgate-journal", message))
	write("signers", []byte("till "+PublicLine(public, "")))
	cmd := exec.Command(keygen, "-Y", "verify", "-f", at("signers"), "-I", "till", "-n", "tillgate-journal", "-s", at("day.sig"))
	cmd.Stdin = bytes.NewReader(message)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("verify: %v: %s", err, out)
	}
	write("key.pub", []byte(PublicLine(public, "till")))
	if out, err := exec.Command(keygen, "-l", "-f", at("key.pub")).CombinedOutput(); err != nil || !strings.Contains(string(out), Fingerprint(public)) {
		t.Errorf("fingerprint: %v: %s, ours %s", err, out, Fingerprint(public))
	}
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", at("own")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write("message", message)
	if out, err := exec.Command(keygen, "-Y", "sign", "-f", at("own"), "-n", "x", at("message")).CombinedOutput(); err != nil {
		t.Fatalf("sign: %v: %s", err, out)
	}
	sig, _ := os.ReadFile(at("message.sig"))
	if _, err := Verify(sig, "x", message); err != nil {
		t.Errorf("theirs: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(Sign(key, "test", []byte("a day")))
	f.Add(armoured([]byte(magic + "\x00\x00\x00\x01\xff\xff\xff\xff")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if who, err := Verify(b, "test", []byte("a day")); err == nil && len(who) != ed25519.PublicKeySize {
			t.Error(who)
		}
	})
}
