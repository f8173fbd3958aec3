package serial

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/driver"
)

// protocols are the values of the key protocol, and whose scanners speak them.
var protocols = map[string]driver.Vendor{
	protoText: driver.VendorUnknown, protoSSI: driver.VendorZebra, protoHoneywell: driver.VendorHoneywell,
	protoNewland: driver.VendorNewland, protoDatalogic: driver.VendorDatalogic,
}

// meant are what people write for a protocol.
var meant = map[string]string{
	"zebra": protoSSI, "symbol": protoSSI, "motorola": protoSSI, "snapi": protoSSI, "simple serial interface": protoSSI,
	"raw": protoText, "ascii": protoText, "plain": protoText, "none": protoText, "rs232": protoText, "rs-232": protoText,
	"cdc": protoText, "usb-com": protoText, "com": protoText, "serial": protoText,
	"metrologic": protoHoneywell, "menu": protoHoneywell, "xenon": protoHoneywell, "psc": protoDatalogic,
}

// parseProtocol checks what is spoken, and what does not go together with it.
func (c Config) parseProtocol(s *settings, bad report) {
	s.protocol, s.phones = cmp.Or(c.Protocol, protoText), c.Phones
	vendor, known := protocols[s.protocol]
	if !known {
		hint := ""
		if is := cmp.Or(meant[strings.ToLower(s.protocol)], lower(s.protocol)); is != "" {
			hint = fmt.Sprintf("; %q is meant", is)
		}
		bad("protocol", `%q is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"%s`, c.Protocol, hint)
		return
	}
	if s.protocol != protoText {
		if s.vendor != driver.VendorUnknown && s.vendor != vendor {
			bad("vendor", "%q given beside protocol = %q, which is spoken by scanners of %q; want one of the two", c.Vendor, c.Protocol, vendor)
		}
		s.vendor = vendor
	}
	if c.Phones && !slices.Contains([]string{protoSSI, protoHoneywell, protoNewland}, s.protocol) {
		bad("phones", `can not be set with protocol = %q, which has no command that does it surely; want protocol "ssi", "honeywell" or "newland", or the setup barcode of the scanner's manual`, s.protocol)
	}
	if s.protocol != protoSSI {
		return
	}
	const why = `given beside protocol = "ssi", whose packets say themselves where a code ends; leave it out`
	if c.Prefix != "" {
		bad("prefix", "%q "+why, c.Prefix)
	}
	if c.Suffix != "" {
		bad("suffix", "%q "+why, c.Suffix)
	}
	if c.SilenceMS != 0 {
		bad("silence_ms", "%d "+why, c.SilenceMS)
	}
	if c.DataBits == 7 {
		bad("data_bits", `7 given beside protocol = "ssi", whose packets need 8`)
	}
}

// lower is a protocol that was written with capitals, "" if it is none.
func lower(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, ok := protocols[name]; ok {
		return name
	}
	return ""
}
