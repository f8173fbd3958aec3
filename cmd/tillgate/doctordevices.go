package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/hid/oem"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
)

// Programs that take the ports of scanners.
const (
	modemManager = "ModemManager"
	brltty       = "brltty"
)

// checkDevices says of each scanner how it is driven, or why not and what mends it.
func checkDevices(f facts) (all []finding) {
	if f.DevicesErr != nil {
		all = append(all, problem("scanners", f.DevicesErr.Error(), ""))
	}
	for _, s := range f.Devices.Driven {
		all = append(all, checkDriven(f, s))
		if who := f.Devices.holders[s.Info.ID]; who != "" && s.Reason == "" {
			all = append(all, note("scanner "+s.Info.ID, who+" has it open too, and gets every code as well", readsAlong))
		}
	}
	for _, i := range f.Devices.Found {
		subject := "device " + i.ID
		switch {
		case i.Driver == camera.Name: // many a till has one that is no scanner
		case usb.Hint(i.VID, i.PID) != "":
			all = append(all, problem(subject, usb.Hint(i.VID, i.PID), switchMode(i.VID)))
		case i.VID != 0 && (i.Driver != serial.Name || ofScanners(i.VID, i.PID)):
			all = append(all, note(subject, i.Problem, `Or run "tillgate enrol" and let it read the code.`))
		}
	}
	if len(f.Devices.Driven) == 0 && f.ConfigErr == nil {
		all = append(all, problem("scanners", "this till has none", `Run "tillgate enrol", or press "Connect a scanner" on the page, and let the scanner read the code.`))
	}
	return all
}

// checkDriven looks at a scanner of the configuration.
func checkDriven(f facts, s driver.Status) finding {
	subject := "scanner " + s.Info.ID
	switch {
	case s.Reason == "" && s.State == driver.Ready && strings.Contains(s.Info.Mode, oem.Reports):
		return problem(subject, s.Info.Mode+history(s), "Unplug it and plug it in again. If it goes on, the scanner needs repair.")
	case s.Reason == "" && s.State == driver.Ready:
		weak, remedy := weakMode(s.Info)
		what := cmp.Or(weak, s.Info.Mode) + history(s)
		if s.Lost > 0 {
			what += fmt.Sprintf("; %d inputs were thrown away, the last because of %s", s.Lost, s.LostWhy)
			remedy = strings.TrimPrefix(remedy+"\n"+`"tillgate devices --record" takes down what it sends.`, "\n")
		}
		if weak == "" && s.Lost == 0 {
			return fine(subject, "%s", what)
		}
		return note(subject, what, remedy)
	case s.State == driver.Off:
		return fine(subject, "switched off; a button on the page switches it on")
	case s.Reason == "" && s.State == "":
		return fine(subject, "nothing keeps it from being driven (%s)", s.Info.Mode)
	case s.Reason == "":
		return note(subject, string(s.State), "Look again in some seconds.")
	}
	if who := f.Devices.holders[s.Info.ID]; who != "" { // the driver may not be allowed to see whom
		s.Reason = strings.Replace(s.Reason, usb.Unseen, who, 1)
	}
	return problem(subject, s.Reason, remedyFor(f, s))
}

const readsAlong = "Switch the scanner off in the settings of that program: what is no card reaches it from tillgate ([forward]), and would come twice."

// history is what a scanner that is driven has done: since when, and what it read.
func history(s driver.Status) (text string) {
	if !s.Since.IsZero() {
		text = ", since " + clockTime(s.Since)
	}
	if s.Scans > 0 {
		text += fmt.Sprintf(", %d codes, the last at %s", s.Scans, clockTime(s.LastScan))
	}
	if s.Repeats > 0 {
		text += fmt.Sprintf(", %d of them a card still in view", s.Repeats)
	}
	return text
}

