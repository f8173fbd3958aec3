package ui

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const posPage = "https://pos.example.ru"

// Every way in, with every kind of Host and Origin.
func TestHostAndOrigin(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), Origins: []string{posPage}, Hosts: []string{"till3.shop.lan"}})
	_, port, _ := strings.Cut(own1(s)[len("http://"):], ":")
	for _, tt := range []struct {
		host, origin, site string
		status             int    // of GET /v1/state
		code               string // of the problem
	}{
		{"", "", "", 200, ""},
		{"127.0.0.1:" + port, "", "", 200, ""},
		{"localhost:" + port, "", "", 200, ""},
		{"LOCALHOST", "", "", 200, ""},
		{"[::1]:" + port, "", "", 200, ""},
		{"till3.shop.lan:" + port, "", "", 401, "unpaired"}, // a proxy on the till passes on what came from anywhere
		{"evil.example:" + port, "", "", 403, "foreign_host"},
		{"127.0.0.1.evil.example", "", "", 403, "foreign_host"},
		{"localhost.evil.example", "", "", 403, "foreign_host"},
		{"192.168.0.7:" + port, "", "", 403, "foreign_host"},
		{"", own1(s), "", 200, ""},
		{"localhost:" + port, "http://localhost:" + port, "", 200, ""},
		{"", "http://localhost:" + port, "", 403, "foreign_origin"}, // page and Host differ: not the same origin
		{"", "http://127.0.0.1:1", "", 403, "foreign_origin"},
		{"", "https://evil.example", "", 403, "foreign_origin"},
		{"", "null", "", 403, "foreign_origin"},
		{"", "file://", "", 403, "foreign_origin"},
		{"", "https://pos.example.ru.evil.example", "", 403, "foreign_origin"},
		{"", "http://pos.example.ru", "", 403, "foreign_origin"},
		{"evil.example", "http://evil.example", "", 403, "foreign_host"}, // rebinding
		{"", posPage, "", 401, "unpaired"},
		{"", "", "cross-site", 403, "foreign_origin"},
		{"", "", "same-site", 403, "foreign_origin"},
		{"", "", "same-origin", 200, ""},
		{"", "", "none", 200, ""},
	} {
		var header []string
		for _, h := range [][2]string{{"Host", tt.host}, {"Origin", tt.origin}, {"Sec-Fetch-Site", tt.site}} {
			if h[1] != "" {
				header = append(header, h[0], h[1])
			}
		}
		status, h, b := call(t, s, "GET", "/v1/state", nil, header...)
		if status != tt.status || problemCode(b) != tt.code {
			t.Errorf("%+v: GET %d %s", tt, status, b)
		}
		if cors := h.Get("Access-Control-Allow-Origin"); cors != "" && (tt.origin != posPage || cors != posPage) {
			t.Errorf("%+v: Access-Control-Allow-Origin %q", tt, cors)
		}
		for _, path := range []string{"/v1/receipt/paid", "/v1/receipt/void", "/v1/undo", "/v1/returns", "/v1/pair/code", "/v1/pair"} {
			status, _, b := call(t, s, "POST", path, "{}", append(header, "Idempotency-Key", "k")...)
			if refused := tt.status == 403; refused != (problemCode(b) == "foreign_host" || problemCode(b) == "foreign_origin") {
				t.Errorf("%+v: POST %s %d %s", tt, path, status, b)
			}
		}
		up := http.Header{}
		for i := 0; i < len(header); i += 2 {
			up.Set(header[i], header[i+1])
		}
		d := websocket.Dialer{Subprotocols: []string{Subprotocol}}
		conn, res, err := d.Dial("ws"+strings.TrimPrefix(s.URL(), "http")+"v1/ws", up)
		if (err == nil) == (tt.status == 403) {
			t.Errorf("%+v: websocket %v %v", tt, res, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// A proxy on the till passes on what came from anywhere: nobody is trusted through
// one, whatever it says of itself.
func TestThroughAProxy(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), Hosts: []string{"till3.shop.lan"}, POSToken: "s3cret"})
	for _, header := range [][]string{
		{"X-Forwarded-For", "203.0.113.9"},
		{"Forwarded", "for=203.0.113.9"},
		{"Host", "till3.shop.lan"},
		{"Host", "till3.shop.lan", "Origin", "http://till3.shop.lan"},
	} {
		for _, more := range [][]string{nil, {"Authorization", "Bearer s3cret"}, {"Sec-Fetch-Site", "same-origin"}} {
			if status, _, b := call(t, s, "GET", "/v1/state", nil, append(header, more...)...); status != 401 || problemCode(b) != "unpaired" {
				t.Errorf("%v %v: %d %s", header, more, status, b)
			}
			if status, _, b := call(t, s, "POST", "/v1/pair/code", nil, append(header, more...)...); status < 400 {
				t.Errorf("%v %v: a pairing code: %d %s", header, more, status, b)
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), Origins: []string{posPage}})
	ask := []string{"Access-Control-Request-Method", "PUT", "Access-Control-Request-Private-Network", "true"}
	status, h, _ := call(t, s, "OPTIONS", "/v1/receipt", nil, append(ask, "Origin", posPage)...)
	if status != 204 || h.Get("Access-Control-Allow-Origin") != posPage || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", status, h)
	}
	status, h, _ = call(t, s, "OPTIONS", "/v1/receipt", nil, append(ask, "Origin", "https://evil.example")...)
	if status != 403 || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Private-Network") != "" {
		t.Errorf("a foreign page: %d %v", status, h)
	}
}

