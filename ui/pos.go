package ui

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// maxWait bounds how long a GET may wait for news.
const maxWait = 30

// getState answers GET /v1/state: what the screens show.
func (s *Server) getState(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.o.Desk.State())
}

// getReceipt answers GET /v1/receipt: what became of the receipt. With
// If-None-Match and ?wait=SECONDS it answers as soon as that has changed. With
// ?receipt=ID it is that receipt, also an earlier one.
func (s *Server) getReceipt(w http.ResponseWriter, r *http.Request) {
	if id := r.URL.Query().Get("receipt"); id != "" {
		res, ok, err := s.o.Desk.Result(r.Context(), id)
		switch {
		case err != nil:
			writeProblem(w, problemInternal.with(err.Error()))
		case !ok:
			writeProblem(w, problemNoSale)
		default:
			writeJSON(w, http.StatusOK, res)
		}
		return
	}
	wait := 0
	if q := r.URL.Query().Get("wait"); q != "" {
		n, err := strconv.Atoi(q)
		if err != nil || n < 0 || n > maxWait {
			writeProblem(w, problemQuery.with(fmt.Sprintf("wait: give 0 to %d seconds", maxWait)))
			return
		}
		wait = n
	}
	known := r.Header.Get("If-None-Match")
	end := time.NewTimer(time.Duration(wait) * time.Second)
	defer end.Stop()
	for {
		moved := s.hub.changes() // before the look, so that no change falls between
		sale := s.o.Desk.Sale()
		body, _ := json.Marshal(sale)
		tag := etag(body)
		switch {
		case known != tag && sale != nil:
			w.Header().Set("ETag", tag)
			writeJSON(w, http.StatusOK, sale)
			return
		case known != tag && sale == nil && wait == 0:
			writeProblem(w, problemNoReceipt)
			return
		}
		select {
		case <-moved:
		case <-end.C:
			if sale == nil {
				writeProblem(w, problemNoReceipt)
				return
			}
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		case <-r.Context().Done():
			writeProblem(w, problemStopping)
			return
		}
	}
}

// putReceipt answers PUT /v1/receipt: the receipt as the POS has it now.
func (s *Server) putReceipt(w http.ResponseWriter, r *http.Request) {
	var in checkout.SaleInput
	if readJSON(w, r, &in) {
		s.do(w, r, checkout.Command{Do: checkout.SetReceipt, Sale: &in})
	}
}

// receiptInput is the body of paid and void: which receipt is meant, so that a
// late call can not hit the next customer's. It may be left out.
type receiptInput struct {
	Receipt string `json:"receipt,omitempty"`
}

// postPaid answers POST /v1/receipt/paid.
func (s *Server) postPaid(w http.ResponseWriter, r *http.Request) { s.finish(w, r, checkout.Paid) }

// postVoid answers POST /v1/receipt/void.
func (s *Server) postVoid(w http.ResponseWriter, r *http.Request) { s.finish(w, r, checkout.Void) }

func (s *Server) finish(w http.ResponseWriter, r *http.Request, verb checkout.Verb) {
	var in receiptInput
	if !keyed(w, r) || r.ContentLength != 0 && !readJSON(w, r, &in) {
		return
	}
	c := checkout.Command{Do: verb}
	if in.Receipt != "" {
		c.Sale = &checkout.SaleInput{Receipt: in.Receipt}
	}
	s.do(w, r, c)
}

// undoInput is the body of undo: the sale that is rolled back, by its key or by
// the POS's receipt number. Without a body it is the last one.
type undoInput struct {
	Sale    loyalty.Key `json:"sale,omitempty"`
	Receipt string      `json:"receipt,omitempty"`
}

// postUndo answers POST /v1/undo.
func (s *Server) postUndo(w http.ResponseWriter, r *http.Request) {
	var in undoInput
	if !keyed(w, r) || r.ContentLength != 0 && !readJSON(w, r, &in) {
		return
	}
	c := checkout.Command{Do: checkout.Undo}
	if in != (undoInput{}) {
		c.Sale = &checkout.SaleInput{Sale: in.Sale, Receipt: in.Receipt}
	}
	s.do(w, r, c)
}

// returnInput is the body of a return: an amount, with the lines that it is of or
// without, or parts of the sale's lines, of which the till knows what they cost.
type returnInput struct {
	checkout.SaleInput
	Items []checkout.ReturnItem `json:"items,omitempty"`
}

// postReturn answers POST /v1/returns.
func (s *Server) postReturn(w http.ResponseWriter, r *http.Request) {
	var in returnInput
	if keyed(w, r) && readJSON(w, r, &in) {
		s.do(w, r, checkout.Command{Do: checkout.ReturnSale, Sale: &in.SaleInput, Items: in.Items})
	}
}

// postPreview answers POST /v1/returns/preview.
func (s *Server) postPreview(w http.ResponseWriter, r *http.Request) {
	var in returnInput
	if !readJSON(w, r, &in) {
		return
	}
	p, refused, err := s.o.Desk.Preview(r.Context(), checkout.Command{Sale: &in.SaleInput, Items: in.Items})
	switch {
	case err != nil:
		writeProblem(w, problemOf(&checkout.Text{Code: checkout.Stopping}))
	case refused != nil:
		writeProblem(w, problemOf(refused))
	default:
		writeJSON(w, http.StatusOK, p)
	}
}

// keyed says whether the request has an idempotency key, which everything needs
// that must not happen twice; false if it has answered with a problem.
func keyed(w http.ResponseWriter, r *http.Request) bool {
	ok := validID(r.Header.Get("Idempotency-Key"))
	if !ok {
		writeProblem(w, problemKey)
	}
	return ok
}

// do gives a command to the desk and answers with the sale.
func (s *Server) do(w http.ResponseWriter, r *http.Request, c checkout.Command) {
	key := r.Header.Get("Idempotency-Key")
	switch {
	case key == "":
		key = randomName()
	case !validID(key):
		writeProblem(w, problemKey)
		return
	}
	c.ID, c.Client = key, "http"
	if p := caller(r).paired; p != "" {
		c.Client = "http-" + p
	}
	a := s.o.Desk.Do(r.Context(), c)
	if !a.OK {
		writeProblem(w, problemOf(a.Error))
		return
	}
	if a.Sale == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if c.Do == checkout.SetReceipt {
		if b, err := json.Marshal(a.Sale); err == nil {
			w.Header().Set("ETag", etag(b))
		}
	}
	writeJSON(w, http.StatusOK, a.Sale)
}

// readJSON reads a body strictly; false if it has answered with a problem.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		writeProblem(w, problemMedia)
		return false
	}
	err := decodeStrict(http.MaxBytesReader(w, r.Body, defaultLimits.maxMessage), into)
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		writeProblem(w, problemTooBig)
	case err != nil:
		writeProblem(w, problemBody.with(jsonMistake(err)))
	}
	return err == nil
}

// writeJSON answers with a value of ours.
func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		writeProblem(w, problemInternal)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

// etag is a tag of a body.
func etag(b []byte) string { return fmt.Sprintf(`"%x"`, sha256.Sum256(b))[:18] + `"` }

// randomName is a name that nobody else has.
func randomName() string { return strings.ToLower(rand.Text()) }
