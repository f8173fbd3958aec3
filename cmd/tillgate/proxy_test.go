//go:build linux

package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// proxy is a proxy as a shop's network has it. Whatever host it is asked for, it
// goes to one address. Plain http it does not know: the configuration allows that
// to this machine only, which no proxy is asked for.
type proxy struct {
	*httptest.Server
	api *httptest.Server // the central API with TLS

	mu      sync.Mutex
	user    string           // "name:password" in base64 that it wants; "" if it wants none
	page    http.HandlerFunc // the answer to CONNECT; nil: it opens the tunnel
	inside  http.HandlerFunc // the answer to what is in the tunnel, as of one that breaks TLS open; nil: the central API's
	tunnels int              // that it opened
	pages   int              // that it answered with instead of passing on
}

func (p *proxy) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	page := p.page
	switch {
	case p.user != "" && r.Header.Get("Proxy-Authorization") != "Basic "+p.user:
		page = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Proxy-Authenticate", `Basic realm="shop"`)
			htmlPage(http.StatusProxyAuthRequired)(w, r)
		}
	case r.Method != http.MethodConnect:
		page = htmlPage(http.StatusNotImplemented)
	case page == nil:
		p.tunnels++
	default:
		p.pages++
	}
	p.mu.Unlock()
	if page != nil {
		page(w, r)
		return
	}
	p.tunnel(w)
}

// within stands before the central API.
func (p *proxy) within(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		page := p.inside
		if page != nil && r.Method == http.MethodPut {
			p.pages++
		}
		p.mu.Unlock()
		if page == nil {
			page = api.ServeHTTP
		}
		page(w, r)
	})
}

func (p *proxy) tunnel(w http.ResponseWriter) {
	there, err := net.Dial("tcp", p.api.Listener.Addr().String())
	if err != nil {
		http.Error(w, "Bad gateway", http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	fmt.Fprint(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { io.Copy(there, here); there.Close() }()
	io.Copy(here, there)
}

// htmlPage is a page that something in the network has put before the answer.
func htmlPage(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "http://portal.example/login")
		w.WriteHeader(status)
		io.WriteString(w, "<!doctype html><title>Welcome to our Wi-Fi</title>")
	}
}

// behind is a till that reaches its central API by a name that only the proxy
// knows.
func behind(t *testing.T, env func(*proxy) []string) (*till, *proxy) {
	x := newTill(t)
	p, ca := proxied(x)
	config := strings.Replace(x.defaultConfig(), "http://"+x.link.Addr().String(), "https://example.com", 1)
	x.write(strings.Replace(config, "[provider.central]", fmt.Sprintf("[provider.central]\nca_file = %q", ca), 1))
	x.env = append(x.env, env(p)...)
	x.start()
	return x, p
}

// proxied puts a proxy before the central API of a till, whose environment names none,
// and gives the file with the certificate of what is behind it.
func proxied(x *till) (p *proxy, ca string) {
	t := x.t
	t.Helper()
	p = &proxy{}
	p.api = httptest.NewTLSServer(p.within(x.gate))
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.api.CloseClientConnections(); p.api.Close(); p.CloseClientConnections(); p.Close() })
	ca = filepath.Join(x.dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.api.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		x.env = append(x.env, name+"=")
	}
	return p, ca
}

// sellOne rings up a sale that earns.
func (x *till) sellOne(c *client, n int) {
	x.t.Helper()
	c.total(x.t, 100_000)
	x.scan(string(plainCard(n)))
	c.choose(x.t, c.awaitPrompt(x.t, checkout.AskSpend), "spend_none", 0)
	c.choose(x.t, c.awaitPrompt(x.t, checkout.AskPay), "paid", 0)
}

// booked is how many sales of a customer are in the central API's ledger.
func (x *till) booked(n int) (booked int) {
	x.t.Helper()
	for i := range 500 {
		who, err := x.central.Customer(loyalty.CustomerID(fmt.Sprintf("c%06d", i+1)))
		if err != nil || len(who.Cards) == 0 || who.Cards[0] != plainCard(n) {
			continue
		}
		records, err := x.central.Ledger(who.ID)
		if err != nil {
			x.t.Fatal(err)
		}
		for _, r := range records {
			if r.Sale != "" && r.Points > 0 {
				booked++
			}
		}
	}
	return booked
}

