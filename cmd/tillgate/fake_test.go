//go:build linux

package main

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
)

// The doubles as programs: what they print is enough to use them, and their
// faults can be set while they run.
func TestFakes(t *testing.T) {
	for name, x := range map[string]struct {
		fault   string
		connect func(said map[string]string) (loyalty.Provider, error)
	}{
		"maxma": {"not_now:get-balance:1", func(said map[string]string) (loyalty.Provider, error) {
			return maxma.New(maxma.Config{URL: said["maxma"], Key: said["key"], ShopCode: "1"})
		}},
		"amocrm": {"storm:/customers/3:1", func(said map[string]string) (loyalty.Provider, error) {
			return amocrm.New(amocrm.Config{URL: said["amocrm"], Token: said["token"], RequestsPerSecond: 7})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bin, err := binary()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(bin, "fake", name, "--listen", "127.0.0.1:0", "--fault", x.fault)
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			log := &logFile{}
			logged := log.follow(t, cmd)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				cmd.Process.Kill()
				cmd.Wait()
				logged()
				demoSecrets(t).check(t, log.text())
			})
			said := map[string]string{}
			lines := bufio.NewScanner(out)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
				if name, what, _ := strings.Cut(lines.Text(), ":"); said[name] == "" {
					said[name] = strings.Fields(what)[0]
				}
			}
			p, err := x.connect(said)
			if err != nil {
				t.Fatal(err)
			}
			id := loyalty.Ident{Kind: loyalty.ByCard, Value: said["card"]}
			if _, err := p.Lookup(t.Context(), id); loyalty.Judge(err) != loyalty.Later {
				t.Errorf("the fault of the command line: %v", err)
			}
			if found, err := p.Lookup(t.Context(), id); err != nil || found.Name == "" {
				t.Errorf("%v, %v", found, err)
			}
			for fault, status := range map[string]int{"revoked::1": 200, "nonsense": 400} {
				answer, err := http.PostForm(said[name]+"/fake/fault", url.Values{"fault": {fault}})
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != status {
					t.Errorf("fault %s: status %d", fault, answer.StatusCode)
				}
			}
			if _, err := p.Lookup(t.Context(), id); err == nil {
				t.Error("the fault did not strike")
			}
			cmd.Process.Signal(os.Interrupt)
			if err := cmd.Wait(); err != nil {
				t.Errorf("after Ctrl-C: %v", err)
			}
		})
	}
}
