//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
	"github.com/tillgate/tillgate/ui/checkout"
)

// soldBefore puts an operation into a till's journal that was done years ago, and
// says of which sale.
func (x *till) soldBefore() (key loyalty.Key) {
	x.t.Helper()
	dir := filepath.Join(x.dir, "data")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		x.t.Fatal(err)
	}
	synctest.Test(x.t, func(t *testing.T) { // in which it is the year 2000
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		key = loyalty.NewKey(now)
		sale := loyalty.Sale{Key: key, Receipt: "R-1", Shop: "1", Till: "1", Customer: customer1, At: now, Total: 100}
		op := loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Commit, Sale: sale, At: now}
		_, err = j.Append(op, true)
		if err == nil {
			_, err = j.Sending(op.Key)
		}
		if err == nil {
			_, err = j.Settle(op.Key, loyalty.Outcome{Version: 1, Earned: 1}, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
	return key
}

// A folder that takes no exports is said on the page and by doctor, until it takes
// them; then the files are there, signed.
func TestExportsThatFail(t *testing.T) {
	x := newTill(t)
	x.soldBefore()
	export := filepath.Join(x.dir, "accounts")
	if err := os.WriteFile(export, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	x.write(x.defaultConfig() + fmt.Sprintf("[journal]\nexport_dir = %q\n", export))
	x.start()
	c := x.connect()
	failing := func(s checkout.State) bool {
		return slices.ContainsFunc(s.Conditions, func(c checkout.Condition) bool { return c.Code == checkout.Archive })
	}
	c.await(t, "exports fail", failing)
	if out, _, code := x.tillgate("doctor"); code != exitFailure || !strings.Contains(out, "PROBLEM  archive and export: export: ") || !strings.Contains(out, "journal.export_dir") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if err := os.Remove(export); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := x.tillgate("journal", "export", "--to", filepath.Join(x.dir, "again")); code != exitOK {
		t.Error(stderr)
	}
	c.await(t, "exports go on", func(s checkout.State) bool { return !failing(s) })
	files, _ := filepath.Glob(filepath.Join(export, "journal_1_1_000001_*.csv"))
	if len(files) != 1 {
		t.Fatalf("exported: %v", files)
	}
	if out, stderr, code := x.tillgate("journal", "verify", files[0], "--key", filepath.Join(export, "journal.pub")); code != exitOK {
		t.Error(out, stderr)
	}
	x.stop()
}

// throughSystemd is a secret as a service gets it by LoadCredentialEncrypted=: sealed
// by systemd-creds with the machine's key, here one of the test's own, and opened again.
// Where systemd has no such command it is the secret itself.
func throughSystemd(t *testing.T, name string, secret []byte) []byte {
	t.Helper()
	creds, err := exec.LookPath("systemd-creds")
	if err != nil || os.Getuid() != 0 {
		t.Log("without systemd-creds: the credential is given as it is")
		return secret
	}
	host := filepath.Join(t.TempDir(), "credential.secret")
	run := func(in []byte, args ...string) ([]byte, error) {
		cmd := exec.Command(creds, args...)
		cmd.Env = append(os.Environ(), "SYSTEMD_CREDENTIAL_SECRET="+host)
		cmd.Stdin = bytes.NewReader(in)
		return cmd.Output()
	}
	sealed, err := run(secret, "encrypt", "--with-key=host", "--name="+name, "-", "-")
	if err != nil { // older than 250, or in a box that keeps it from its secret
		t.Logf("systemd-creds does not work here, and the credential is given as it is: %v", err)
		return secret
	}
	opened, err := run(sealed, "decrypt", "--name="+name, "-", "-")
	if err != nil || bytes.Contains(sealed, secret) {
		t.Errorf("systemd-creds gives %d bytes of a credential of %d: %v", len(opened), len(sealed), err)
	}
	return opened
}

// The till's key through its life: a file at first, which doctor says; another one
// by rekey; then a systemd credential, changed as the guide says; then wiped.
func TestKeyOfATill(t *testing.T) {
	x := newTill(t)
	data := filepath.Join(x.dir, "data")
	held := func(want string) {
		t.Helper()
		for range 2 { // by the daemon, and without it
			if out, _, _ := x.tillgate("doctor"); !strings.Contains(out, "key of the customers' data: held by "+want+"\n") {
				t.Errorf("held by %s is not said:\n%s", want, out)
			}
			if x.cmd == nil {
				return
			}
			x.stop()
		}
	}
	known := func() { // the copy and the journal can be read: nothing was put aside or made anew
		t.Helper()
		out, stderr, code := x.tillgate("copy", "--json")
		if code != exitOK || !strings.Contains(out, `"customers":500`) || strings.Contains(out, `"rebuilt":"`) {
			t.Errorf("%s%s", out, stderr)
		}
	}
	x.start()
	x.filled()
	held("a file")
	if out, _, _ := x.tillgate("doctor"); !strings.Contains(out, "NOTE     key of the customers' data") || !strings.Contains(out, "systemd-creds encrypt --name=tillgate-key") {
		t.Errorf("no remedy:\n%s", out)
	}
	if info, err := os.Stat(filepath.Join(data, "seal.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, stderr, code := x.tillgate("rekey"); code != exitOK {
		t.Fatal(stderr)
	}
	x.link.Cut() // what is known now is known of the disk
	x.start()
	known()
	x.stop()

	// The service gets a credential: the file's key as the one before.
	creds := filepath.Join(x.dir, "creds")
	credential := func(name string, secret []byte) {
		t.Helper()
		path := filepath.Join(creds, name)
		var err error
		if secret == nil {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, throughSystemd(t, name, secret), 0o400)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(creds, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(data, "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := seal.NewSecret(), seal.NewSecret()
	credential("tillgate-key", first)
	credential("tillgate-key-old", file)
	t.Setenv("CREDENTIALS_DIRECTORY", creds)
	x.start()
	known()
	if out, _, _ := x.tillgate("doctor"); !strings.Contains(out, "NOTE     key of the customers' data: held by a systemd credential, and the one before still lies in "+filepath.Join(data, "seal.key")) {
		t.Errorf("the file that is left is not said:\n%s", out)
	}
	if err := os.Remove(filepath.Join(data, "seal.key")); err != nil {
		t.Fatal(err)
	}
	held("a systemd credential")

	credential("tillgate-key", nil)
	credential("tillgate-key-old", nil)
	credential("tillgate-key", second)
	credential("tillgate-key-old", first)
	x.start()
	known()
	x.stop()
	credential("tillgate-key-old", nil)
	x.start() // the new one alone
	known()
	x.stop()

	// Another's key opens nothing, begins nothing and changes nothing.
	credential("tillgate-key", nil)
	credential("tillgate-key", seal.NewSecret())
	before, err := os.ReadFile(filepath.Join(data, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	if out, stderr, code := x.tillgate("journal"); code == exitOK {
		t.Errorf("with another's key:\n%s%s", out, stderr)
	}
	if after, err := os.ReadFile(filepath.Join(data, "journal.db")); err != nil || string(after) != string(before) {
		t.Errorf("the journal was changed: %v", err)
	}
	credential("tillgate-key", nil)
	credential("tillgate-key", second)

	if out, stderr, code := x.tillgate("wipe"); code != exitUsage {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
	out, stderr, code := x.tillgate("wipe", "--yes")
	if code != exitOK || !strings.Contains(out, "systemd credential tillgate-key, delete that too") {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
	left, _ := os.ReadDir(data)
	for _, f := range left {
		if n := f.Name(); strings.HasPrefix(n, "journal") || strings.HasPrefix(n, "cache") || strings.HasPrefix(n, "seal") || n == "export" {
			t.Errorf("left: %s", n)
		}
	}
}
