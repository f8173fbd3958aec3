package ui

import (
	"encoding/json"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/ui/checkout"
)

// Subprotocol is the version of the websocket protocol. A client must offer it.
const Subprotocol = "tillgate.v1"

// Messages to a client.
type (
	// welcomeMessage answers hello.
	welcomeMessage struct {
		Type    string    `json:"type"`
		Version string    `json:"version"` // of tillgate
		Epoch   string    `json:"epoch"`   // sequence numbers count within one; a restart begins another
		Seq     uint64    `json:"seq"`     // of the last event
		Client  string    `json:"client"`  // the name that commands and acknowledgements count under
		Own     bool      `json:"own"`     // the till's own page: may open pairing
		Demo    bool      `json:"demo,omitempty"`
		Camera  bool      `json:"camera,omitempty"` // frames of a camera are taken
		Title   string    `json:"title,omitempty"`
		Now     time.Time `json:"now"` // the till's clock
	}
	// stateMessage is the whole state as of Seq.
	stateMessage struct {
		Type  string                     `json:"type"`
		Seq   uint64                     `json:"seq"`
		State map[string]json.RawMessage `json:"state"` // sections of checkout.State
	}
	// changeMessage has the sections of the state that changed, each whole.
	changeMessage struct {
		Type string                     `json:"type"`
		Seq  uint64                     `json:"seq"`
		Set  map[string]json.RawMessage `json:"set"`
	}
	// scanMessage is a code for the POS: a product, or one that nobody knows.
	scanMessage struct {
		Type      string      `json:"type"`
		Seq       uint64      `json:"seq"`
		Scan      driver.Ref  `json:"scan"`
		Kind      decode.Kind `json:"kind"`
		GTIN      string      `json:"gtin,omitempty"` // 14 digits
		Text      string      `json:"text"`           // valid UTF-8; may hold control characters such as GS
		Raw       []byte      `json:"raw"`            // base64, byte for byte
		Symbology string      `json:"symbology"`
		AIM       string      `json:"aim,omitempty"` // "]E0"
	}
	// gapMessage says that events may be missing before what follows.
	gapMessage struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`          // gapRestart, gapBehind or gapHeld
		Scans  int    `json:"scans,omitempty"` // how many scans are lost, if known
	}
	// answerMessage is what became of a command.
	answerMessage struct {
		Type string `json:"type"`
		checkout.Answer
	}
	// errorMessage refuses a message. The connection stays.
	errorMessage struct {
		Type   string `json:"type"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
		ID     string `json:"id,omitempty"` // of the command, if there is one
	}
	// viewMessage acknowledges a frame, with what was seen last.
	viewMessage struct {
		Type  string `json:"type"`
		Frame int    `json:"frame"` // which: counts from 1 since the camera was switched on
		View
	}
	// pairingMessage goes to the till's own pages.
	pairingMessage struct {
		Type   string `json:"type"`
		State  string `json:"state"` // "paired", "closed"
		Origin string `json:"origin,omitempty"`
		Name   string `json:"name,omitempty"`
	}
	// fatalMessage says why the daemon does not work.
	fatalMessage struct {
		Type   string `json:"type"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
)

// FatalCodes are the codes of Server.Fail; the page has a text for each.
var FatalCodes = []string{"journal_damaged", "journal_locked", "data_folder", "config", "other"}

// Reasons of a gap.
const (
	gapRestart = "restart" // another epoch: tillgate was started anew
	gapBehind  = "behind"  // the client was away for longer than events are kept
	gapHeld    = "held"    // more scans came during a hold than are kept
)

// Messages from a client.
type (
	// helloMessage is the first message of a client.
	helloMessage struct {
		Type   string   `json:"type"`
		Client string   `json:"client,omitempty"` // name of its own, the same after a reconnect
		Token  string   `json:"token,omitempty"`  // of a paired page
		Want   []string `json:"want,omitempty"`   // "state", "scans"; both if absent
		Hold   bool     `json:"hold,omitempty"`   // begin with scans held back
		Resume *resume  `json:"resume,omitempty"`
	}
	// resume says what the client already has.
	resume struct {
		Epoch string  `json:"epoch,omitempty"`
		Seq   uint64  `json:"seq,omitempty"`
		Scan  *uint64 `json:"scan,omitempty"` // last scan handled; if absent what was acknowledged, else Seq
	}
	// ackMessage says that every scan up to Seq has been handled.
	ackMessage struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	// holdMessage stops the delivery of scans; they queue.
	holdMessage struct {
		Type string `json:"type"`
	}
	// releaseMessage lets scans through: so many, then hold again; all if 0.
	releaseMessage struct {
		Type  string `json:"type"`
		Scans int    `json:"scans,omitempty"`
	}
	// cameraMessage switches the camera of the page on or off; its frames are
	// binary messages.
	cameraMessage struct {
		Type string `json:"type"`
		On   bool   `json:"on"`
	}
	// commandMessage asks something of the desk.
	commandMessage struct {
		Type string `json:"type"`
		checkout.Command
	}
)

// scanOf is a code as it is sent.
func scanOf(c decode.Code) scanMessage {
	return scanMessage{Type: "scan", Scan: c.Scan, Kind: c.Kind, GTIN: c.GTIN, Text: c.Text, Raw: c.Raw, Symbology: c.Symbology.String(), AIM: c.AIM}
}

// encode is the JSON of a message. The messages are ours: they always encode.
func encode(m any) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic("ui: encode " + err.Error())
	}
	return b
}