// remedyFor says what mends a scanner that is not driven, where more is known than
// its driver could say.
func remedyFor(f facts, s driver.Status) string {
	i, reason := s.Info, s.Reason
	denied := s.State == driver.Denied || strings.Contains(reason, driver.ErrDenied.Error())
	busy := s.State == driver.Busy || strings.Contains(reason, driver.ErrBusy.Error())
	absent := s.State == driver.Absent || strings.Contains(reason, driver.ErrAbsent.Error())
	switch {
	case usb.Hint(i.VID, i.PID) != "":
		return switchMode(i.VID)
	case denied && i.VID != 0:
		return udevRule(i)
	case strings.Contains(reason, modemManager):
		return ignoreRule(i.VID)
	case strings.Contains(reason, brltty):
		return brailleRemedy
	case busy && strings.Contains(reason, "has taken it from the system"):
		return unnamed(reason) + "That program reads the scanner by itself (through libusb or the like), and nobody else can then. If it is the POS: switch the scanner off in its settings, and let it have the codes from tillgate ([forward]). As soon as the program lets go, the scanner is taken up by itself."
	case busy && i.Driver == evdev.Name:
		return unnamed(reason) + "Switch the scanner off in the settings of that program, or end it; the scanner is taken up then by itself."
	case busy && i.Driver == hid.Name:
		return unnamed(reason) + "End it; the scanner is taken up then by itself."
	case absent && i.VID != 0 && i.Driver != camera.Name:
		for _, p := range f.Plugged {
			if p.VID == i.VID && p.PID != i.PID {
				what := fmt.Sprintf("A device of the same maker is plugged in as %s. If it is this scanner, it is in another host mode than when it was configured: enrol it again (tillgate enrol), or set the mode back.\n", p.ids())
				return what + cmp.Or(usb.Hint(p.VID, p.PID), switchMode(p.VID))
			}
		}
		return "Plug it in, or try another cable and socket. A cordless scanner must be paired with its base."
	case absent && i.Driver == serial.Name:
		return "Plug it in. " + otherPorts(f) + "A port that is named /dev/ttyUSB0 or /dev/ttyACM0 has another number after another plug: name the one in /dev/serial/by-id, or the scanner by usb, or enrol it (tillgate enrol)."
	case absent && i.VID != 0:
		return "Plug it in, or try another cable and socket."
	case absent:
		return "Plug it in, or correct its path in the configuration; tillgate devices lists what is here."
	case strings.Contains(reason, "keyboard mode"), strings.Contains(reason, "offers no"):
		return switchMode(i.VID)
	}
	return ""
}

// otherPorts are the serial ports that no scanner of the configuration is at.
func otherPorts(f facts) string {
	var ports []string
	for _, i := range f.Devices.Found {
		if i.Driver == serial.Name && i.Path != "" {
			ports = append(ports, i.Path)
		}
	}
	if len(ports) == 0 {
		return "No other serial port is here. "
	}
	return "Other serial ports that are here: " + strings.Join(ports, ", ") + ". "
}

// unnamed says how a program is found that could not be named.
func unnamed(reason string) string {
	if strings.Contains(reason, "(process ") {
		return ""
	}
	return "sudo tillgate doctor names the program. "
}

// weakMode says what a scanner can not do in a mode in which it works, and what to
// set it to.
func weakMode(i driver.Info) (what, remedy string) {
	switch {
	case i.Driver == serial.Name && strings.Contains(i.Mode, serial.DoesNotAnswer):
		return i.Mode + ": what it is told has no effect, and it does not beep for cards", unheard(i.Mode)
	case strings.HasPrefix(i.Mode, "IBM OEM"):
		return i.Mode + ": many models keep QR codes to themselves in this mode", switchMode(i.VID)
	case i.Driver == "wedge":
		return i.Mode + ": what it reads is typed into the window in front, too", switchMode(i.VID)
	case i.Driver == evdev.Name, i.Driver == hid.Name && strings.HasPrefix(i.Mode, "keyboard"):
		return i.Mode + ": works, but a keyboard can not say what kind of code it read, and letters other than Latin may be lost", switchMode(i.VID)
	}
	return "", ""
}

// unheard says what mends a serial scanner that does not answer commands.
func unheard(mode string) string {
	if strings.Contains(mode, "SSI") {
		// Zebra, product reference guides, chapters "SSI Interface" and "RS-232 Interface".
		return `Scan the barcode "SSI Host" (RS-232 host types) and then "Send Packeted Decode Data" of the Product Reference Guide, or set protocol = "text" and the host type "Standard RS-232".`
	}
	return `See that protocol is that of the scanner's maker, that the line speed is the scanner's, and that the cable carries both ways. With protocol = "text" nothing is sent to it.`
}

// switchMode says how a scanner is set to a mode that serves best.
func switchMode(vid uint16) string {
	switch usb.VendorOf(vid) {
	case driver.VendorZebra:
		// Zebra, product reference guides, chapter "USB Interface": USB Device Type.
		return `Scan "USB HID POS" or "CDC COM Port Emulation" (USB device types) in the Product Reference Guide of the model. From SNAPI or IBM mode it may take "Set Defaults" first.`
	case driver.VendorHoneywell:
		// Honeywell, "Xenon 1900 User's Guide": TRMUSB131 USB HID POS, TRMUSB130 USB serial.
		return `Scan the menu code for "USB HID Bar Code Scanner" (command TRMUSB131.) or "USB Serial" (TRMUSB130.) in the user's guide. The scanner then comes back as another device: enrol it again.`
	case driver.VendorDatalogic:
		return `Scan "Select USB-COM-STD" in the quick reference guide of the model, and use a scanner of driver "serial".`
	case driver.VendorNewland:
		return `Scan "USB HID-POS" or "USB CDC" in the user guide of the model. The last two digits of its USB product id tell the mode: 03 keyboard, 06 CDC, 10 HID-POS.`
	}
	return `Scan the setup barcode for USB HID-POS or USB-COM (virtual COM port, CDC) in the scanner's manual.`
}

