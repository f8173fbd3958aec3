package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	bolterr "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// problem is an answer that says what went wrong (RFC 9457).
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Reason loyalty.Reason `json:"reason,omitempty"`
}

// Error makes a problem an error that says how it is answered.
func (p *problem) Error() string { return p.Detail }

func (s *Server) problem(w http.ResponseWriter, p problem) {
	writeJSON(w, "application/problem+json", p.Status, p.titled())
}

func (p problem) titled() problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return p
}

// fail answers an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	p := s.problemOf(err)
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	s.problem(w, p)
}

// problemOf is how an error is answered. What a person must look into is logged.
func (s *Server) problemOf(err error) problem {
	var no *loyalty.Refusal
	var p *problem
	switch {
	case errors.As(err, &no):
		return problem{Status: statusOf(no.Reason), Reason: no.Reason, Detail: no.Detail}.titled()
	case errors.As(err, &p):
		return p.titled()
	case errors.Is(err, bolterr.ErrDatabaseNotOpen):
		return problem{Status: http.StatusServiceUnavailable, Detail: "the server is being shut down"}.titled()
	}
	s.o.Log.Error("central API failed", slog.Any("error", err))
	return problem{Status: http.StatusInternalServerError, Detail: "the server could not do it; see its log"}.titled()
}

func statusOf(r loyalty.Reason) int {
	switch r {
	case loyalty.BadRequest:
		return http.StatusBadRequest
	case loyalty.KeyReused:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

func writeJSON(w http.ResponseWriter, kind string, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // every answer is a plain struct
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(raw)
}
