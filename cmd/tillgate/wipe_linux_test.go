package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/ui/checkout"
)

// holds says which files below a folder have a text in them.
func holds(t *testing.T, dir string, what []byte) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, what) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A till that has sold, registered and exported is wiped: not while it runs, not
// while it owes something, not without being told so twice. Afterwards nothing of
// its customers, keys and queue is in its folders, and somebody else's files are.
func TestWipeOfATillThatSold(t *testing.T) {
	x := newTill(t)
	export := filepath.Join(x.dir, "accounts")
	data := filepath.Join(x.dir, "data")
	token := filepath.Join(x.dir, "token")
	if err := os.WriteFile(token, []byte(x.token), 0o600); err != nil {
		t.Fatal(err)
	}
	x.write(strings.Replace(x.defaultConfig(), "env:TILLGATE_TEST_TOKEN", "file:"+token, 1) + fmt.Sprintf("[journal]\nexport_dir = %q\n", export))
	wipe := func(code int, want string, args ...string) string {
		t.Helper()
		out, stderr, got := x.tillgate(append([]string{"wipe"}, args...)...)
		if got != code || !strings.Contains(out+stderr, want) {
			t.Fatalf("wipe %v ends with %d, want %d and %q:\n%s%s", args, got, code, want, out, stderr)
		}
		return out
	}
	x.start()
	x.filled()
	c := x.connect()
	x.sellOne(c, 1)
	x.drained()
	x.offline(c)
	x.sellOne(c, 2)
	if _, stderr, code := x.tillgate("pair"); code != exitOK {
		t.Fatal(stderr)
	}
	wipe(exitBusy, "stop it first", "--yes")
	x.stop()
	wipe(exitFailure, "1 operations are not settled", "--yes")
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.start()
	x.connect().await(t, "sent", func(s checkout.State) bool { return s.Link.Online && s.Journal.Pending+s.Journal.Unknown == 0 })
	x.stop()

	// The day is closed, and somebody else keeps files in the same folder.
	cfg, err := ParseConfig(x.config, []byte(slurp(t, x.config)))
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(data, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Tidy(time.Now().AddDate(0, 0, 1), cfg.keeping())
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	foreign := []string{filepath.Join(export, "journal_1_10_000001_2026-11-21.csv"), filepath.Join(export, "notes.csv"), filepath.Join(data, "photo.jpg")}
	for _, f := range foreign {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exported, _ := filepath.Glob(filepath.Join(export, "journal_1_1_*"))
	if len(exported) != 4 {
		t.Fatalf("exported: %v", exported)
	}

	secret, err := os.ReadFile(filepath.Join(data, "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	sold, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	if len(holds(t, data, secret)) != 1 {
		t.Error("the key is not where it is looked for: this proves little")
	}
	for _, f := range []string{exported[0], filepath.Join(data, "journal.db"), "the key of all that is sealed, held by a file", token} {
		if out := wipe(exitUsage, "say --yes"); !strings.Contains(out, f) {
			t.Errorf("%s is not in what would be deleted:\n%s", f, out)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(export, "journal_1_1_*")); len(left) != 4 || len(holds(t, data, secret)) != 1 {
		t.Fatal("something was deleted without --yes")
	}
	out := wipe(exitOK, "deleted: "+exported[0], "--yes")
	for _, want := range []string{"stays: " + foreign[2], "stays: file:" + token + ", which somebody gave this till"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	for _, dir := range []string{data, export} {
		for _, what := range []string{string(secret), x.token, card1, string(plainCard(2)), sold.Name, string(sold.Phone)} {
			if files := holds(t, dir, []byte(what)); len(files) > 0 {
				t.Errorf("%q is in %v", what, files)
			}
		}
	}
	var left []string
	for _, dir := range []string{data, export} {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		left = append(left, files...)
	}
	if want := strings.Join([]string{foreign[2], foreign[0], foreign[1]}, "\n"); strings.Join(left, "\n") != want {
		t.Errorf("left:\n%s\nwant:\n%s", strings.Join(left, "\n"), want)
	}
	wipe(exitOK, "", "--yes") // once more finds nothing to do
}
