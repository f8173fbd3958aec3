//go:build linux

package main

import (
	bytes32 "encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// The settings of proxies, as the dialog "Proxy" and "netsh winhttp set proxy" leave
// them in Windows' registry. They are not documented; the layout is the one that
// Wine's winhttp reads (dlls/winhttp/session.c, struct connection_settings_header).
const (
	ofUser    = `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	ofMachine = `HKLM\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`

	userValue, userMagic       = "DefaultConnectionSettings", 0x46
	machineValue, machineMagic = "WinHttpSettings", 0x18

	named, byScript = 2, 4
)

// connection is a value of them.
func connection(magic, flags uint32, server, bypass, script string) string {
	b := bytes32.LittleEndian.AppendUint32(nil, magic)
	b = bytes32.LittleEndian.AppendUint32(b, 0)
	b = bytes32.LittleEndian.AppendUint32(b, flags|1)
	for _, text := range []string{server, bypass, script} {
		b = bytes32.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	return hex.EncodeToString(append(b, make([]byte, 32)...))
}

// registry sets a value in Wine, or deletes it if it is "".
func registry(t *testing.T, wine, key, name, value string) {
	t.Helper()
	args := []string{"-k", "5", "60", wine, "reg", "add", key, "/v", name, "/t", "REG_BINARY", "/d", value, "/f"}
	if value == "" {
		args = append(append(args[:4:4], "reg", "delete"), key, "/v", name, "/f")
	}
	if out, err := exec.Command("timeout", args...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v: %s", args, err, out)
	}
}

// The real program for Windows takes its proxy from the system's settings: it fills
// its copy and books a sale through it, with a host that only the proxy knows. What
// the settings name as an exception goes directly, and a script is told of. Its key
// is held by Windows' data protection, and can be changed.
func TestWindowsTillInWine(t *testing.T) {
	wine, exe := inWine(t), filepath.Join(t.TempDir(), "tillgate.exe")
	forWindows(t, "build", "-trimpath", "-o", exe, ".")
	x := newTill(t)
	p, ca := proxied(x)
	config := strings.NewReplacer(
		fmt.Sprintf("%q", filepath.Join(x.dir, "data")), fmt.Sprintf("%q", windowsPath(filepath.Join(x.dir, "data"))),
		fmt.Sprintf("%q", x.scanner.Path()), `"COM9"`,
		"http://"+x.link.Addr().String(), "https://example.com",
		"[provider.central]", fmt.Sprintf("[provider.central]\nca_file = %q", windowsPath(ca)),
	).Replace(x.defaultConfig())
	x.write(config)
	x.env = append(x.env, "TILLGATE_CONFIG="+windowsPath(x.config))
	x.bin = filepath.Join(x.dir, "tillgate")
	if err := os.WriteFile(x.bin, []byte(fmt.Sprintf("#!/bin/sh\nexec %q %q \"$@\"\n", wine, exe)), 0o700); err != nil {
		t.Fatal(err)
	}

	server := strings.TrimPrefix(p.URL, "http://")
	registry(t, wine, ofUser, userValue, connection(userMagic, named, "https="+server, "*.shop.example;<local>", ""))
	t.Cleanup(func() { registry(t, wine, ofUser, userValue, "") })
	x.start()
	x.filled()
	c := x.connect()
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: x.phoneOf(customer1)})
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_amount", 10)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 10 {
		t.Errorf("%d redemptions of %d points, want one of 10", n, points)
	}
	p.set(func() {
		if p.tunnels == 0 {
			t.Error("nothing went through the proxy")
		}
		p.tunnels = 0
	})
	x.kill()

	seal := func() string { return slurp(t, filepath.Join(x.dir, "data", "seal.key")) }
	if out, stderr, _ := x.tillgate("check"); !strings.Contains(out, "under a key held by the system's data protection") {
		t.Errorf("who holds the key is not said:\n%s%s", out, stderr)
	}
	before := seal()
	if out, stderr, code := x.tillgate("rekey"); code != exitOK || seal() == before || len(before) < 100 {
		t.Errorf("rekey ends with %d; the key's file has %d bytes: %s%s", code, len(before), out, stderr)
	}

	registry(t, wine, ofUser, userValue, connection(userMagic, named, server, "example.com;<local>", ""))
	x.start()
	s := x.connect().await(t, "nobody is reached past the proxy", func(s checkout.State) bool { return hasCondition(s, checkout.OfflineSince) })
	if s.Link.Copy != 500 || hasCondition(s, checkout.CacheRebuilt) {
		t.Errorf("with the new key the copy has %d customers", s.Link.Copy)
	}
	p.set(func() {
		if p.tunnels > 0 {
			t.Errorf("%d tunnels through the proxy that is passed by", p.tunnels)
		}
	})
	x.kill()

	// A script is not run, and that is said.
	registry(t, wine, ofUser, userValue, connection(userMagic, byScript, "", "", "http://proxy.shop.example/proxy.pac"))
	if out, _, _ := x.tillgate("doctor"); !strings.Contains(out, "http://proxy.shop.example/proxy.pac") {
		t.Errorf("doctor does not tell of the script:\n%s", out)
	}

	// The machine's proxy is a service's.
	registry(t, wine, ofMachine, machineValue, connection(machineMagic, named, server, "<local>", ""))
	t.Cleanup(func() { registry(t, wine, ofMachine, machineValue, "") })
	x.start()
	x.connect().await(t, "through the machine's proxy", func(s checkout.State) bool { return s.Link.Online })
	p.set(func() {
		if p.tunnels == 0 {
			t.Error("nothing went through the machine's proxy")
		}
	})
	x.kill()
}

// phoneOf is the phone of a customer of the central API.
func (x *till) phoneOf(id loyalty.CustomerID) string {
	x.t.Helper()
	c, err := x.central.Customer(id)
	if err != nil {
		x.t.Fatal(err)
	}
	return string(c.Phone)
}
