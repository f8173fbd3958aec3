package hotplug

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// The header that udev puts before the properties of a device (systemd,
// src/libsystemd/sd-device/device-monitor.c, struct monitor_netlink_header): a
// name, a magic number in network order, the size of the header, and where the
// properties begin and how long they are in the machine's order.
const (
	udevName  = "libudev\x00"
	udevMagic = 0xfeedcafe
	udevSize  = 24 // up to the length of the properties
)

// relevant says whether a message of the kernel or of udev is about a device that
// came or changed, of a kind that scanners are.
//
// The kernel's are "add@/devices/…" and the properties, each ended by a zero
// (Linux, lib/kobject_uevent.c).
func relevant(msg []byte) bool {
	switch {
	case bytes.HasPrefix(msg, []byte(udevName)):
		if len(msg) < udevSize || binary.BigEndian.Uint32(msg[8:]) != udevMagic {
			return false
		}
		from, n := uint64(binary.NativeEndian.Uint32(msg[16:])), uint64(binary.NativeEndian.Uint32(msg[20:]))
		if from+n > uint64(len(msg)) {
			return false
		}
		msg = msg[from : from+n]
	default:
		head, rest, ok := bytes.Cut(msg, []byte{0})
		if !ok || !bytes.Contains(head, []byte("@")) {
			return false
		}
		msg = rest
	}
	var action, subsystem string
	for p := range strings.SplitSeq(string(msg), "\x00") {
		switch key, value, _ := strings.Cut(p, "="); key {
		case "ACTION":
			action = value
		case "SUBSYSTEM":
			subsystem = value
		}
	}
	switch action {
	case "", "remove", "unbind", "offline":
		return false // who has the device open sees it go
	}
	switch subsystem {
	case "usb", "hidraw", "input", "tty":
		return true
	}
	return false
}
