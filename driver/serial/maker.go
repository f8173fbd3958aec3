package serial

import "github.com/tillgate/tillgate/driver"

// maker is a company that makes scanners, by its USB vendor id (usb-ids.gowdy.us).
// Makers of converter chips (1a86, 067b, 0403, 10c4) are left out on purpose:
// behind their ids there may be anything.
type maker struct {
	name   string
	vendor driver.Vendor // whose code ids the scanners send
}

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
}

func makerOf(vid uint16) string { return makers[vid].name }

func vendorOf(vid uint16) driver.Vendor { return makers[vid].vendor }
