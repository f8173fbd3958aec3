//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui/checkout"
)

// runningDemo is the program that make demo runs.
type runningDemo struct {
	t    *testing.T
	bin  []string // the program and what goes before its own arguments
	cmd  *exec.Cmd
	data string
	said map[string][]string // what is behind "page:", "card:", …
	log  *logFile
}

func startDemo(t *testing.T, data string, args ...string) *runningDemo {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return startDemoOf(t, []string{bin}, data, args...)
}

func startDemoOf(t *testing.T, bin []string, data string, args ...string) *runningDemo {
	t.Helper()
	d := &runningDemo{t: t, bin: bin, data: data, said: map[string][]string{}, log: &logFile{}}
	d.cmd = d.command(append([]string{"demo", "--verbose", "--listen", "127.0.0.1:0"}, args...)...)
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	logged := d.log.follow(t, d.cmd)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		d.cmd.Wait()
		logged()
		demoSecrets(t).check(t, d.log.text())
		if !strings.Contains(d.log.text(), "level=DEBUG") {
			t.Error("the demo's log has no debug lines: nothing was proved of it")
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			go io.Copy(io.Discard, out)
			return d
		}
		name, what, _ := strings.Cut(lines.Text(), ":")
		d.said[name] = append(d.said[name], strings.TrimSpace(what))
	}
	t.Fatalf("the demo ended; it said %v", d.said)
	return nil
}

// word is the first word behind a name.
func (d *runningDemo) word(name string) string {
	d.t.Helper()
	if len(d.said[name]) == 0 {
		d.t.Fatalf("the demo did not print a line %s:", name)
	}
	return strings.Fields(d.said[name][0])[0]
}

// command is the program with arguments, in the demo's data folder.
func (d *runningDemo) command(args ...string) *exec.Cmd {
	all := slices.Concat(d.bin, args, []string{"--data", d.data})
	return exec.Command(all[0], all[1:]...)
}

func (d *runningDemo) tillgate(args ...string) string {
	d.t.Helper()
	out, err := d.command(args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("tillgate %s: %v: %s", args, err, out)
	}
	return string(out)
}

// interrupt is Ctrl-C.
func (d *runningDemo) interrupt() {
	d.t.Helper()
	d.cmd.Process.Signal(os.Interrupt)
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("after Ctrl-C: %v", err)
	}
}

// The demo does the main job, with what it prints alone; it forgets nothing
// between two runs and leaves nothing behind.
func TestDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	d := startDemo(t, data)
	page, trigger := d.word("page"), d.word("trigger")
	if card := d.word("card"); card != card1 {
		t.Errorf("the first card is %s, want %s", card, card1)
	}
	if all := strings.Join(d.said["card"], "\n"); !strings.Contains(all, "unknown") {
		t.Errorf("no card is unknown:\n%s", all)
	}
	c, err := connect(page)
	if err != nil {
		t.Fatal(err)
	}
	c.total(t, 100_000)

	// A person writes to the trigger.
	if err := os.WriteFile(trigger, []byte(card1+"\r"), 0); err != nil {
		t.Fatal(err)
	}
	p := c.awaitPrompt(t, checkout.AskSpend)
	before := p.Customer.Balance
	c.choose(t, p, "spend_all", 0)
	p = c.awaitPrompt(t, checkout.AskPay)
	spent, earned := p.Quote.Spend, p.Quote.Earn
	c.choose(t, p, "paid", 0)

	// The command line scans, and cuts the central API off and back.
	d.tillgate("scan", "4601234567893")
	if scans, err := c.awaitScans(1, 10*time.Second); err != nil || scans[0].Text != "4601234567893" {
		t.Errorf("scans %v, %v", scans, err)
	}
	d.tillgate("demo", "cut")
	c.await(t, "cut off", func(s checkout.State) bool { return !s.Link.Online })
	d.tillgate("demo", "restore")
	c.await(t, "back", func(s checkout.State) bool { return s.Link.Online && s.Journal.Pending+s.Journal.Unknown == 0 })
	if out := d.tillgate("devices"); !strings.Contains(out, "serial:demo") || !strings.Contains(out, "ready") {
		t.Errorf("devices: %s", out)
	}
	d.interrupt()

	if _, err := http.Get(page); err == nil {
		t.Error("the page is still served after Ctrl-C")
	}
	for _, path := range []string{trigger, d.word("scanner"), filepath.Join(data, controlSocket)} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there after Ctrl-C", path)
		}
	}

	d = startDemo(t, data)
	if c, err = connect(d.word("page")); err != nil {
		t.Fatal(err)
	}
	d.tillgate("scan", card1)
	p = c.awaitPrompt(t, checkout.AskTotal)
	if want := before - spent + earned; p.Customer.Balance != want {
		t.Errorf("after a restart the balance is %d, want %d", p.Customer.Balance, want)
	}
	d.interrupt()
	if want := fmt.Sprintf("%d points", p.Customer.Balance); !strings.Contains(d.said["card"][0], want) {
		t.Errorf("the demo prints %q, want %s", d.said["card"][0], want)
	}
}

