// Package datalogic speaks the host commands of Datalogic scanners on a serial
// line: single bytes for everyday use, and lines that begin with '$' for settings
// (as Datalogic's own open-source UnifiedPOS drivers use them).
package datalogic

import (
	"bytes"
	"errors"
	"fmt"
)

// Commands of one byte.
var (
	Enable    = []byte{'E'}
	Disable   = []byte{'D'}
	Reset     = []byte{'R'}
	Beep      = []byte{0x01} // also if the scanner is set not to beep
	NotOnFile = []byte{'F'}
	Identify  = []byte{'i'}
	Health    = []byte{'h'}
	// PhoneMode switches the reading from phone screens on and off; models of the
	// 3300 class.
	PhoneMode = []byte{'P', 0x01, 'C'}
)

// Settings are written between Open and Save, read with Read.
var (
	Open = []byte("$S\r")
	Save = []byte("$Ar\r") // and leave; the scanner restarts
)

// Write makes the command that sets a configuration item: a tag of four
// hexadecimal digits and its data as text.
func Write(tag uint16, data string) []byte { return fmt.Appendf(nil, "$C%04X%s\r", tag, data) }

// Read makes the command that asks for a configuration item.
func Read(tag uint16) []byte { return fmt.Appendf(nil, "$c%04X\r", tag) }

// ErrRefused is the answer to a setting that the scanner does not take.
var ErrRefused = errors.New("scanner refused the setting")

// Reply reads the answer to a '$' command: "$>" with what was asked for, or "$#".
func Reply(b []byte) (data []byte, err error) {
	b = bytes.TrimRight(b, "\r\n")
	if data, ok := bytes.CutPrefix(b, []byte("$>")); ok {
		return data, nil
	}
	if bytes.HasPrefix(b, []byte("$#")) {
		return nil, ErrRefused
	}
	return nil, fmt.Errorf("no answer to a setting: %d bytes", len(b))
}

// Info reads the answer to Identify or Health, which comes between SOH and EOT. A
// line without this frame is no answer but a code.
func Info(b []byte) (text []byte, ok bool) {
	b, begins := bytes.CutPrefix(b, []byte{0x01})
	b, ends := bytes.CutSuffix(b, []byte{0x04})
	return b, begins && ends
}

// Interface names the interface that Identify reports as item 'I'.
func Interface(code string) string {
	return map[string]string{"05": "RS-232", "10": "USB-COM (Datalogic)", "20": "single-cable RS-232", "45": "USB-OEM",
		"47": "USB-COM", "77": "USB-HID", "4D": "composite"}[code]
}
