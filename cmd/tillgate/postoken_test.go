//go:build linux

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// With a POS token in the configuration a program without it learns nothing, and the
// cashier's page and the program that has it go on.
func TestPOSTokenOfTheConfiguration(t *testing.T) {
	x := newTill(t)
	secret := filepath.Join(x.dir, "pos-token")
	if err := os.WriteFile(secret, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.write(strings.Replace(x.defaultConfig(), "[page]\n", "[page]\npos_token = \"file:"+secret+"\"\n", 1))
	x.secrets.add("correct horse")
	x.start()
	for _, tt := range []struct {
		header, value string
		lets          bool
	}{
		{"X-Nothing", "", false},
		{"Authorization", "Bearer correct", false},
		{"Authorization", "Bearer correct horse", true},
		{"Origin", strings.TrimSuffix(x.page, "/"), true}, // the cashier's page
	} {
		h := http.Header{tt.header: {tt.value}}
		req, err := http.NewRequest("GET", x.page+"v1/state", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = h
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if want := map[bool]int{true: 200, false: 401}[tt.lets]; res.StatusCode != want {
			t.Errorf("%v: status %d, want %d", h, res.StatusCode, want)
		}
		d := websocket.Dialer{Subprotocols: []string{"tillgate.v1"}}
		conn, _, err := d.Dial(strings.Replace(x.page, "http:", "ws:", 1)+"v1/ws", h)
		if err != nil {
			t.Fatalf("%v: %v", h, err)
		}
		conn.WriteJSON(map[string]any{"type": "hello"})
		var first struct{ Type, Code string }
		if err := conn.ReadJSON(&first); err != nil || (first.Type == "welcome") != tt.lets {
			t.Errorf("%v: websocket: %+v %v", h, first, err)
		}
		conn.Close()
	}
	x.stop()
	os.Remove(secret)
	if out, err := x.command("run").CombinedOutput(); err == nil || !strings.Contains(string(out), "page.pos_token") {
		t.Errorf("without the secret: %v %s", err, out)
	}
}
