package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tillgate/tillgate/ui/checkout"
)

// contract checks requests and answers against openapi.yaml.
type contract struct {
	t      *testing.T
	s      *Server
	router routers.Router
	seen   map[string]bool // operations
	spec   *openapi3.T
}

func newContract(t *testing.T, s *Server) *contract {
	spec := loadSpec(t)
	spec.Servers = nil
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{t, s, router, map[string]bool{}, spec}
}

// call makes a request that the document allows, and checks the answer.
func (c *contract) call(status int, method, path string, body any, header ...string) []byte {
	c.t.Helper()
	got, h, b := call(c.t, c.s, method, path, body, header...)
	if got != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, path, got, b, status)
	}
	var in io.Reader
	if body != nil {
		in = strings.NewReader(body.(string))
	}
	r, _ := http.NewRequest(method, "http://till"+path, in)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Fatalf("%s %s is not in the document: %v", method, path, err)
	}
	c.seen[route.Operation.OperationID] = true
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if status < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			c.t.Errorf("%s %s: the request does not fit the document: %v", method, path, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got, Header: h, Body: io.NopCloser(bytes.NewReader(b)), Options: input.Options,
	})
	if err != nil {
		c.t.Errorf("%s %s: the answer does not fit the document: %v\n%s", method, path, err, b)
	}
	return b
}

func (c *contract) problem(status int, code, method, path string, body any, header ...string) {
	c.t.Helper()
	if b := c.call(status, method, path, body, header...); problemCode(b) != code || !strings.Contains(string(b), `"remedy"`) && status != 409 {
		c.t.Errorf("%s %s: %s, want code %s and a remedy", method, path, b, code)
	}
}

type fakeDemo struct{ cut bool }

func (d *fakeDemo) Cut(_ context.Context, cut bool) error { d.cut = cut; return nil }
func (d *fakeDemo) IsCut() bool                           { return d.cut }
func (d *fakeDemo) Cards() []DemoCard {
	return []DemoCard{{Code: "2900000000018", Name: "Анна", Tier: "gold", Points: 500}}
}
func (d *fakeDemo) Scan(_ context.Context, code string) error {
	if code == "broken" {
		return errors.New("the demo's scanner is broken")
	}
	return nil
}

