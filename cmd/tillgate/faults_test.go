//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/ui/checkout"
)

func (x *till) data(name string) string { return filepath.Join(x.dir, "data", name) }

func TestSecondDaemonOnOneDataFolder(t *testing.T) {
	x := newTill(t)
	x.start()
	_, stderr, code := x.tillgate("run")
	if code != exitBusy || !strings.Contains(stderr, fmt.Sprintf("process %d", x.cmd.Process.Pid)) {
		t.Errorf("exit code %d, want %d; it says %s", code, exitBusy, stderr)
	}
	x.connect() // the first one goes on
}

func TestPortTaken(t *testing.T) {
	x := newTill(t)
	srv := &http.Server{Addr: x.listen}
	go srv.ListenAndServe()
	defer srv.Close()
	eventually(t, "the port is taken", func() bool { _, err := http.Get("http://" + x.listen); return err == nil })
	_, stderr, code := x.tillgate("run")
	if code != exitBusy || !strings.Contains(stderr, "another program has it") {
		t.Errorf("exit code %d, want %d; it says %s", code, exitBusy, stderr)
	}
}

// A damaged journal keeps the daemon from starting, and is not touched.
func TestJournalDamaged(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	x.stop()
	for name, damage := range map[string]func(b []byte) []byte{
		"cut":        func(b []byte) []byte { return b[:len(b)/3] },
		"first page": func(b []byte) []byte { return append(bytes.Repeat([]byte{0xff}, 8192), b[8192:]...) },
		"not ours":   func([]byte) []byte { return []byte("a letter to the accountant\n") },
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := os.ReadFile(x.data("journal.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer os.WriteFile(x.data("journal.db"), whole, 0o600)
			bad := damage(whole)
			if err := os.WriteFile(x.data("journal.db"), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			_, stderr, code := x.tillgate("run")
			if code != exitDamaged || !strings.Contains(stderr, "journal") {
				t.Errorf("exit code %d, want %d; it says %s", code, exitDamaged, stderr)
			}
			if now, _ := os.ReadFile(x.data("journal.db")); !bytes.Equal(now, bad) {
				t.Error("the damaged journal was written to")
			}
		})
	}
}

// A damaged copy is made anew from the central API; the journal is untouched.
func TestCacheDamaged(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	x.stop()
	files, err := filepath.Glob(x.data("cache.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no copy: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, append(bytes.Repeat([]byte{0xff}, 8192), b[8192:]...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x.start()
	x.filled()
	c := x.connect()
	x.scan(card1)
	if p := c.awaitPrompt(t, checkout.AskTotal); p.Customer.Balance == 0 {
		t.Error("the customer came back without points")
	}
	if !strings.Contains(x.log.text(), "damaged") {
		t.Error("the log does not say that the copy was damaged")
	}
}

func hasCondition(s checkout.State, code string) bool {
	for _, c := range s.Conditions {
		if c.Code == code {
			return true
		}
	}
	return false
}

// The daemon starts without scanner and without network, says both, and takes
// the scanner up within two seconds of its being plugged in.
func TestStartWithNothing(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	x.scanner.Unplug()
	x.link.Cut()
	x.start()
	c := x.connect()
	c.await(t, "both are said", func(s checkout.State) bool {
		return !s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == driver.Absent && s.Devices[0].Reason != ""
	})
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the copy is filled when the network comes", func(s checkout.State) bool { return s.Link.Copy == 500 })
	for range 3 {
		if err := x.scanner.Replug(); err != nil {
			t.Fatal(err)
		}
		plugged := time.Now()
		c.await(t, "the scanner is taken up", func(s checkout.State) bool { return s.Devices[0].State == driver.Ready })
		t.Logf("taken up %v after it was plugged in", time.Since(plugged))
		x.scan(card1)
		c.await(t, "it scans", func(s checkout.State) bool { return s.Prompt != nil && s.Prompt.Customer != nil })
		c.choose(t, *c.await(t, "prompt", func(s checkout.State) bool { return s.Prompt != nil }).Prompt, "not_this", 0)
		x.scanner.Unplug()
		c.await(t, "the loss is shown", func(s checkout.State) bool { return s.Devices[0].State == driver.Absent })
		time.Sleep(1300 * time.Millisecond) // the same card is a new showing again
	}
	c.await(t, "the condition is shown", func(s checkout.State) bool { return hasCondition(s, "scanner_lost") })
}

// The full disk is a small file system in memory; it takes root to mount.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("needs root, to mount a small file system")
		}
		t.Skip("needs root, to mount a small file system")
	}
	x := newTill(t)
	if err := os.MkdirAll(x.data(""), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", x.data(""), "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.kill(); syscall.Unmount(x.data(""), 0) })
	x.start()
	x.filled()
	c := x.connect()
	c.total(t, 100_000)
	x.scan(card1)
	p := c.awaitPrompt(t, checkout.AskSpend)

	// The rest of the disk is taken away.
	room := x.filler()

	refused := 0
	for i := range 400 { // until the journal needs a new page on the disk
		_, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: "spend_none"})
		if err != nil {
			t.Fatal(err)
		}
		p = c.awaitPrompt(t, checkout.AskPay)
		_, err = c.do(checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: "paid"})
		if errors.Is(err, errRefused) && strings.Contains(err.Error(), "disk") {
			refused++
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		c.total(t, 100_000)
		if err := x.scanner.Scan(string(plainCard(1 + i%300))); err != nil {
			t.Fatal(err)
		}
		p = c.awaitPrompt(t, checkout.AskSpend)
	}
	if refused == 0 {
		t.Fatal("the disk never filled: nothing was proved")
	}
	c.await(t, "the condition is shown", func(s checkout.State) bool { return hasCondition(s, "disk") })
	room()
	p = c.awaitPrompt(t, checkout.AskPay)
	c.choose(t, p, "paid", 0)
	x.drained()
	x.audit()
}