func TestThroughAProxy(t *testing.T) {
	x, p := behind(t, func(p *proxy) []string { return []string{"HTTPS_PROXY=" + p.URL} })
	x.filled()
	c := x.connect()
	x.sellOne(c, 1)
	x.drained()
	if n := x.booked(1); n != 1 {
		t.Errorf("booked %d times", n)
	}
	p.set(func() {
		if p.tunnels == 0 {
			t.Error("nothing went through the proxy")
		}
	})
}

// A proxy that wants a name and a password has a condition of its own; with them
// in the address it lets the till through.
func TestProxyWantsCredentials(t *testing.T) {
	x, p := behind(t, func(p *proxy) []string {
		p.set(func() { p.user = "dGlsbDpzZXNhbQ==" }) // till:sesam
		return []string{"HTTPS_PROXY=" + p.URL}
	})
	c := x.connect()
	c.await(t, "the condition is shown", func(s checkout.State) bool { return hasCondition(s, checkout.Proxy) && !s.Link.Online })
	if out, _, _ := x.tillgate("doctor"); !strings.Contains(out, "proxy wants a name and a password") || !strings.Contains(out, "name:password@proxy") {
		t.Errorf("doctor says:\n%s", out)
	}
	x.stop()
	x.env = append(x.env, "HTTPS_PROXY="+strings.Replace(p.URL, "http://", "http://till:sesam@", 1))
	x.secrets.add("sesam")
	x.start()
	x.filled()
	c = x.connect()
	c.await(t, "nothing is shown", func(s checkout.State) bool { return !hasCondition(s, checkout.Proxy) })
}

// Whatever page a proxy or a captive portal puts before the answer, an operation is
// neither done nor refused by it: it comes again.
func TestProxysPageIsNoAnswer(t *testing.T) {
	x, p := behind(t, func(p *proxy) []string { return []string{"HTTPS_PROXY=" + p.URL} })
	x.filled()
	c := x.connect()
	card := 10
	for _, inside := range []bool{true, false} {
		for _, status := range []int{200, 302, 403, 404, 407, 502, 503} {
			card++
			c.await(t, "online", func(s checkout.State) bool { return s.Link.Online })
			c.total(t, 100_000)
			x.scan(string(plainCard(card)))
			c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_none", 0)
			pay := c.awaitPrompt(t, checkout.AskPay)
			p.set(func() {
				p.pages = 0
				if inside {
					p.inside = htmlPage(status)
				} else {
					p.page = htmlPage(status)
				}
			})
			if !inside {
				p.api.CloseClientConnections()
			}
			c.choose(t, pay, "paid", 0)
			eventually(t, "the page is met", func() bool {
				p.mu.Lock()
				defer p.mu.Unlock()
				return p.pages > 0
			})
			c.await(t, fmt.Sprint("it is still owed after ", status), func(s checkout.State) bool {
				return s.Journal.Pending+s.Journal.Unknown == 1 && s.Journal.People == 0
			})
			p.set(func() { p.page, p.inside = nil, nil })
			x.drained()
			if n := x.booked(card); n != 1 {
				t.Errorf("after %d: booked %d times", status, n)
			}
		}
	}
}

// What NO_PROXY names is asked directly, and so is this machine.
func TestProxyPassedBy(t *testing.T) {
	x, p := behind(t, func(p *proxy) []string {
		return []string{"HTTPS_PROXY=" + p.URL, "HTTP_PROXY=" + p.URL, "NO_PROXY=example.com"}
	})
	x.connect().await(t, "nobody is reached", func(s checkout.State) bool { return hasCondition(s, checkout.OfflineSince) })
	x.stop()
	x.write(x.defaultConfig())
	x.env = append(x.env, "NO_PROXY=")
	x.start()
	x.filled()
	p.set(func() {
		if p.pages+p.tunnels > 0 {
			t.Errorf("%d requests, %d tunnels through the proxy", p.pages, p.tunnels)
		}
	})
}