// The whole interface, each operation at least once, against the document.
func TestPOSInterface(t *testing.T) {
	d := newFakeDesk()
	e := &enrolling{now: Enrolment{State: EnrolWaiting, Code: "TILLGATEABCD2345", QR: []string{"01", "10"}, Bars: "0110", Left: 120, Tried: 1}}
	s := start(t, Options{Desk: d, Demo: &fakeDemo{}, Enrol: e, Cameras: &fakeCameras{}})
	c := newContract(t, s)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }

	c.call(200, "GET", "/v1/health", nil)
	c.call(200, "GET", "/v1/state", nil)
	c.problem(404, "no_receipt", "GET", "/v1/receipt", nil)
	c.problem(400, "bad_query", "GET", "/v1/receipt?wait=never", nil)
	c.problem(400, "bad_body", "PUT", "/v1/receipt", `{"total":1,"totl":2}`)
	c.problem(400, "bad_body", "PUT", "/v1/receipt", `{"total":1.5}`)
	c.problem(413, "too_big", "PUT", "/v1/receipt", `{"receipt":"`+strings.Repeat("x", 300<<10)+`"}`)
	c.call(200, "PUT", "/v1/receipt", `{"receipt":"R-17","total":80000,"lines":[{"id":"1","qty":1000,"price":80000,"total":80000}]}`)
	c.call(200, "GET", "/v1/receipt", nil)
	c.call(200, "GET", "/v1/receipt?receipt=R-17", nil)
	c.problem(404, "receipt_unknown", "GET", "/v1/receipt?receipt=R-99", nil)
	c.problem(400, "idempotency_key", "POST", "/v1/receipt/paid", nil)
	first := c.call(200, "POST", "/v1/receipt/paid", `{"receipt":"R-17"}`, key("a")...)
	if again := c.call(200, "POST", "/v1/receipt/paid", `{"receipt":"R-17"}`, key("a")...); !bytes.Equal(first, again) {
		t.Errorf("the same key: %s, then %s", first, again)
	}
	c.problem(409, "nothing_in_hand", "POST", "/v1/receipt/paid", nil, key("b")...)
	c.call(204, "POST", "/v1/receipt/void", nil, key("c")...)
	c.problem(400, "idempotency_key", "POST", "/v1/undo", nil)
	c.call(204, "POST", "/v1/undo", nil, key("d")...)
	c.problem(400, "idempotency_key", "POST", "/v1/returns", `{"receipt":"R-17","total":1}`)
	c.call(204, "POST", "/v1/returns", `{"receipt":"R-17","total":30000}`, key("e")...)
	c.call(200, "POST", "/v1/returns/preview", `{"receipt":"R-17","total":30000}`)
	c.problem(409, "no_such_sale", "POST", "/v1/returns/preview", `{"receipt":"R-18","total":30000}`)
	if last := d.got[len(d.got)-1]; last.Do != checkout.ReturnSale || last.ID != "e" || last.Client != "http" || last.Sale.Total != 30000 {
		t.Errorf("the desk got %+v", last)
	}

	var code pairCodeOutput
	decodeOrFail(t, c.call(200, "POST", "/v1/pair/code", nil), &code)
	var out pairOutput
	decodeOrFail(t, c.call(200, "POST", "/v1/pair", `{"code":"`+code.Code+`","name":"POS"}`), &out)
	c.call(200, "GET", "/v1/pair", nil)
	c.call(204, "DELETE", "/v1/pair/"+out.ID, nil)
	c.problem(404, "no_such_pairing", "DELETE", "/v1/pair/"+out.ID, nil)

	c.call(200, "GET", "/v1/demo", nil)
	c.call(200, "POST", "/v1/demo/cut", `{"cut":true}`)
	c.call(204, "POST", "/v1/demo/scan", `{"code":"2900000000018"}`)
	c.problem(409, "demo", "POST", "/v1/demo/scan", `{"code":"broken"}`)

	c.call(200, "POST", "/v1/enrol", `{}`)
	e.now = Enrolment{State: EnrolFound, Device: "Xenon", Entry: `usb = "0c2e:0b01"`, Tried: 1}
	c.call(200, "GET", "/v1/enrol", nil)
	if c.call(204, "DELETE", "/v1/enrol", nil); e.ended != 1 {
		t.Error("the code was not taken away")
	}
	e.err = errors.New("no USB here")
	c.problem(409, "enrol", "POST", "/v1/enrol", nil)

	c.call(200, "POST", "/v1/picture", "GIF89a with a code", "Content-Type", "application/octet-stream")
	c.problem(422, "picture_format", "POST", "/v1/picture", "a letter")
	c.problem(422, "picture_damaged", "POST", "/v1/picture", "GIF89a, torn")
	c.problem(413, "picture_size", "POST", "/v1/picture", "GIF89a of a town square")

	for path, item := range c.spec.Paths.Map() {
		for method, op := range item.Operations() {
			if !c.seen[op.OperationID] {
				t.Errorf("%s %s was never called", method, path)
			}
		}
	}
	if status, _, b := call(t, s, "PUT", "/v1/receipt", "x", "Content-Type", "text/plain"); status != 415 {
		t.Errorf("text/plain: %d %s", status, b)
	}
	if status, _, _ := call(t, s, "GET", "/v1/demo", nil, "Origin", "https://evil.example"); status != 403 {
		t.Errorf("a foreign page at the demo: %d", status)
	}
	for _, doc := range []string{"/v1/openapi.yaml", "/v1/asyncapi.yaml"} {
		if status, _, b := call(t, s, "GET", doc, nil); status != 200 || len(b) < 1000 {
			t.Errorf("%s: %d", doc, status)
		}
	}
}

// A POS that waits is answered as soon as the receipt changes, and with 304 if
// it does not.
func TestWaitForTheReceipt(t *testing.T) {
	d := newFakeDesk()
	s := start(t, Options{Desk: d})
	call(t, s, "PUT", "/v1/receipt", `{"receipt":"R-1","total":100}`)
	_, h, _ := call(t, s, "GET", "/v1/receipt", nil)
	tag := h.Get("ETag")
	if status, _, _ := call(t, s, "GET", "/v1/receipt", nil, "If-None-Match", tag); status != 304 {
		t.Fatalf("unchanged: %d", status)
	}
	got := make(chan string, 1)
	began := time.Now()
	go func() {
		status, _, b := call(t, s, "GET", "/v1/receipt?wait=20", nil, "If-None-Match", tag)
		got <- fmt.Sprint(status, " ", string(b))
	}()
	time.Sleep(20 * time.Millisecond)
	call(t, s, "PUT", "/v1/receipt", `{"receipt":"R-1","total":200}`)
	if r := <-got; !strings.HasPrefix(r, "200") || !strings.Contains(r, `"total":200`) {
		t.Errorf("got %s", r)
	}
	if time.Since(began) > 5*time.Second {
		t.Errorf("waited %v", time.Since(began))
	}
}

// A waiting POS does not keep the server from ending.
func TestWaitEndsWithTheServer(t *testing.T) {
	s := build(t, Options{Desk: newFakeDesk()})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c, _ := connect(t, s, `{"type":"hello"}`)
	status := make(chan int, 1)
	go func() {
		code, _, _ := call(t, s, "GET", "/v1/receipt?wait=20", nil)
		status <- code
	}()
	time.Sleep(20 * time.Millisecond)
	cancel()
	if got := <-status; got != 503 {
		t.Errorf("got %d", got)
	}
	c.wantClosed(closeGoingAway)
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Run does not return")
	}
}