func TestHeaders(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	for _, path := range []string{"/", "/v1/state", "/nowhere"} {
		_, h, _ := call(t, s, "GET", path, nil)
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if _, h, _ := call(t, s, "GET", "/v1/state", nil); h.Get("Cache-Control") != "no-store" {
		t.Errorf("the state may be cached: %v", h)
	}
}

func TestPairing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pairing.json")
	s := start(t, Options{Desk: newFakeDesk(), Origins: []string{posPage, "https://other.example"}, PairingFile: file})
	from := func(header ...string) []string { return append([]string{"Origin", posPage}, header...) }
	pair := func(code string) (int, []byte) {
		status, _, b := call(t, s, "POST", "/v1/pair", pairInput{Code: code, Name: "Касса 1"}, from()...)
		return status, b
	}
	if status, b := pair("00000000"); status != 403 || problemCode(b) != "pairing_closed" {
		t.Fatalf("without a code: %d %s", status, b)
	}
	if status, _, b := call(t, s, "POST", "/v1/pair/code", nil, from()...); status != 403 || problemCode(b) != "own_page_only" {
		t.Fatalf("a POS page opened the pairing itself: %d %s", status, b)
	}
	code := func() string {
		_, _, b := call(t, s, "POST", "/v1/pair/code", nil, "Origin", own1(s))
		var out pairCodeOutput
		decodeOrFail(t, b, &out)
		if len(out.Code) != pairDigits {
			t.Fatalf("code %q", out.Code)
		}
		return out.Code
	}
	right := code()
	wrong := string('0'+(right[0]-'0'+1)%10) + right[1:]
	for range pairAttempts {
		if status, _ := pair(wrong); status != 403 {
			t.Fatalf("a wrong code: %d", status)
		}
	}
	if status, b := pair(right); status != 403 {
		t.Fatalf("the right code after %d wrong ones: %d %s", pairAttempts, status, b)
	}
	right = code()
	status, b := pair(right)
	if status != 200 {
		t.Fatalf("pair: %d %s", status, b)
	}
	var out pairOutput
	decodeOrFail(t, b, &out)
	if status, _ := pair(right); status != 403 {
		t.Fatal("a code can be used twice")
	}

	auth := []string{"Authorization", "Bearer " + out.Token}
	if status, _, b := call(t, s, "GET", "/v1/state", nil, from(auth...)...); status != 200 {
		t.Errorf("with the token: %d %s", status, b)
	}
	if status, _, _ := call(t, s, "GET", "/v1/state", nil, append(auth, "Origin", "https://other.example")...); status != 401 {
		t.Errorf("the token of another origin: %d", status)
	}
	if status, _, _ := call(t, s, "GET", "/v1/pair", nil, from(auth...)...); status != 403 {
		t.Errorf("a paired page sees the others: %d", status)
	}

	up := http.Header{"Origin": {posPage}}
	c := dial(t, s, up)
	c.send(`{"type":"hello"}`)
	if m := c.want("error"); m.Code != codeUnpaired {
		t.Fatalf("got %+v", m)
	}
	c.wantClosed(closeUnpaired)
	c = dial(t, s, up)
	c.send(`{"type":"hello","token":"` + out.Token + `"}`)
	if w := c.want("welcome"); w.Own {
		t.Fatalf("a POS page is taken for the own one: %+v", w)
	}

	kept, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(kept), out.Token) {
		t.Fatalf("the token stands in the file, or there is none: %v", err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	again, err := openPairing(file)
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := again.check(out.Token, posPage); !ok || id != out.ID {
		t.Error("the pairing is forgotten after a restart")
	}

	if status, _, _ := call(t, s, "DELETE", "/v1/pair/"+out.ID, nil); status != 204 {
		t.Fatalf("take back: %d", status)
	}
	c.wantClosed(closeUnpaired)
	if status, _, _ := call(t, s, "GET", "/v1/state", nil, from(auth...)...); status != 401 {
		t.Errorf("the token counts after it was taken back: %d", status)
	}
}

func TestPairingCodeExpires(t *testing.T) {
	p, _ := openPairing("")
	now := time.Now()
	code, until := p.open(now)
	if no := p.try(code, until); no == nil || no.Code != "pairing_closed" {
		t.Fatalf("got %v", no)
	}
	if no := p.try(code, now); no == nil {
		t.Fatal("an expired code came back to life")
	}
}

func TestDamagedPairingFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pairing.json")
	os.WriteFile(file, []byte("{"), 0o600)
	_, err := New(Options{Addr: "127.0.0.1:0", PairingFile: file})
	if err == nil || !strings.Contains(err.Error(), "remove it and pair again") {
		t.Fatalf("got %v", err)
	}
}