// udevRule is the rule that lets the service have a device, as text to paste.
func udevRule(i driver.Info) string {
	match := fmt.Sprintf(`SUBSYSTEM=="hidraw", ATTRS{idVendor}=="%04x", ATTRS{idProduct}=="%04x"`, i.VID, i.PID)
	more := ""
	switch i.Driver {
	case serial.Name:
		match = fmt.Sprintf(`SUBSYSTEM=="tty", ATTRS{idVendor}=="%04x", ATTRS{idProduct}=="%04x"`, i.VID, i.PID)
		more = `, ENV{ID_MM_DEVICE_IGNORE}="1"`
	case evdev.Name:
		match = fmt.Sprintf(`SUBSYSTEM=="input", KERNEL=="event*", ATTRS{idVendor}=="%04x", ATTRS{idProduct}=="%04x"`, i.VID, i.PID)
	}
	lines := match + `, MODE="0660", GROUP="tillgate"` + more + "\n"
	if i.Driver == hid.Name { // where there is no hidraw, and to take the scanner back from a program that was killed
		lines += fmt.Sprintf(`SUBSYSTEM=="usb", ATTR{idVendor}=="%04x", ATTR{idProduct}=="%04x", MODE="0660", GROUP="tillgate"`, i.VID, i.PID) + "\n"
		if strings.HasPrefix(i.Mode, "keyboard") {
			lines += fmt.Sprintf(`SUBSYSTEM=="input", KERNEL=="event*", ATTRS{idVendor}=="%04x", ATTRS{idProduct}=="%04x", MODE="0660", GROUP="tillgate"`, i.VID, i.PID) + "\n"
		}
	}
	return "Write this into /etc/udev/rules.d/70-tillgate-local.rules:\n" + lines + reload
}

func ignoreRule(vid uint16) string {
	return "Write this into /etc/udev/rules.d/70-tillgate-local.rules:\n" +
		fmt.Sprintf(`SUBSYSTEM=="tty", ATTRS{idVendor}=="%04x", ENV{ID_MM_DEVICE_IGNORE}="1"`, vid) + "\n" + reload +
		"\nA till without a modem needs no ModemManager: systemctl disable --now ModemManager"
}

const reload = "then: udevadm control --reload && udevadm trigger, and plug the scanner in again."

const brailleRemedy = "A till without a braille display needs no brltty: systemctl mask --now brltty brltty-udev, or remove the package."

// checkHIDSupport looks whether this build can read HID scanners.
func checkHIDSupport(f facts) []finding {
	if f.HID {
		return nil
	}
	remedy := "Install the package, or build with cgo (CGO_ENABLED=1 and a C compiler)."
	needed := len(f.Config.Scanner.HID) > 0
	if needed {
		return []finding{problem("build", "without USB HID support, and scanners of driver \"hid\" are configured", remedy)}
	}
	return []finding{note("build", "without USB HID support: scanners in HID-POS mode can not be read", remedy)}
}

// checkModemManager looks for ports on which ModemManager will try to talk to a
// modem, for some twenty seconds after each plug.
func checkModemManager(f facts) (all []finding) {
	if !slices.Contains(f.Programs, modemManager) {
		return nil
	}
	for _, p := range f.Plugged {
		if p.TTY != "" && !p.Ignored && (ofScanners(p.VID, p.PID) || f.drives(p)) {
			all = append(all, problem("port "+p.TTY, "ModemManager takes it for some 20 seconds each time the scanner is plugged in, and sends to the scanner", ignoreRule(p.VID)))
		}
	}
	return all
}

// ofScanners says whether USB ids are those of a scanner.
func ofScanners(vid, pid uint16) bool {
	return usb.ScannerBecause([]usb.Interface{{VID: vid, PID: pid}}) != ""
}

// drives says whether a USB device is a scanner of this till.
func (f facts) drives(p plugged) bool {
	return slices.ContainsFunc(f.Devices.Driven, func(s driver.Status) bool { return s.Info.VID == p.VID && s.Info.PID == p.PID })
}

// brailleIDs are the converter chips that brltty takes for braille displays (its
// udev rules, "Device: 1A86:7523" and so on).
var brailleIDs = map[[2]uint16]bool{{0x1a86, 0x7523}: true, {0x10c4, 0xea60}: true, {0x0403, 0x6001}: true, {0x067b, 0x2303}: true}

// checkBraille looks for adapters without a port while brltty runs.
func checkBraille(f facts) (all []finding) {
	if !slices.Contains(f.Programs, brltty) {
		return nil
	}
	for _, p := range f.Plugged {
		if brailleIDs[[2]uint16{p.VID, p.PID}] && p.TTY == "" {
			all = append(all, problem("USB device "+p.ids(), "brltty has taken this serial adapter for a braille display: it has no port", brailleRemedy))
		}
	}
	return all
}
