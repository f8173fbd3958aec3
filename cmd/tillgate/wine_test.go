//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/seal"
	"github.com/tillgate/tillgate/ui/checkout"
)

// inWine is the program that runs Windows programs here. It skips, or fails on
// the continuous integration, where there is none.
func inWine(t *testing.T) string {
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
	return wine
}

// forWindows is a go command for Windows, with cgo as the program is shipped.
func forWindows(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=1", "CC=x86_64-w64-mingw32-gcc")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s for Windows: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// What the drivers and the decoder promise holds in the build for Windows too.
// The packages that are not here need devices that Wine has not, or remove files
// in a way that it does not know: those are vetted, and the next test runs what
// they make together.
func TestPackagesInWine(t *testing.T) {
	wine := inWine(t)
	forWindows(t, "vet", "../../...")
	forWindows(t, "test", "-exec", wine, "../../decode", "../../decode/aim", "../../decode/card", "../../decode/gs1", "../../decode/text",
		"../../driver", "../../driver/hid/descriptor", "../../driver/hid/keyboard", "../../driver/hid/oem", "../../driver/hid/pos",
		"../../driver/serial", "../../driver/wedge", "../../ui/forward")
}

// windowsPath is a file of ours as Wine's programs name it.
func windowsPath(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// The main job in Wine: the demo's sale from scan to ledger, over files,
// sockets, memory maps and locks as Windows has them; then the plug is
// pulled between the cashier's choice and the payment.
func TestWindowsInWine(t *testing.T) {
	wine, exe := inWine(t), filepath.Join(t.TempDir(), "tillgate.exe")
	forWindows(t, "build", "-trimpath", "-o", exe, ".")
	bin := []string{wine, exe}
	dir := filepath.Join(t.TempDir(), "demo")
	data := windowsPath(dir)
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
	// The key is sealed by DPAPI: what lies in the file is longer than a key, and is no
	// key. That it is opened again was shown when the plug was pulled.
	if out := d.tillgate("copy"); !strings.Contains(out, "held by "+string(seal.System)) {
		t.Errorf("copy: %s", out)
	}
	if held, err := os.ReadFile(filepath.Join(dir, "seal.key")); err != nil || len(held) <= 2*seal.KeySize {
		t.Errorf("%v: %d bytes in seal.key", err, len(held))
	}
	if out := d.tillgate("journal"); strings.Contains(out, card1) {
		t.Errorf("the journal shows the number of a card:\n%s", out)
	}
	d.interrupt()
}
