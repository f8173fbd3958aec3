package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tillgate/tillgate/ui/checkout"
)

// protocolError is a message that is refused. It says what is wrong in words
// for the one who writes the client.
type protocolError struct {
	code   string
	detail string
	id     string
}

func (e *protocolError) Error() string { return e.code + ": " + e.detail }

// Codes of refused messages.
const (
	codeBadJSON    = "bad_json"
	codeBadType    = "bad_type"
	codeBadField   = "bad_field"
	codeBadCommand = "bad_command"
	codeNotHello   = "not_hello"
	codeUnpaired   = "unpaired"
	codeBusy       = "busy"
	codeNotRunning = "not_running"
	codeBadFrame   = "bad_frame"
	codeNoCamera   = "no_camera"
)

// maxID is the longest client name, command id and idempotency key.
const maxID = 64

// verbs are the commands that a client may give.
var verbs = []checkout.Verb{checkout.Choose, checkout.SetReceipt, checkout.Identify, checkout.Paid, checkout.Void, checkout.Undo, checkout.ReturnSale, checkout.AskHistory, checkout.DropDraft, checkout.OpenReturn, checkout.PreviewReturn, checkout.CloseReturn, checkout.Dismiss}

// inbound makes an empty message of each type that a client may send.
var inbound = map[string]func() any{
	"hello":   func() any { return new(helloMessage) },
	"ack":     func() any { return new(ackMessage) },
	"hold":    func() any { return new(holdMessage) },
	"release": func() any { return new(releaseMessage) },
	"camera":  func() any { return new(cameraMessage) },
	"command": func() any { return new(commandMessage) },
}

// parse reads one message of a client: a pointer to one of the inbound types,
// or a *protocolError.
func parse(b []byte) (any, error) {
	var head struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	if !utf8.Valid(b) {
		return nil, &protocolError{code: codeBadJSON, detail: "the message is not UTF-8"}
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, &protocolError{code: codeBadJSON, detail: jsonMistake(err)}
	}
	id := head.ID
	if !validID(id) {
		id = ""
	}
	fresh, ok := inbound[head.Type]
	if !ok {
		return nil, &protocolError{code: codeBadType, detail: fmt.Sprintf("type %.40q is not known: use hello, ack, hold, release, camera or command", head.Type), id: id}
	}
	m := fresh()
	if err := decodeStrict(bytes.NewReader(b), m); err != nil {
		return nil, &protocolError{code: codeBadField, detail: jsonMistake(err), id: id}
	}
	if err := check(m); err != nil {
		err.id = id
		return nil, err
	}
	return m, nil
}

// check tests what JSON types can not say.
func check(m any) *protocolError {
	switch m := m.(type) {
	case *helloMessage:
		if m.Client != "" && !validID(m.Client) {
			return &protocolError{code: codeBadField, detail: "client: give 1 to 64 printable ASCII characters"}
		}
		for _, w := range m.Want {
			if w != wantState && w != wantScans {
				return &protocolError{code: codeBadField, detail: fmt.Sprintf("want: %.40q is not known: use state or scans", w)}
			}
		}
	case *releaseMessage:
		if m.Scans < 0 {
			return &protocolError{code: codeBadField, detail: "scans: give how many to deliver, or 0 for all"}
		}
	case *commandMessage:
		if !validID(m.ID) {
			return &protocolError{code: codeBadCommand, detail: "id: give 1 to 64 printable ASCII characters; the answer carries it"}
		}
		if !slices.Contains(verbs, m.Do) {
			return &protocolError{code: codeBadCommand, detail: fmt.Sprintf("do: %.40q is not known", m.Do)}
		}
	}
	return nil
}

// decodeStrict reads one JSON value: no unknown fields, nothing behind it.
func decodeStrict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the JSON value")
	}
	return nil
}

// jsonMistake is an error of encoding/json without the names of Go types.
func jsonMistake(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		if typ.Field == "" {
			return fmt.Sprintf("a JSON object is expected, not %s", typ.Value)
		}
		return fmt.Sprintf("%s: %s does not fit here", typ.Field, typ.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "the JSON ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// validID says whether s can be the name of a client or of a command.
func validID(s string) bool {
	if s == "" || len(s) > maxID {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