func TestPOSToken(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk(), POSToken: "s3cret"})
	for _, tt := range []struct {
		header []string
		status int
	}{
		{nil, 401},
		{[]string{"Authorization", "Bearer wrong"}, 401},
		{[]string{"Authorization", "Bearer s3cret"}, 200},
		{[]string{"Origin", own1(s)}, 200},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
	} {
		if status, h, b := call(t, s, "GET", "/v1/state", nil, tt.header...); status != tt.status || status == 401 && h.Get("WWW-Authenticate") == "" {
			t.Errorf("%v: %d %s", tt.header, status, b)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.168.0.1:0", "nowhere"} {
		if s, err := New(Options{Addr: addr}); err == nil {
			s.Close()
			t.Errorf("%s: listens", addr)
		}
	}
	s, err := New(Options{Addr: "0.0.0.0:0", AllowRemote: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("URL %s", s.URL())
	}
	s.Close()
	for _, o := range []Options{{Origins: []string{"*"}}, {Origins: []string{"https://*.example"}}, {Origins: []string{"pos.example"}}, {Origins: []string{"https://pos.example/app"}}, {Origins: []string{"null"}}, {Hosts: []string{"*"}}, {Hosts: []string{"a:1"}}} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%+v: accepted", o)
		}
	}
}

func TestPortInUse(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	_, err := New(Options{Addr: s.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "tillgate test runs there already") {
		t.Fatalf("got %v", err)
	}
	other, err := New(Options{Addr: "127.0.0.1:0"}) // takes connections, answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, err = New(Options{Addr: other.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "another program has it") {
		t.Fatalf("got %v", err)
	}
}
