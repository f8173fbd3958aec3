package serial

import (
	"os"
	"path/filepath"
	"strings"
)

// system is where the kernel lists its terminals. It is read instead of asking
// go.bug.st/serial, which opens every ttyS to see whether it is real: one of them
// may be the fiscal printer.
var system = sysfs{class: "/sys/class/tty", dev: "/dev"}

type sysfs struct {
	class string
	dev   string
}

func listPorts() ([]portInfo, error) { return system.list() }

// statPort describes the port at a path, which may be a link such as those of
// udev in /dev/serial/by-id.
func statPort(path string) (portInfo, error) { return system.stat(path) }

// list lists the serial ports, USB and others, ordered by path.
func (s sysfs) list() ([]portInfo, error) {
	entries, err := os.ReadDir(s.class)
	if err != nil {
		return nil, err
	}
	var ports []portInfo
	for _, e := range entries {
		if !s.real(e.Name()) {
			continue
		}
		if p := s.port(e.Name()); exists(p.path) {
			ports = append(ports, p)
		}
	}
	return ports, nil
}

func (s sysfs) stat(path string) (portInfo, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return portInfo{}, claimError(path, err)
	}
	p := portInfo{path: path, real: real}
	if filepath.Dir(real) == s.dev && exists(filepath.Join(s.class, filepath.Base(real))) {
		p = s.port(filepath.Base(real))
		p.path = path
	}
	return p, nil
}

// real reports whether a terminal is a serial port with hardware behind it.
// Consoles and pseudo terminals have no device; a 16550 that is not there has
// type 0, PORT_UNKNOWN (Linux, include/uapi/linux/serial_core.h).
func (s sysfs) real(name string) bool {
	return exists(filepath.Join(s.class, name, "device")) && readLine(filepath.Join(s.class, name, "type")) != "0"
}

// port describes the port with that name of the kernel.
func (s sysfs) port(name string) portInfo {
	p := portInfo{path: filepath.Join(s.dev, name), real: filepath.Join(s.dev, name)}
	dir, err := filepath.EvalSymlinks(filepath.Join(s.class, name, "device"))
	if err != nil {
		return p
	}
	subsystem, _ := filepath.EvalSymlinks(filepath.Join(dir, "subsystem"))
	switch filepath.Base(subsystem) {
	case "usb": // the interface of a CDC device; its parent is the device
		dir = filepath.Dir(dir)
	case "usb-serial": // the port of an adapter, in its interface
		dir = filepath.Dir(filepath.Dir(dir))
	default: // what is above a Bluetooth port is the dongle and not the scanner
		return p
	}
	p.socket = filepath.Base(dir)
	p.vid, _ = hex16(readLine(filepath.Join(dir, "idVendor")))
	p.pid, _ = hex16(readLine(filepath.Join(dir, "idProduct")))
	p.number = readLine(filepath.Join(dir, "serial"))
	p.name = strings.TrimSpace(readLine(filepath.Join(dir, "manufacturer")) + " " + readLine(filepath.Join(dir, "product")))
	return p
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(b), "\ufffd")) // a device's own words
}