// Whoever tries the demo and has configured nothing need not say where its data is.
func TestDemoIsFound(t *testing.T) {
	if _, err := os.Stat(defaultConfigPath()); err == nil {
		t.Skip("NOT TESTED: this machine is a till")
	}
	state := t.TempDir()
	d := startDemo(t, filepath.Join(state, "tillgate-demo"))
	x := &till{t: t, bin: d.bin[0], env: []string{"XDG_STATE_HOME=" + state, "TILLGATE_CONFIG=" + defaultConfigPath()}}
	for _, c := range []struct{ command, want string }{
		{"devices", "serial:demo"},
		{"journal", "Nothing is owed"},
		{"copy", "customers  500"},
		{"drafts", "No registration waits"},
		{"doctor", "programme central http://"},
	} {
		out, stderr, code := x.tillgate(c.command)
		if code != exitOK || !strings.Contains(out, c.want) || !strings.Contains(stderr, "this is the demo that runs, --data "+d.data) {
			t.Errorf("%s: exit code %d\n%s%s", c.command, code, out, stderr)
		}
	}
	out := d.tillgate("doctor")
	for _, want := range []string{"NOTE     configuration: ", "OK       page " + d.word("page") + ": is served", "OK       programme central http://"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	d.interrupt()
	if _, stderr, code := x.tillgate("journal"); code != exitConfig || !strings.Contains(stderr, "which tillgate?") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// The demo with the double of a vendor does a sale that spends, and forgets the
// other programme's customers.
func TestDemoVendors(t *testing.T) {
	for _, name := range []string{"maxma", "amocrm"} {
		t.Run(name, func(t *testing.T) { demoSale(t, name) })
	}
}

func demoSale(t *testing.T, vendor string) {
	data := filepath.Join(t.TempDir(), "demo")
	startDemo(t, data).interrupt()
	d := startDemo(t, data, "--provider", vendor)
	code := strings.Fields(d.said["card"][0])[0]
	c, err := connect(d.word("page"))
	if err != nil {
		t.Fatal(err)
	}
	c.total(t, 100_000)
	d.tillgate("scan", code)
	p := c.awaitPrompt(t, checkout.AskSpend)
	if got, card := fmt.Sprintf("%d points", p.Customer.Balance), d.said["card"][0]; !strings.Contains(card, got) {
		t.Errorf("the page shows %s, the demo prints %q", got, card)
	}
	before := p.Customer.Balance
	c.choose(t, p, "spend_all", 0)
	p = c.awaitPrompt(t, checkout.AskPay)
	spent, earned := p.Quote.Spend, p.Quote.Earn
	c.choose(t, p, "paid", 0)
	c.await(t, "booked", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 0 && s.Prompt == nil })
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Card: code})
	c.await(t, "the new balance", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Customer != nil && s.Prompt.Customer.Balance == before-spent+earned
	})
	d.interrupt()
}
