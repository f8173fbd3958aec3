// Package menu speaks the menu commands of scanners: what their setup barcodes do,
// sent over the line.
//
// Honeywell and Newland share a grammar, tag, sub-tag and data, several commands
// divided by ';', and differ in what stands around it. Answers are the command
// again with one byte of status before each mark of punctuation (Honeywell, "Xenon
// 1900 User's Guide", serial programming commands; Newland, "Programming by
// command" in the integration guides).
package menu

import (
	"bytes"
	"fmt"
	"strings"
)

// Dialect is what stands around a command.
type Dialect struct {
	name             string
	before, answered string // before a command, before an answer
	permanent, once  string // how a setting survives the power, or does not
	permanentIsFirst bool   // Newland says it before the command, Honeywell after
	after            string
}

// The dialects.
var (
	Honeywell = Dialect{name: "Honeywell", before: "\x16M\r", permanent: ".", once: "!"}
	Newland   = Dialect{name: "Newland", before: "~\x010000", answered: "\x02\x010000", permanent: "@", once: "#", permanentIsFirst: true, after: ";\x03"}
)

// Command makes the bytes of a command, such as "SCNLED0". Settings that are not
// permanent are gone when the scanner loses power: what a till changes on its own
// account should be.
func (d Dialect) Command(text string, permanent bool) []byte {
	mark := d.once
	if permanent {
		mark = d.permanent
	}
	if d.permanentIsFirst {
		return []byte(d.before + mark + text + d.after)
	}
	return []byte(d.before + text + mark)
}

// Answer is what a scanner said to one command of several.
type Answer struct {
	Text   string // the command, with the value it has now
	Status Status
}

// Status is what became of a command.
type Status byte

// The statuses.
const (
	Done    Status = 0x06 // ACK
	Unknown Status = 0x05 // ENQ: no such tag or sub-tag
	Refused Status = 0x15 // NAK: no such value
)

func (s Status) String() string {
	switch s {
	case Done:
		return "done"
	case Unknown:
		return "command not known to this scanner"
	case Refused:
		return "value not possible"
	}
	return fmt.Sprintf("status %#02x", byte(s))
}

// Answers reads an answer: the statuses divide it.
func (d Dialect) Answers(b []byte) ([]Answer, error) {
	b, ok := bytes.CutPrefix(b, []byte(d.answered))
	if !ok {
		return nil, fmt.Errorf("not an answer of a %s scanner", d.name)
	}
	if d.permanentIsFirst && len(b) > 0 {
		b = b[1:]
	}
	var all []Answer
	for len(b) > 0 {
		i := bytes.IndexAny(b, "\x05\x06\x15")
		if i < 0 {
			break
		}
		all = append(all, Answer{Text: string(b[:i]), Status: Status(b[i])})
		b = bytes.TrimLeft(b[i+1:], ",;.!\x03")
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s scanner: answer without a status", d.name)
	}
	return all, nil
}

// Failed returns the first answer that is no success.
func Failed(as []Answer) error {
	for _, a := range as {
		if a.Status != Done {
			return fmt.Errorf("scanner: %s: %v", strings.TrimSpace(a.Text), a.Status)
		}
	}
	return nil
}

// Honeywell's commands that are no menu commands: SYN, a letter, CR.
var (
	TriggerOn  = []byte("\x16T\r")
	TriggerOff = []byte("\x16U\r")
	Beep       = []byte("\x16\x07\r")
)

// What a till has a use for, as texts of Command.
const (
	HoneywellRevision  = "REVINF"
	HoneywellHeaders   = "DECHDR?"   // asks for the setting that HoneywellHeadersOn makes
	HoneywellPhones    = "PAPHHC"    // reads from phone screens, in the hand
	HoneywellPaper     = "PAPHHF"    // the ordinary way
	HoneywellLightOff  = "SCNLED0"   // no illumination, which glass reflects
	HoneywellLightOn   = "SCNLED1"   //
	HoneywellHIDPOS    = "TRMUSB131" // the scanner comes back as USB HID-POS
	HoneywellCOM       = "TRMUSB130" // the scanner comes back as a serial port
	HoneywellHeadersOn = "DECHDR1"   // length and code id before each code
	NewlandTriggerOn   = "SCNTRG1"
	NewlandTriggerOff  = "SCNTRG0"
	NewlandAlwaysOn    = "SCNMOD2" // reads what comes into view
	NewlandScanMode    = "SCNMOD*" // asks for the mode
	NewlandPhones      = "EXPLVL5" // exposure for phone screens (engines as in Sunmi's terminals)
	NewlandPaper       = "EXPLVL0"
	NewlandHighBeep    = "BEEPON2000F100T20V" // frequency, time in ms, volume
	NewlandLowBeep     = "BEEPON400F400T20V"
)

// Tunnel puts bytes for a Honeywell scanner in HID-POS mode into its output report
// FD, "serial data stream": report id, length, up to 62 bytes, filled up to 64.
func Tunnel(b []byte) ([]byte, error) {
	if len(b) > 62 {
		return nil, fmt.Errorf("command of %d bytes does not fit the 62 of a report", len(b))
	}
	r := append(make([]byte, 0, 64), 0xfd, byte(len(b)))
	return append(r, b...)[:64], nil
}
