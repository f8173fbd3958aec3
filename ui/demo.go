package ui

import (
	"context"
	"net/http"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Demo is what the demo lets people do that a till in a shop does not have.
type Demo interface {
	// Cut takes the central API away, or brings it back.
	Cut(ctx context.Context, cut bool) error
	// IsCut says whether it is away.
	IsCut() bool
	// Cards are cards to try, some of each kind.
	Cards() []DemoCard
	// Scan delivers a code as if the demo's scanner had read it.
	Scan(ctx context.Context, code string) error
}

// DemoCard is a card to try.
type DemoCard struct {
	Code   string         `json:"code"`
	Name   string         `json:"name,omitempty"` // "" if nobody has it
	Tier   string         `json:"tier,omitempty"`
	Points loyalty.Points `json:"points"`
	Kind   string         `json:"kind,omitempty"` // what is special: "unknown", "blocked", "product", …
}

// demoAnswer is the answer of GET /v1/demo.
type demoAnswer struct {
	Cut   bool       `json:"cut"`
	Cards []DemoCard `json:"cards"`
}

func (s *Server) demoState(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, demoAnswer{Cut: s.o.Demo.IsCut(), Cards: append([]DemoCard{}, s.o.Demo.Cards()...)})
}

func (s *Server) demoCut(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Cut bool `json:"cut"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if err := s.o.Demo.Cut(r.Context(), in.Cut); err != nil {
		writeProblem(w, problemDemo.with(err.Error()))
		return
	}
	s.demoState(w, r)
}

func (s *Server) demoScan(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code string `json:"code"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if in.Code == "" {
		writeProblem(w, problemBody.with("code: give what the scanner is to read"))
		return
	}
	if err := s.o.Demo.Scan(r.Context(), in.Code); err != nil {
		writeProblem(w, problemDemo.with(err.Error()))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