// 64 KiB of noise on the port are thrown away and counted; the next scan counts.
func TestGarbageOnThePort(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	noise := bytes.Repeat([]byte{0xa5, 0x5a, 0xff, 0x80}, 16<<10)
	if err := x.scanner.Send(noise); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // longer than the silence that ends a scan
	x.scan(card1)
	c.await(t, "the card after the noise", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Customer != nil && s.Devices[0].Lost > 0
	})
}

// A phone number that two customers have is a question, not a guess.
func TestTwoCustomersClaimOnePhone(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	samples, err := x.central.Samples()
	if err != nil {
		t.Fatal(err)
	}
	c := x.connect()
	c.total(t, 100_000)
	for _, s := range samples {
		if s.Kind != "shared phone" {
			continue
		}
		c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: s.Code})
		p := c.awaitPrompt(t, checkout.AskChoose)
		if len(p.Choices) < 3 {
			t.Errorf("the choices are %+v, want two customers and neither", p.Choices)
		}
		return
	}
	t.Fatal("no such sample")
}

// A foreign page gets nothing: neither by another origin nor by another name for
// this machine.
func TestForeignPage(t *testing.T) {
	x := newTill(t)
	x.start()
	for _, c := range []struct {
		name, host, origin string
		want               int
	}{
		{"the page itself", "", x.page[:len(x.page)-1], 200},
		{"a program", "", "", 200},
		{"another origin", "", "https://evil.example", 403},
		{"another port", "", "http://127.0.0.1:1", 403},
		{"DNS rebinding", "evil.example:8377", "http://evil.example:8377", 403},
		{"no origin from a file", "", "null", 403},
	} {
		req, _ := http.NewRequest("GET", x.page+"v1/state", nil)
		if c.host != "" {
			req.Host = c.host
		}
		if c.origin != "" {
			req.Header.Set("Origin", c.origin)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.want)
		}
	}
}

// What the central API refuses after the cashier was told that it holds stands
// on the list until a person settles it, with name and reason.
func TestRefusedLateNeedsAPerson(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	c.total(t, 100_000)
	x.scan(card1)
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_none", 0)
	p := c.awaitPrompt(t, checkout.AskPay)
	x.link.Cut()
	c.await(t, "offline", func(s checkout.State) bool { return !s.Link.Online })
	c.choose(t, p, "paid", 0)
	if err := x.central.Remove(customer1); err != nil {
		t.Fatal(err)
	}
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "it is on the list", func(s checkout.State) bool { return s.Journal.People == 1 && hasCondition(s, "journal_refused") })

	stdout, _, code := x.tillgate("journal")
	if code != 0 || !strings.Contains(stdout, "needs a person") || !strings.Contains(stdout, "sale paid") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	key := strings.Fields(strings.Split(stdout, "\n")[1])[0]
	if _, stderr, code := x.tillgate("journal", "resolve", key); code != exitUsage {
		t.Errorf("without a reason: exit code %d, want %d: %s", code, exitUsage, stderr)
	}
	stdout, stderr, code := x.tillgate("journal", "resolve", key, "--who", "Anna", "--why", "customer left the programme")
	if code != 0 || !strings.Contains(stdout, "resolved by Anna") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	c.await(t, "the list is empty", func(s checkout.State) bool { return s.Journal.People == 0 })
	x.stop()
	stdout, stderr, code = x.tillgate("journal", "list", "--all", "--json") // reads the file itself
	if code != 0 || !strings.Contains(stdout, `"who":"Anna"`) || strings.Contains(stdout, card1) || strings.Contains(stdout, string(customer1)) {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if whole, _, _ := x.tillgate("journal", "list", "--all", "--json", "--whole"); !strings.Contains(whole, card1) || !strings.Contains(whole, `"customer":"`+string(customer1)) {
		t.Error(whole)
	}
}

// No log at any level has a card, a phone or a name: every till of these tests is
// held to that when its test ends; here are the cards and phones that nobody has.
func TestLogsHaveNoPersonalData(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	c.total(t, 100_000)
	x.scan(card1)
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_all", 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	x.secrets.add("2999999999991", "299999999999", "9997776655")
	x.scan("2999999999991")
	c.awaitPrompt(t, checkout.AskUnknown)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: "8 999 777-66-55"})
	x.drained()
	x.stop()
	if !strings.Contains(x.log.text(), "level=DEBUG") {
		t.Fatal("the log has no debug lines: nothing was proved")
	}
}
