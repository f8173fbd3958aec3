package ui

import (
	"bytes"
	_ "embed"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/tillgate/tillgate/ui/page"
)

//go:embed openapi.yaml
var openapi []byte

//go:embed asyncapi.yaml
var asyncapi []byte

// routes puts the whole interface together.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.files())
	mux.Handle("GET /v1/openapi.yaml", document("openapi.yaml", openapi))
	mux.Handle("GET /v1/asyncapi.yaml", document("asyncapi.yaml", asyncapi))
	mux.HandleFunc("GET /v1/health", s.health)
	mux.HandleFunc("GET /v1/ws", s.socket) // asks for a token itself: hello may carry it
	mux.HandleFunc("POST /v1/pair", s.pair)
	mux.HandleFunc("POST /v1/pair/code", own(s.pairCode))
	mux.HandleFunc("GET /v1/pair", own(s.pairList))
	mux.HandleFunc("DELETE /v1/pair/{id}", own(s.pairRemove))
	mux.HandleFunc("GET /v1/state", s.member(s.getState))
	mux.HandleFunc("GET /v1/receipt", s.member(s.getReceipt))
	mux.HandleFunc("PUT /v1/receipt", s.member(s.putReceipt))
	mux.HandleFunc("POST /v1/receipt/paid", s.member(s.postPaid))
	mux.HandleFunc("POST /v1/receipt/void", s.member(s.postVoid))
	mux.HandleFunc("POST /v1/returns", s.member(s.postReturn))
	mux.HandleFunc("POST /v1/returns/preview", s.member(s.postPreview))
	mux.HandleFunc("POST /v1/undo", s.member(s.postUndo))
	if s.o.Demo != nil {
		mux.HandleFunc("GET /v1/demo", own(s.demoState))
		mux.HandleFunc("POST /v1/demo/cut", own(s.demoCut))
		mux.HandleFunc("POST /v1/demo/scan", own(s.demoScan))
	}
	if s.o.Enrol != nil {
		mux.HandleFunc("GET /v1/enrol", own(s.enrolState))
		mux.HandleFunc("POST /v1/enrol", own(s.enrolBegin))
		mux.HandleFunc("DELETE /v1/enrol", own(s.enrolEnd))
	}
	if s.o.Cameras != nil {
		mux.HandleFunc("POST /v1/picture", s.member(s.postPicture))
	}
	return secure(s.guard.protect(mux))
}

// secure sets the headers that every answer has. The page has no inline script
// or style, loads nothing from elsewhere and can not be framed.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), usb=(), serial=(), hid=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// own lets in the till's own page and programs on the till only.
func own(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !caller(r).own {
			writeProblem(w, problemOwnOnly)
			return
		}
		next(w, r)
	}
}

// member lets in who may read and command, while there is a desk.
func (s *Server) member(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !caller(r).may():
			writeProblem(w, problemUnpaired)
		case s.o.Desk == nil:
			writeProblem(w, problemNotRunning)
		default:
			next(w, r)
		}
	}
}

// files serves the page. Its files may be kept but are asked for again each
// time, so that page and daemon are never of two versions.
func (s *Server) files() http.Handler {
	files := http.FileServerFS(page.Files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		if name == "" {
			name = "index.html"
		}
		if info, err := fs.Stat(page.Files, name); err != nil || info.IsDir() || name == "index.html" && r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			writeProblem(w, problemNotFound)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}

// document serves a description of the interface.
func document(name string, b []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	})
}

const serviceName = "tillgate"

// health is the answer of GET /v1/health: no personal data, no secrets.
type health struct {
	Service  string   `json:"service"`
	Version  string   `json:"version"`
	Epoch    string   `json:"epoch"`
	PID      int      `json:"pid"`
	Status   string   `json:"status"`          // "ok", "degraded" (a condition is shown) or "failed"
	Fatal    string   `json:"fatal,omitempty"` // why it failed
	UptimeMs int64    `json:"uptime_ms"`
	Clients  int      `json:"clients"`
	Online   bool     `json:"online"` // the central API
	Scanners []string `json:"scanners"`
	Codes    []string `json:"conditions"`
	Pending  int      `json:"journal_pending"`
	Unknown  int      `json:"journal_unknown"`
	People   int      `json:"journal_people"` // operations that wait for a person
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	h := health{
		Service: serviceName, Version: s.o.Version, Epoch: s.hub.epoch, PID: os.Getpid(), Status: "ok",
		UptimeMs: time.Since(s.started).Milliseconds(), Clients: s.hub.count(), Scanners: []string{}, Codes: []string{},
	}
	if s.o.Desk != nil {
		st := s.o.Desk.State()
		h.Online, h.Pending, h.Unknown, h.People = st.Link.Online, st.Journal.Pending, st.Journal.Unknown, st.Journal.People
		for _, d := range st.Devices {
			h.Scanners = append(h.Scanners, string(d.State))
		}
		for _, c := range st.Conditions {
			h.Codes = append(h.Codes, c.Code)
			h.Status = "degraded"
		}
	}
	if f := s.hub.failure(); f != nil {
		h.Status, h.Fatal = "failed", f.Code
	}
	writeJSON(w, http.StatusOK, h)
}
