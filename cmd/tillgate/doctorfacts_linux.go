package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// pluggedDevices lists the USB devices as Linux shows them, opening none.
func pluggedDevices() (all []plugged) {
	devices, _ := filepath.Glob("/sys/bus/usb/devices/*/idVendor")
	for _, d := range devices {
		dir := filepath.Dir(d)
		p := plugged{VID: hexFile(d), PID: hexFile(filepath.Join(dir, "idProduct"))}
		// A CDC port is at interface/tty/ttyACM0, an adapter's at interface/ttyUSB0.
		for _, pattern := range []string{"*:*/tty/tty*", "*:*/ttyUSB*"} {
			if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) > 0 {
				p.TTY = "/dev/" + filepath.Base(found[0])
			}
		}
		if p.TTY != "" {
			// udev's database: a file per device, c and its numbers.
			numbers, _ := os.ReadFile(filepath.Join("/sys/class/tty", filepath.Base(p.TTY), "dev"))
			entry, _ := os.ReadFile("/run/udev/data/c" + strings.TrimSpace(string(numbers)))
			p.Ignored = strings.Contains(string(entry), "E:ID_MM_DEVICE_IGNORE=1")
		}
		all = append(all, p)
	}
	return all
}

func hexFile(path string) uint16 {
	b, _ := os.ReadFile(path)
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 16, 16)
	return uint16(n)
}

// runningPrograms are those running that are known to take scanners' ports.
func runningPrograms() (all []string) {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, n := range names {
		b, _ := os.ReadFile(n)
		name := strings.TrimSpace(string(b))
		if (name == modemManager || name == brltty) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
