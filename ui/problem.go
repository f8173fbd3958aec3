package ui

import (
	"encoding/json"
	"net/http"

	"github.com/tillgate/tillgate/ui/checkout"
)

// problem is an error answer (RFC 9457) with a code for programs and a remedy
// for people.
type problem struct {
	Type   string         `json:"type"` // "about:blank": the code says which
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Code   string         `json:"code"`
	Detail string         `json:"detail,omitempty"`
	Remedy string         `json:"remedy,omitempty"`
	Args   map[string]any `json:"args,omitempty"` // of a code of the desk
}

// The problems of the server itself; those of the desk have its codes.
var (
	problemHost        = newProblem(http.StatusForbidden, "foreign_host", "The Host header does not name this till.", "Address the till as 127.0.0.1 or localhost, or add the name to the configured hosts.")
	problemOrigin      = newProblem(http.StatusForbidden, "foreign_origin", "Pages of this origin have no access.", "Add the origin of the POS page to the configured origins, then pair it.")
	problemUnpaired    = newProblem(http.StatusUnauthorized, "unpaired", "This caller has not paired with the till.", "POST /v1/pair with the code that the till shows, then send the token as Authorization: Bearer.")
	problemOwnOnly     = newProblem(http.StatusForbidden, "own_page_only", "Only the till's own page and programs on the till may do this.", "Do it on the till itself.")
	problemMedia       = newProblem(http.StatusUnsupportedMediaType, "not_json", "The body must be JSON.", "Send Content-Type: application/json.")
	problemBody        = newProblem(http.StatusBadRequest, "bad_body", "The body is not what is expected here.", "See /v1/openapi.yaml.")
	problemTooBig      = newProblem(http.StatusRequestEntityTooLarge, "too_big", "The body is too long.", "Send at most 256 KiB.")
	problemQuery       = newProblem(http.StatusBadRequest, "bad_query", "The query is not understood.", "See /v1/openapi.yaml.")
	problemKey         = newProblem(http.StatusBadRequest, "idempotency_key", "This request needs an Idempotency-Key.", "Send Idempotency-Key with 1 to 64 printable ASCII characters, new for each intent and the same at each retry.")
	problemNoReceipt   = newProblem(http.StatusNotFound, "no_receipt", "No receipt is in hand.", "PUT /v1/receipt first, or let the cashier type the total.")
	problemNoSale      = newProblem(http.StatusNotFound, "receipt_unknown", "This till knows no such receipt.", "No card was used with it here, or it was sold at another till: nothing of it is to be settled.")
	problemNotRunning  = newProblem(http.StatusServiceUnavailable, "not_running", "Tillgate could not start.", "See GET /v1/health or the cashier's page for the reason.")
	problemStopping    = newProblem(http.StatusServiceUnavailable, "stopping", "Tillgate stops.", "Try again when it has been started.")
	problemNoPairing   = newProblem(http.StatusForbidden, "pairing_closed", "No pairing code is valid now.", "Let the cashier show a new code on the till's page, or run tillgate pair.")
	problemPairingCode = newProblem(http.StatusForbidden, "pairing_code", "The pairing code is wrong.", "Type the code that the till shows now.")
	problemNoPaired    = newProblem(http.StatusNotFound, "no_such_pairing", "No paired page has this id.", "GET /v1/pair lists them.")
	problemUpgrade     = newProblem(http.StatusBadRequest, "not_websocket", "The websocket handshake failed.", "Connect with a websocket client (RFC 6455, version 13).")
	problemSubprotocol = newProblem(http.StatusBadRequest, "subprotocol", "The client does not offer a version of the protocol that this till speaks.", "Offer the subprotocol "+Subprotocol+".")
	problemNotFound    = newProblem(http.StatusNotFound, "not_found", "There is nothing here.", "See /v1/openapi.yaml.")
	problemDemo        = newProblem(http.StatusConflict, "demo", "The demo could not do it.", "See the detail.")
	problemEnrol       = newProblem(http.StatusConflict, "enrol", "No scanner can be enrolled now.", "See the detail.")
	problemPicture     = newProblem(http.StatusUnprocessableEntity, "picture_format", "This is no picture that can be read.", "Send a JPEG, PNG, GIF or BMP file.")
	problemDamaged     = newProblem(http.StatusUnprocessableEntity, "picture_damaged", "The picture is damaged.", "Get it sent again.")
	problemLarge       = newProblem(http.StatusRequestEntityTooLarge, "picture_size", "The picture is too large.", "Send at most 32 MB and 16 megapixels.")
	problemInternal    = newProblem(http.StatusInternalServerError, "internal", "Tillgate could not do it.", "See its log.")
)

func newProblem(status int, code, title, remedy string) problem {
	return problem{Type: "about:blank", Title: title, Status: status, Code: code, Remedy: remedy}
}

// with adds what is special about this case.
func (p problem) with(detail string) problem {
	p.Detail = detail
	return p
}

// problemOf turns a refusal of the desk into a problem.
func problemOf(t *checkout.Text) problem {
	p := problem{Type: "about:blank", Title: "The desk refuses.", Status: http.StatusConflict, Code: "refused"}
	if t != nil {
		p.Code, p.Args = t.Code, t.Args
		for _, c := range checkout.Codes() {
			if c.Code == t.Code && c.Class == checkout.ErrorCode {
				p.Remedy = c.English
			}
		}
	}
	return p
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, p problem) {
	b, err := json.Marshal(p)
	if err != nil {
		p.Args = nil
		b, _ = json.Marshal(p)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tillgate"`)
	}
	w.WriteHeader(p.Status)
	w.Write(append(b, '\n'))
}
