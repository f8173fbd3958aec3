// Package driver takes scans off the devices of a till.
//
// It is the first stage of the way of a scan (driver → decode → sync → ui) and
// owns the type Scan. A driver, one package per way of attachment (serial, hid,
// evdev, …), finds devices and runs them; the Supervisor keeps each one running:
// run → error or panic → pause with jitter → run. A device that is not there is
// no failure: it is reported as absent, with the reason, and taken up when it
// comes. Package hotplug tells the Supervisor when that is, and when the machine
// was asleep: then all devices are opened again.
//
// Devices never share a parser: a Source owns its own framing state, so that two
// customers at two scanners can never be mixed into one.
package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Scan is one code as one device delivered it: the bytes without the framing
// (prefix, suffix) and without any meaning given to them yet.
type Scan struct {
	Device string    // identity of the device, stable across restarts; see Info.ID
	Seq    uint64    // numbers the scans and pictures of this device since the daemon started, from 1
	At     time.Time // when the last byte came in
	Data   []byte    // payload; any bytes, 1 to MaxScan; owned by the receiver
	AIM    string    // AIM identifier such as "]Q1" where the device sends it apart from the data, else ""
	CodeID string    // the vendor's code id where the device sends it apart from the data, else ""
	Vendor Vendor    // whose code ids and AIM habits apply; VendorUnknown if not known
}

// MaxScan is the longest payload that is taken for one scan, in bytes. The
// largest code in use, a QR code of version 40 at level L, holds 2,953 bytes;
// what is longer is line noise, and is counted as an error of the device.
const MaxScan = 16 << 10

// LogValue keeps the payload out of logs: it may be a customer's card.
func (s Scan) LogValue() slog.Value {
	return slog.GroupValue(slog.String("device", s.Device), slog.Uint64("seq", s.Seq), slog.Int("bytes", len(s.Data)))
}

// Ref names a scan without its content: what a prompt is bound to.
type Ref struct {
	Device string    `json:"device"`
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
}

// Ref names this scan.
func (s Scan) Ref() Ref { return Ref{Device: s.Device, Seq: s.Seq, At: s.At} }

// Picture is what a device saw, where it sends pictures beside codes or instead
// of them. What is read out of one takes its Device, Seq and At.
type Picture struct {
	Device string    // identity of the device; see Info.ID
	Seq    uint64    // out of the same count as the scans
	At     time.Time // when the last byte came in
	Format Format
	Data   []byte // a whole file in that format, 1 to MaxPicture bytes; owned by the receiver
}

// Format is the kind of file that a Picture is.
type Format string

// The formats of pictures. Not every reader of pictures knows all of them.
const (
	JPEG Format = "jpeg"
	BMP  Format = "bmp"
	TIFF Format = "tiff"
)

// MaxPicture is the longest picture that is taken, in bytes: 1280×1024 grey
// pixels without compression, and the head of the file.
const MaxPicture = 1280*1024 + 64<<10

// LogValue keeps the picture out of logs: a customer's card may be on it.
func (p Picture) LogValue() slog.Value {
	return slog.GroupValue(slog.String("device", p.Device), slog.Uint64("seq", p.Seq), slog.String("format", string(p.Format)), slog.Int("bytes", len(p.Data)))
}

// Vendor is the maker whose conventions a device follows.
type Vendor string

// The vendors whose code ids are known to package decode/aim.
const (
	VendorUnknown   Vendor = ""
	VendorHoneywell Vendor = "honeywell"
	VendorZebra     Vendor = "zebra"
	VendorDatalogic Vendor = "datalogic"
	VendorNewland   Vendor = "newland"
)

// Info describes a device that a driver found or runs.
type Info struct {
	ID      string `json:"id"`                // "serial:usb-0c2e-1007-17123B4567" or "serial:/dev/ttyS0": stable across restarts
	Driver  string `json:"driver"`            // name of the driver: "serial", "hid", …
	Path    string `json:"path,omitempty"`    // where it is now: /dev/ttyACM0, COM5, 1-2.3:1.0
	Name    string `json:"name,omitempty"`    // what the device calls itself; may be empty
	VID     uint16 `json:"vid,omitempty"`     // USB vendor id; 0 where there is none
	PID     uint16 `json:"pid,omitempty"`     // USB product id
	Serial  string `json:"serial,omitempty"`  // USB serial number; may be empty
	Mode    string `json:"mode,omitempty"`    // how it is driven, in words: "9600 8N1", "HID-POS (Honeywell)"
	Problem string `json:"problem,omitempty"` // for a device found but not driven: why, and what mends it
}

// Driver is one way of attaching scanners. It is made from its section of the
// configuration and hands out one Source per device.
type Driver interface {
	// Name is the driver's name in the configuration and in reports.
	Name() string
	// Sources are the devices that the configuration names. Each is run by a
	// supervisor of its own, whether it is plugged in or not.
	Sources() []Source
	// Find lists the devices on this machine that the driver could run, and
	// those it could not, with the Problem. It opens no device that the
	// configuration does not name: a stranger's port may be a fiscal printer's.
	Find(ctx context.Context) ([]Info, error)
}

