//go:build linux

package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui/uitest"
)

// The daemon can not work: the page that was open says why, and how the shop goes
// on; then the program ends with its code.
func TestPageSaysWhyTheDaemonDoesNotWork(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	b := uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	x.stop()
	if err := os.WriteFile(x.data("journal.db"), []byte("a letter to the accountant\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := x.command("run", "--explain", "10m")
	ended := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- cmd.Wait() }()
	b.Until(`document.querySelector('[data-cover="fatal"]')`)
	b.Shot("why")
	cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		t.Fatal("it does not end")
	}
	if code := cmd.ProcessState.ExitCode(); code != exitDamaged {
		t.Errorf("exit code %d, want %d", code, exitDamaged)
	}
	b.Until(`document.querySelector('[data-cover="down"]')`)
}
