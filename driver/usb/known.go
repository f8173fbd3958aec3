package usb

import (
	"strings"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
)

// maker is a company that makes scanners and nothing that a till types with.
type maker struct {
	name   string
	vendor driver.Vendor
}

// makers by USB vendor id (usb-ids.gowdy.us and the vendors' manuals). Makers of
// chips (04b4, 0416, 1a86 …) are left out on purpose: behind their ids there may
// be anything.
var makers = map[uint16]maker{
	0x05e0: {"Symbol or Zebra", driver.VendorZebra},
	0x0c2e: {"Metrologic or Honeywell", driver.VendorHoneywell},
	0x0536: {"Hand Held Products (Honeywell)", driver.VendorHoneywell},
	0x23d0: {"Youjie (Honeywell)", driver.VendorHoneywell},
	0x067e: {"Intermec", driver.VendorUnknown},
	0x05f9: {"PSC or Datalogic", driver.VendorDatalogic},
	0x080c: {"Datalogic", driver.VendorDatalogic},
	0x1eab: {"Newland", driver.VendorNewland},
	0x27dd: {"Mindeo", driver.VendorUnknown},
	0x1f3a: {"ATOL", driver.VendorUnknown},
	0x2dd6: {"Mertech or Mercury", driver.VendorUnknown},
	0x1fbb: {"Cino", driver.VendorUnknown},
	0x2745: {"Unitech", driver.VendorUnknown},
	0x065a: {"Opticon", driver.VendorUnknown},
	0x0db5: {"Access IS", driver.VendorUnknown},
}

// models are scanners behind vendor ids that are not of scanner makers alone.
var models = map[[2]uint16]string{
	{0x0416, 0xc141}: "scanner with a Winbond chip", {0x040b, 0x6510}: "scanner with a Weltrend chip",
	{0x04b4, 0xbca1}: "scanner with a Cypress chip", {0x04b4, 0xde61}: "scanner with a Cypress chip", {0x04b4, 0xde64}: "scanner with a Cypress chip",
	{0x04b4, 0x0100}: "Cino F760", {0x24ea, 0x0197}: "scanner", {0x03f0, 0x0139}: "HP 4430", {0x03f0, 0x1d24}: "HP scanner",
	{0x0218, 0x0210}: "scanner", {0xffff, 0x0035}: "scanner",
	{0x0581, 0x0107}: "Tera", {0x0581, 0x0115}: "Tera", {0x0581, 0x011c}: "Tera 5100", {0x0581, 0x020c}: "Tera",
}

// words in the name of a product that no keyboard calls itself.
var words = []string{"barcode", "bar code", "scanner", "imager", "symbol", "honeywell", "datalogic", "newland"}

// MakerOf is who made a device, "" if that is no maker of scanners.
func MakerOf(vid uint16) string { return makers[vid].name }

// VendorOf is the vendor whose conventions a device follows.
func VendorOf(vid uint16) driver.Vendor { return makers[vid].vendor }

// ScannerBecause says why a device is taken for a scanner: its maker, its model,
// its own words, or a scanner interface beside its keyboard. "" is a device that
// may be an ordinary keyboard and must not be taken unless a person said so.
func ScannerBecause(device []Interface) string {
	for _, i := range device {
		if m := makers[i.VID].name; m != "" {
			return "made by " + m
		}
		if m := models[[2]uint16{i.VID, i.PID}]; m != "" {
			return "known model: " + m
		}
		for _, w := range words {
			if strings.Contains(strings.ToLower(i.Name()), w) {
				return "calls itself " + i.Name()
			}
		}
	}
	if OffersMore(device) {
		return "has the interface of a scanner"
	}
	return ""
}

// OffersMore says whether a device has a scanner interface beside its keyboard.
func OffersMore(device []Interface) bool {
	for _, i := range device {
		if d, err := descriptor.Parse(i.Descriptor); err == nil && (d.Is(0x8c, 2) || d.Is(0xff45, 0x4b00) || d.Is(0xff45, 0x4a00)) {
			return true
		}
	}
	return false
}

// Hint says what is wrong with a device in a mode that cannot be driven, and
// what mends it; "" if nothing is known of it.
func Hint(vid, pid uint16) string {
	switch {
	case vid == 0x05e0 && pid == 0x1900:
		return `scanner is in Zebra's SNAPI mode, which only Zebra's own software reads: scan the barcode "USB HID POS" or "CDC host" of its product reference guide`
	case vid == 0x05f9 && pid == 0x5204:
		return "scanner is in its configuration mode: unplug it and plug it in again"
	}
	return ""
}
