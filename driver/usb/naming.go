package usb

import "fmt"

// ConfigError is a mistake in the configuration of one scanner.
type ConfigError struct {
	Driver  string // "hid", "evdev", "wedge"
	Index   int    // of the scanner in the list given to New, from 0
	Key     string // the key as it is spelled in the configuration
	Problem string // the value, what is wrong with it, and what was meant
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s scanner %d: %s: %s", e.Driver, e.Index+1, e.Key, e.Problem)
}

// Naming names a USB device in the configuration.
type Naming struct {
	// Name of this scanner in reports, and part of its identity. Left out: made
	// from usb, serial_number and port.
	ID string `toml:"id"`
	// USB vendor and product id in hexadecimal, "0c2e:0b01". "tillgate devices"
	// shows them.
	USB string `toml:"usb"`
	// USB serial number, where two scanners of one model are plugged in.
	SerialNumber string `toml:"serial_number"`
	// The socket, "1-2.3", for two scanners of one model without serial numbers.
	// The scanner must then stay in it. Linux only.
	Port string `toml:"port"`
}

// Selector checks the configuration; bad takes each mistake.
func (c Naming) Selector(bad func(key, problem string)) Selector {
	s := Selector{Serial: c.SerialNumber, Port: c.Port}
	if c.USB == "" {
		bad("usb", `missing; want vendor and product id, such as "0c2e:0b01"; "tillgate devices" shows them`)
		return s
	}
	var err error
	if s.VID, s.PID, err = ParseIDs(c.USB); err != nil {
		bad("usb", err.Error())
	}
	return s
}

// Identity is the device's id in reports, with the driver's name in front.
func (c Naming) Identity(driver string, s Selector) string {
	if c.ID != "" {
		return driver + ":" + c.ID
	}
	return driver + ":" + s.ID()
}
