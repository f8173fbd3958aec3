package seal

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

func load(t *testing.T, dir string) (*Key, Holder) {
	t.Helper()
	k, h, err := Load(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if h != Find(dir) {
		t.Errorf("held by %q, found %q", h, Find(dir))
	}
	return k, h
}

func same(a, b *Key) bool {
	_, err := b.Open(nil, a.Seal(nil, []byte("x"), nil), nil)
	return err == nil
}

func TestKeyInAFile(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", t.TempDir()) // with nothing of ours in it
	dir := t.TempDir()
	if h := Find(dir); h != "" {
		t.Errorf("before there is one, held by %q", h)
	}
	first, h := load(t, dir)
	if h != fileHolder || runtime.GOOS == "linux" && (h != File || h.Advice() == "") {
		t.Errorf("held by %q", h)
	}
	second, _ := load(t, dir)
	if !same(first, second) {
		t.Error("a second start has another key")
	}
	path := filepath.Join(dir, keyFile)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, damage := range []string{"", "short", string(make([]byte, 100))} {
		if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		third, _ := load(t, dir)
		if again, _ := load(t, dir); same(first, third) || !same(third, again) {
			t.Errorf("%d bytes: no new key that stays", len(damage))
		}
	}
	if err := Wipe(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if fourth, _ := load(t, dir); same(first, fourth) {
		t.Error("the key was not destroyed")
	}
}

func TestKeyFileThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes on Windows")
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := t.TempDir()
	load(t, dir)
	if err := os.Chmod(filepath.Join(dir, keyFile), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(dir, quiet); err == nil {
		t.Error("it was taken")
	}
}

func TestKeyInACredential(t *testing.T) {
	creds, dir := t.TempDir(), t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", creds)
	secret := NewSecret()
	if err := os.WriteFile(filepath.Join(creds, CredentialName), secret, 0o400); err != nil {
		t.Fatal(err)
	}
	want, _ := New(secret)
	got, h := load(t, dir)
	if h != Credential || h.Advice() != "" || !same(want, got) {
		t.Errorf("held by %q", h)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("a file was made: %v", left)
	}
	os.Remove(filepath.Join(creds, CredentialName))
	os.WriteFile(filepath.Join(creds, CredentialName), []byte("short"), 0o400)
	if _, _, err := Load(dir, quiet); err == nil {
		t.Error("a short credential was taken")
	}
}
