// Package ui is how people and programs at the till talk to the desk: an HTTP
// server with the cashier's page, a websocket that sends the desk's state and
// the scans, and an HTTP interface for the POS.
//
// What it must keep:
//
//   - A slow or dead client costs nobody else anything. Events go into one ring
//     that every client reads at its own pace; who falls out of it is dropped.
//   - A foreign web page gets nothing. Host must name this machine (an attacker's
//     name that resolves to 127.0.0.1 does not), Origin must be the page's own or
//     one that the configuration allows and that has paired.
//   - It trusts the programs that run on the till: whoever can open a loopback
//     connection can do what the cashier can. A POS token, where configured,
//     keeps out what runs here by mistake, not what runs here with intent.
//   - It stays up when the rest does not: what keeps the daemon from working is
//     shown on the page (Fail).
package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/ui/checkout"
)

// DefaultAddr is where the server listens if nothing else is configured.
const DefaultAddr = "127.0.0.1:8377"

// Desk is what the server needs of the desk. All methods are safe from any
// goroutine, and State and Sale return at once.
type Desk interface {
	// State is what the screens show now.
	State() checkout.State
	// Watch has f called whenever State or Sale has changed, before whoever changed
	// them is answered. f is quick and calls nothing but State and Sale.
	Watch(f func())
	// Do carries a command out. The same Client and ID again is the same
	// command and gets the same answer.
	Do(ctx context.Context, c checkout.Command) checkout.Answer
	// Sale is the receipt in hand, or the last one that was finished; nil
	// before the first.
	Sale() *checkout.SaleResult
	// Preview is what a return would come to; nothing is changed by asking. It may
	// wait for the programme for as long as a look-up may.
	Preview(ctx context.Context, c checkout.Command) (p checkout.Preview, refused *checkout.Text, err error)
	// Result is what became of the receipt with the POS's number.
	Result(ctx context.Context, receipt string) (r checkout.SaleResult, ok bool, err error)
}

// Options says how a Server is made.
type Options struct {
	Addr        string   // host:port; DefaultAddr if empty; port 0 takes a free one
	AllowRemote bool     // Addr may be reachable from other machines
	Hosts       []string // names other than loopback under which the till is addressed
	Origins     []string // origins of POS pages that may pair, such as "https://pos.example.ru"
	PairingFile string   // where the paired pages are kept; "" keeps them in memory
	POSToken    string   // if set, programs without an Origin must present it
	Title       string   // name of the till on the page; may be empty
	Version     string
	Desk        Desk     // nil if the daemon could not start; see Fail
	Demo        Demo     // nil outside the demo
	Enrol       Enroller // nil where no scanner can be enrolled
	Cameras     Cameras  // nil where pages may not use theirs
	Log         *slog.Logger
}

// Server is the HTTP server of a till.
type Server struct {
	o        Options
	log      *slog.Logger
	listener net.Listener
	guard    *guard
	pairing  *pairing
	hub      *hub
	handler  http.Handler
	started  time.Time

	refreshing sync.Mutex
}

// New checks the options and takes the port, so that a mistake and a port in
// use are found before anything is opened. Run or Close gives it back.
func New(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = DefaultAddr
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	p, err := openPairing(o.PairingFile)
	if err != nil {
		return nil, err
	}
	l, err := listen(o.Addr, o.AllowRemote)
	if err != nil {
		return nil, err
	}
	g.tokens = p
	s := &Server{o: o, log: o.Log, listener: l, guard: g, pairing: p, hub: newHub(defaultLimits), started: time.Now()}
	s.handler = s.routes()
	if o.Desk != nil {
		o.Desk.Watch(s.refresh)
	}
	return s, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL is the address of the cashier's page, with a slash at the end.
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// Close gives the port back without Run.
func (s *Server) Close() error { return s.listener.Close() }

// Fail tells every page, now and later, why the daemon does not work. The code
// is one of FatalCodes; the error's text says what to do.
func (s *Server) Fail(code string, err error) {
	s.log.Error("tillgate does not work", "code", code, "err", err)
	s.hub.fail(fatalMessage{Type: "fatal", Code: code, Detail: err.Error()})
}

// Scanned sends a scan on to the clients that asked for scans. Customers'
// cards and phones are the desk's alone: they are not sent.
func (s *Server) Scanned(c decode.Code) {
	if c.Kind != decode.Product && c.Kind != decode.Unknown {
		return
	}
	s.hub.scan(scanOf(c))
}

// Run serves until ctx ends. It returns nil then, with every connection closed.
func (s *Server) Run(ctx context.Context) error {
	s.refresh()
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(s.listener) }()
	var failed error
	select {
	case <-ctx.Done():
	case err := <-served:
		failed = fmt.Errorf("serve %s: %w", s.Addr(), err)
	}
	s.hub.close()
	stop, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); errors.Is(err, context.DeadlineExceeded) {
		srv.Close()
	}
	s.hub.wait()
	return failed
}

// refresh publishes what has changed in the desk's state.
func (s *Server) refresh() {
	if s.o.Desk == nil {
		return
	}
	s.refreshing.Lock() // a state read earlier is not published later
	defer s.refreshing.Unlock()
	if err := s.hub.update(s.o.Desk.State()); err != nil {
		s.log.Error("the state can not be sent", "err", err)
	}
}
