package seal

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRotate(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := t.TempDir()
	before, _ := load(t, dir)
	sealed := before.Seal(nil, []byte("x"), nil)
	for range 2 { // a second time goes on with the first
		if err := Rotate(dir); err != nil {
			t.Fatal(err)
		}
		now, _ := load(t, dir)
		if !Rotating(dir) || same(now, before) || !same(before, now) || !now.Stale(sealed, nil) {
			t.Error("both keys should do, the new one alone seal")
		}
		if now.Stale(now.Seal(nil, nil, nil), nil) || now.Stale([]byte("noise"), nil) {
			t.Error("stale is what the key before has sealed")
		}
	}
	now, _ := load(t, dir)
	if err := Retire(dir); err != nil {
		t.Fatal(err)
	}
	after, _ := load(t, dir)
	if Rotating(dir) || !same(now, after) || same(before, after) {
		t.Error("the key before was not destroyed")
	}
	if err := Retire(dir); err != nil {
		t.Error(err)
	}
}

// Cut short when the key before has its name and the new one is not in its place yet.
func TestRotateCutShort(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := t.TempDir()
	before, _ := load(t, dir)
	path := filepath.Join(dir, keyFile)
	cut := func() {
		t.Helper()
		held, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path + oldSuffix, path + ".new"} {
			if err := os.WriteFile(name, held, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut()
	if err := Rotate(dir); err != nil {
		t.Fatal(err)
	}
	if now, _ := load(t, dir); same(now, before) || !same(before, now) {
		t.Error("the key is the same, or the one before is lost")
	}
	if err := Retire(dir); err != nil {
		t.Fatal(err)
	}
	after, _ := load(t, dir)
	cut()
	if err := Retire(dir); err != nil { // as the till does when it starts
		t.Fatal(err)
	}
	now, _ := load(t, dir)
	if left, _ := filepath.Glob(filepath.Join(dir, Files)); len(left) != 1 || !same(now, after) || same(now, before) {
		t.Errorf("left: %v", left)
	}
}

func TestRotateCredential(t *testing.T) {
	creds := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", creds)
	one, two := NewSecret(), NewSecret()
	os.WriteFile(filepath.Join(creds, CredentialName), two, 0o400)
	os.WriteFile(filepath.Join(creds, CredentialName+"-old"), one, 0o400)
	before, _ := New(one)
	k, _ := load(t, t.TempDir())
	if !same(before, k) || !k.Stale(before.Seal(nil, nil, nil), nil) {
		t.Error("the credential of before is not taken")
	}
	if err := Rotate(t.TempDir()); err == nil {
		t.Error("a credential was changed")
	}
}
