package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/seal"
)

// The real program is killed in the middle of changing its key, again and again:
// what was promised can be read each time, and in the end one key is left.
func TestRekeyIsKilled(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := usedTill(t, true)
	file := filepath.Join(dir, "seal.key")
	first := slurp(t, file)
	took := time.Second
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(bin, append(args, "--data", dir)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	cut := 0
	for i := range 9 {
		began := time.Now()
		cmd := exec.Command(bin, "rekey", "--data", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i > 0 { // the first tells how long it takes
			timer := time.AfterFunc(rand.N(took), func() { cmd.Process.Kill() })
			defer timer.Stop()
		}
		if err := cmd.Wait(); err != nil {
			cut++
		}
		if i == 0 {
			took = time.Since(began)
		}
		if out := run("journal"); !strings.Contains(out, "1 wait for the central API") {
			t.Fatalf("after %d changes:\n%s", i, out)
		}
	}
	if cut == 0 {
		t.Error("none was killed: this proves little")
	}
	run("rekey")
	files, _ := filepath.Glob(filepath.Join(dir, seal.Files))
	if len(files) != 1 || slurp(t, file) == first {
		t.Errorf("keys that are left: %v", files)
	}
	if err := os.WriteFile(file, []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, "journal", "--data", dir).CombinedOutput(); err == nil || !strings.Contains(string(out), "is sealed") {
		t.Errorf("the first key opens it still: %v\n%s", err, out)
	}
	t.Logf("%d of 8 were killed", cut)
}
