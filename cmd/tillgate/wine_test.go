//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui/checkout"
)

// windowsProgram is the program for Windows, with cgo as it is shipped, and the
// way to run it here. It skips, or fails on the continuous integration, where
// there is no Wine.
func windowsProgram(t *testing.T) []string {
	t.Helper()
	if os.Getenv("TILLGATE_E2E") == "" {
		t.Skip("NOT TESTED IN WINE: make e2e does")
	}
	wine, err := filepath.Abs("../../.ci/wine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat("/usr/lib/wine/wine64"); err == nil {
		_, err = exec.LookPath("x86_64-w64-mingw32-gcc")
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%v: run .ci/wine --setup first", err)
	} else if err != nil {
		t.Skipf("NOT TESTED IN WINE: %v. .ci/wine --setup installs what is missing.", err)
	}
	exe := filepath.Join(t.TempDir(), "tillgate.exe")
	build := exec.Command("go", "build", "-trimpath", "-o", exe, ".")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=1", "CC=x86_64-w64-mingw32-gcc")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build for Windows: %v\n%s", err, out)
	}
	return []string{wine, exe}
}

// windowsPath is a file of ours as Wine's programs name it.
func windowsPath(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// The main job in Wine: the demo's sale from scan to ledger, over files, named
// pipes or sockets, memory maps and locks as Windows has them; then the plug is
// pulled between the cashier's choice and the payment.
func TestWindowsInWine(t *testing.T) {
	bin := windowsProgram(t)
	data := windowsPath(filepath.Join(t.TempDir(), "demo"))
	d := startDemoOf(t, bin, data)
	if what := strings.Join(d.said["scanner"], ""); what != "inside the demo" {
		t.Errorf("scanner: %s", what)
	}
	c, err := connect(d.word("page"))
	if err != nil {
		t.Fatal(err)
	}
	c.total(t, 100_000)
	d.tillgate("scan", card1)
	p := c.awaitPrompt(t, checkout.AskSpend)
	before := p.Customer.Balance
	c.choose(t, p, "spend_all", 0)
	p = c.awaitPrompt(t, checkout.AskPay)
	spent, earned := p.Quote.Spend, p.Quote.Earn
	if spent == 0 {
		t.Error("nothing was spent")
	}

	second := d.command("demo", "--listen", "127.0.0.1:0")
	if out, _ := second.CombinedOutput(); second.ProcessState.ExitCode() != exitBusy {
		t.Errorf("a second demo on the same data ends with %d: %s", second.ProcessState.ExitCode(), out)
	}

	d.cmd.Process.Kill()
	d.cmd.Wait()
	d = startDemoOf(t, bin, data)
	if c, err = connect(d.word("page")); err != nil {
		t.Fatal(err)
	}
	p = c.awaitPrompt(t, checkout.AskUnfinished)
	if p.Quote.Spend != spent {
		t.Errorf("after the plug was pulled the receipt spends %d, want %d", p.Quote.Spend, spent)
	}
	c.choose(t, p, "paid", 0)
	c.await(t, "booked", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 0 && s.Prompt == nil })
	d.tillgate("scan", card1)
	p = c.awaitPrompt(t, checkout.AskTotal)
	if want := before - spent + earned; p.Customer.Balance != want {
		t.Errorf("the balance is %d, want %d", p.Customer.Balance, want)
	}

	d.tillgate("scan", "4601234567893")
	if scans, err := c.awaitScans(1, 20*time.Second); err != nil || scans[0].Text != "4601234567893" {
		t.Errorf("scans %v, %v", scans, err)
	}
	if out := d.tillgate("devices"); !strings.Contains(out, "virtual:demo") || !strings.Contains(out, "ready") {
		t.Errorf("devices: %s", out)
	}
	if out := d.tillgate("journal"); strings.Contains(out, card1) {
		t.Errorf("the journal shows the number of a card:\n%s", out)
	}
	d.interrupt()
}
