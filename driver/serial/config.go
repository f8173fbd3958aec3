package serial

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Config is one scanner on a serial port: RS-232, or USB in the mode that the
// makers call USB-COM, CDC or virtual COM port.
//
// The port is named by path, or by usb and, where two scanners of one model are
// plugged in, serial_number, or port where they have no such number. Everything else
// may be left out.
type Config struct {
	// Name of this scanner in reports, and part of its identity. Left out: made
	// from usb and serial_number, or from path.
	ID string `toml:"id"`
	// The port: "/dev/ttyS0", better "/dev/serial/by-id/…" which stays the same
	// whatever is plugged in first, "COM5" on Windows.
	Path string `toml:"path"`
	// USB vendor and product id in hexadecimal, "0c2e:0caa", instead of path.
	// "tillgate devices" shows them.
	USB string `toml:"usb"`
	// USB serial number, together with usb.
	SerialNumber string `toml:"serial_number"`
	// The socket, together with usb, for two scanners of one model without serial
	// numbers: "1-2.3" on Linux. The scanner must then stay in it. On Windows it is
	// the name of the COM port, which Windows keeps for the socket where a device has
	// no serial number.
	Port string `toml:"port"`
	// Line speed in bits per second: 300 to 921600. Left out: 9600, the default
	// of most scanners; recent Honeywell imagers use 115200. USB scanners take any.
	Baud int `toml:"baud"`
	// 7 or 8. Left out: 8.
	DataBits int `toml:"data_bits"`
	// "none", "odd", "even", "mark" or "space". Left out: "none".
	Parity string `toml:"parity"`
	// 1 or 2. Left out: 1.
	StopBits int `toml:"stop_bits"`
	// Whether the line Data Terminal Ready is set while the port is open. Left
	// out: true, without it some USB scanners do not send.
	DTR *bool `toml:"dtr"`
	// Whether the line Request To Send is set. Left out: true; false with protocol
	// "ssi", in which it means that the till wants to send.
	RTS *bool `toml:"rts"`
	// What the scanner puts before each code and what is cut off again: "STX",
	// "SOH", any text such as "S", or "none" to cut nothing off. Left out: STX
	// and SOH are cut off.
	Prefix string `toml:"prefix"`
	// What ends a code: "CR", "LF", "CRLF", "CRCR", "TAB", "ETX", "NUL", any text,
	// or "none" if the scanner sends nothing and silence is the end. Left out:
	// learned from what comes. Say it if codes hold line ends or TABs themselves.
	Suffix string `toml:"suffix"`
	// Milliseconds without a byte that end a code which has no suffix: 20 to 500.
	// Where one is expected, five times that are waited for it. Left out: 60. More is
	// needed for Bluetooth bases that send in pieces.
	SilenceMS int `toml:"silence_ms"`
	// What is spoken on the line. "text": the scanner sends codes as text and is told
	// nothing. "ssi": Zebra's Simple Serial Interface with packets. "honeywell",
	// "newland" and "datalogic": codes as text, and the maker's commands. With all but
	// "text" the scanner beeps for a known card and otherwise for an unknown one.
	// Left out: "text".
	Protocol string `toml:"protocol"`
	// Tell the scanner, each time it is opened, to read from the screens of phones:
	// with protocol "ssi", "honeywell" or "newland". Left out: as it is set.
	Phones bool `toml:"phones"`
	// Maker whose code ids the scanner sends: "honeywell", "zebra", "datalogic" or
	// "newland". Left out: known from the USB vendor id, or not at all.
	Vendor string `toml:"vendor"`
}

// ConfigError is a mistake in the configuration of one scanner.
type ConfigError struct {
	Index   int    // of the scanner in the list given to New, from 0
	Key     string // the key as it is spelled in the configuration
	Problem string // the value, what is wrong with it, and what was meant
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("serial scanner %d: %s: %s", e.Index+1, e.Key, e.Problem)
}

// Limits and defaults of the configuration.
const (
	defaultBaud    = 9600
	defaultSilence = 60
	minSilence     = 20
	maxSilence     = 500
	maxSuffix      = 8 // bytes of a prefix or suffix
)

var (
	bauds = []int{300, 600, 1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 57600, 115200, 230400, 460800, 921600}

	parities = map[string]bugst.Parity{"": bugst.NoParity, "none": bugst.NoParity, "odd": bugst.OddParity,
		"even": bugst.EvenParity, "mark": bugst.MarkParity, "space": bugst.SpaceParity}

	vendors = []driver.Vendor{driver.VendorUnknown, driver.VendorHoneywell, driver.VendorZebra,
		driver.VendorDatalogic, driver.VendorNewland}

	controls = map[string]string{"CR": "\r", "LF": "\n", "CRLF": "\r\n", "CRCR": "\r\r", "TAB": "\t",
		"ETX": "\x03", "NUL": "\x00", "STX": "\x02", "SOH": "\x01"}
)

