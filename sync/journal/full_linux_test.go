package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

const fullEnv = "TILLGATE_JOURNAL_FULL_DISK"

// TestDiskFull runs itself again in a mount namespace of its own, on a tmpfs of
// five megabytes.
func TestDiskFull(t *testing.T) {
	if dir := os.Getenv(fullEnv); dir != "" {
		onFullDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), fullEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("this system gives no namespace of our own: %v", err)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case !strings.Contains(string(out), "recovered"):
		t.Fatalf("nothing was shown\n%s", out)
	}
	t.Logf("%s", out)
}

func onFullDisk(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=5m"); err != nil {
		t.Skipf("no tmpfs here: %v", err)
	}
	p := filepath.Join(dir, "journal.db")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, p)
	var acked []loyalty.Key
	var err error
	for i := 0; i < 10_000; i++ {
		var e Entry
		if e, err = j.Append(op(fmt.Sprint(i), loyalty.Reserve, 1), true); err != nil {
			break
		}
		acked = append(acked, e.Op.Key)
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "not on disk") {
		t.Fatalf("after %d operations: %v", len(acked), err)
	}
	failed := loyalty.Key(fmt.Sprint(len(acked), "/reserve"))
	if _, err := j.Get(failed); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was refused is there: %v", err)
	}
	if n, _ := j.Counts(); n[Pending] != len(acked) {
		t.Errorf("counts %v, %d acknowledged", n, len(acked))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	again := must[Entry](t)(j.Append(op(fmt.Sprint(len(acked)), loyalty.Reserve, 1), true))
	if again.Op.Key != failed {
		t.Errorf("key %s", again.Op.Key)
	}
	closeChecked(t, j)
	j = open(t, p)
	for _, k := range append(acked, failed) {
		if _, err := j.Get(k); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
	t.Logf("recovered: %d operations before the disk was full, all there", len(acked))
}