// Source is one device, run by one goroutine.
type Source interface {
	// Info says what is known without opening the device.
	Info() Info
	// Run opens the device and delivers its scans until ctx ends (it returns
	// nil then, with everything closed) or the device fails. It may be called
	// again after it has returned. The error wraps ErrAbsent, ErrBusy, ErrDenied or
	// ErrOff where one of them is the cause.
	Run(ctx context.Context, t Till) error
}

// SourcesOf are a driver's own sources as Driver.Sources gives them.
func SourcesOf[S Source](own []S) []Source {
	all := make([]Source, len(own))
	for i, s := range own {
		all[i] = s
	}
	return all
}

// Till is what a running Source reports to. All methods are safe to call from
// the goroutine of Run and return quickly, but Scanned blocks while the stages
// behind are busy: what waits there waits in the device's own buffer.
type Till interface {
	// Opened says that the device is open and delivers scans from now on. Said
	// again during one run, it changes what is known of the device, such as Mode.
	Opened(Info)
	// Scanned delivers a scan. Device and Seq are filled in by the supervisor,
	// which holds a few scans before Scanned blocks.
	Scanned(Scan)
	// Lost counts input that was thrown away, with the reason: noise longer
	// than MaxScan, an overflow in the kernel, a bad checksum.
	Lost(reason string)
}

// Viewer is a Till that takes pictures too; the supervisor's is one.
type Viewer interface {
	// Pictured delivers a picture. Device and Seq are filled in by the supervisor.
	// It never blocks: a picture that nobody has looked at yet gives way to a newer
	// one of the same device.
	Pictured(Picture)
}

// AdviceFault is advice for a scanner that says itself that something is wrong with it.
const AdviceFault = "fault"

// Adviser is a Till that passes on what the person at the device can do about a
// code that it sees and does not read; the supervisor's is one.
type Adviser interface {
	// Advised gives the code of the advice, such as "too-dark", in place of the one
	// before; "" is none.
	Advised(code string)
}

// Signaller is a Source that can tell the person at the till, by beep or lamp,
// what became of a scan.
type Signaller interface {
	Signal(ctx context.Context, s Signal) error
}

// Signal is what a scanner is asked to show.
type Signal uint8

// The signals.
const (
	SignalKnown   Signal = iota + 1 // the code is a known customer's card
	SignalUnknown                   // the code is a card that nobody has
)

// Commander is a Source that can be told what to do by a person.
type Commander interface {
	// Command waits for the device's answer where it gives one. The error wraps
	// ErrCannot if the device has no such command.
	Command(ctx context.Context, c Command) error
}

// Command is what a scanner can be told. What it sets is forgotten when the
// scanner loses power.
type Command string

// The commands.
const (
	TriggerOn   Command = "trigger on"  // begin to read, as if the trigger were pulled
	TriggerOff  Command = "trigger off" // stop reading
	PhonesOn    Command = "phones on"   // read from the screens of phones
	PhonesOff   Command = "phones off"
	TakePicture Command = "picture" // of what is in view; it comes as a Picture
)

// ErrCannot says that a device has no such command.
var ErrCannot = errors.New("can not be done")

// Why a device does not run. The text of the error that wraps one of these
// names the device and what a person can do.
var (
	ErrAbsent = errors.New("not plugged in")
	ErrBusy   = errors.New("in use by another program")
	ErrDenied = errors.New("permission denied")
	ErrOff    = errors.New("switched off")
)

// State is what a device is doing.
type State string

// The states of a device.
const (
	Opening State = "opening"
	Ready   State = "ready"
	Absent  State = "absent" // Skipped: no such hardware here now
	Busy    State = "busy"
	Denied  State = "denied"
	Failed  State = "failed"
	Off     State = "off" // a person switches it on when it is needed: nothing is wrong
)

// StateOf says which state an error of Run puts the device into.
func StateOf(err error) State {
	switch {
	case errors.Is(err, ErrAbsent):
		return Absent
	case errors.Is(err, ErrBusy):
		return Busy
	case errors.Is(err, ErrDenied):
		return Denied
	case errors.Is(err, ErrOff):
		return Off
	}
	return Failed
}

// Status is the report on one device.
type Status struct {
	Info     Info      `json:"device"`
	State    State     `json:"state,omitempty"`    // "" if no daemon drives it
	Since    time.Time `json:"since,omitzero"`     // when State was entered
	Reason   string    `json:"reason,omitempty"`   // why it is not Ready; "" when it is
	LastScan time.Time `json:"last_scan,omitzero"` // zero before the first
	Scans    uint64    `json:"scans"`              // delivered since the daemon started
	Pictures uint64    `json:"pictures,omitempty"` // that came in since the daemon started
	Repeats  uint64    `json:"repeats"`            // of Scans: the same card still in view, which asks nothing anew
	Lost     uint64    `json:"lost"`               // inputs thrown away since the daemon started
	LostWhy  string    `json:"lost_why,omitempty"` // the last reason
	Opens    uint64    `json:"opens"`              // how often it was opened
	Advice   string    `json:"advice,omitempty"`   // see Adviser; "" after the next scan
}

// PanicError is what a Source that panicked ended with.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("driver bug: panic: %v", e.Value) }
