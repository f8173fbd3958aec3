package serial

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sysTTY lists the kernel's terminals. It is read instead of asking
// go.bug.st/serial, which opens every ttyS to see whether it is real: one of them
// may be the fiscal printer.
const sysTTY = "/sys/class/tty"

// listPorts lists the serial ports, USB and others, ordered by path.
func listPorts() ([]portInfo, error) {
	names, err := readNames(sysTTY)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var ports []portInfo
	for _, name := range names {
		if !realPort(name) {
			continue
		}
		if p := sysPort(name); exists(p.path) {
			ports = append(ports, p)
		}
	}
	return ports, nil
}

// realPort reports whether a terminal is a serial port with hardware behind it.
// Consoles and pseudo terminals have no device; a 16550 that is not there has
// type 0, PORT_UNKNOWN (Linux, include/uapi/linux/serial_core.h).
func realPort(name string) bool {
	if strings.HasPrefix(name, "ttyACM") || strings.HasPrefix(name, "ttyUSB") {
		return true
	}
	if !exists(filepath.Join(sysTTY, name, "device")) {
		return false
	}
	return readLine(filepath.Join(sysTTY, name, "type")) != "0"
}

// sysPort describes the port with that name of the kernel.
func sysPort(name string) portInfo {
	p := portInfo{path: "/dev/" + name, real: "/dev/" + name}
	dir, err := filepath.EvalSymlinks(filepath.Join(sysTTY, name, "device"))
	if err != nil {
		return p
	}
	// tty → USB interface → USB device; adapters have a port in between.
	for range 4 {
		if vid, ok := hex16(readLine(filepath.Join(dir, "idVendor"))); ok {
			p.vid = vid
			p.pid, _ = hex16(readLine(filepath.Join(dir, "idProduct")))
			p.number = readLine(filepath.Join(dir, "serial"))
			p.name = strings.TrimSpace(readLine(filepath.Join(dir, "manufacturer")) + " " + readLine(filepath.Join(dir, "product")))
			return p
		}
		dir = filepath.Dir(dir)
	}
	return p
}

// statPort describes the port at a path, which may be a link such as those of
// udev in /dev/serial/by-id.
func statPort(path string) (portInfo, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return portInfo{}, claimError(path, err)
	}
	p := portInfo{path: path, real: real}
	if filepath.Dir(real) == "/dev" && exists(filepath.Join(sysTTY, filepath.Base(real))) {
		p = sysPort(filepath.Base(real))
		p.path = path
	}
	return p, nil
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
	return strings.TrimSpace(string(b))
}