// settings is a Config that has been checked and understood.
type settings struct {
	id       string
	path     string // "" if it is found by sel
	sel      usb.Selector
	beside   *usb.Neighbours // the scanners of the till; nil for one that is not its own
	mode     bugst.Mode
	rule     rule
	silence  time.Duration
	vendor   driver.Vendor
	protocol string
	phones   bool

	enrolling bool // nobody knows yet what is spoken
}

// parse checks the configuration of scanner number index.
func (c Config) parse(index int) (settings, error) {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &ConfigError{Index: index, Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	s := settings{path: c.Path, vendor: driver.Vendor(c.Vendor)}
	c.parsePort(&s, bad)
	c.parseProtocol(&s, bad)
	c.parseLine(&s, bad)
	c.parseFraming(&s, bad)
	if !slices.Contains(vendors, s.vendor) {
		bad("vendor", `%q is no maker whose code ids are known; want "honeywell", "zebra", "datalogic" or "newland"`, c.Vendor)
	}
	return s, errors.Join(errs...)
}

type report func(key, format string, args ...any)

func (c Config) parsePort(s *settings, bad report) {
	switch {
	case c.Path == "" && c.USB == "":
		bad("path", `missing; want the port, such as "/dev/ttyACM0" or "COM5", or usb = "vid:pid" instead`)
	case c.Path != "" && c.USB != "":
		bad("usb", "%q given beside path = %q; want one of the two", c.USB, c.Path)
	case c.USB == "" && c.SerialNumber != "":
		bad("serial_number", `%q given without usb; want usb = "vid:pid" beside it`, c.SerialNumber)
	case c.USB == "" && c.Port != "":
		bad("port", `%q given without usb; want usb = "vid:pid" beside it, or path for the device file`, c.Port)
	}
	s.id = c.Path
	if c.USB != "" {
		vid, pid, err := usb.ParseIDs(c.USB)
		if err != nil {
			bad("usb", "%v", err)
		}
		s.sel = usb.Selector{VID: vid, PID: pid, Serial: c.SerialNumber, Port: c.Port}
		s.id = s.sel.ID()
	}
	if c.ID != "" {
		s.id = c.ID
	}
	s.id = Name + ":" + s.id
}

func (c Config) parseLine(s *settings, bad report) {
	s.mode = bugst.Mode{BaudRate: orElse(c.Baud, defaultBaud), DataBits: orElse(c.DataBits, 8)}
	if !slices.Contains(bauds, s.mode.BaudRate) {
		bad("baud", "%d is no line speed; want one of %s", c.Baud, strings.Trim(fmt.Sprint(bauds), "[]"))
	}
	if s.mode.DataBits != 7 && s.mode.DataBits != 8 {
		bad("data_bits", "%d; want 7 or 8", c.DataBits)
	}
	parity, ok := parities[c.Parity]
	if s.mode.Parity = parity; !ok {
		bad("parity", `%q; want "none", "odd", "even", "mark" or "space"`, c.Parity)
	}
	switch c.StopBits {
	case 0, 1:
	case 2:
		s.mode.StopBits = bugst.TwoStopBits
	default:
		bad("stop_bits", "%d; want 1 or 2", c.StopBits)
	}
	dtr, rts := c.DTR == nil || *c.DTR, c.RTS != nil && *c.RTS
	if c.RTS == nil {
		rts = s.protocol != protoSSI // guides, "Host RTS Line State": low when idle
	}
	if !dtr || !rts {
		s.mode.InitialStatusBits = &bugst.ModemOutputBits{DTR: dtr, RTS: rts}
	}
}

// line says the line settings as people write them: "9600 8N1".
func (s *settings) line() string {
	parity := map[bugst.Parity]string{bugst.NoParity: "N", bugst.OddParity: "O", bugst.EvenParity: "E",
		bugst.MarkParity: "M", bugst.SpaceParity: "S"}[s.mode.Parity]
	stop := 1
	if s.mode.StopBits == bugst.TwoStopBits {
		stop = 2
	}
	return fmt.Sprintf("%d %d%s%d", s.mode.BaudRate, s.mode.DataBits, parity, stop)
}

func hex16(s string) (uint16, bool) {
	s = strings.TrimPrefix(strings.ToLower(s), "0x")
	n, err := strconv.ParseUint(s, 16, 16)
	return uint16(n), err == nil && len(s) == 4
}

func orElse(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
