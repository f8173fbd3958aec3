package usb

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// devices is where Linux lists USB devices and their interfaces.
const devices = "/sys/bus/usb/devices"

// List lists the HID interfaces that are plugged in, ordered by path.
func List() ([]Interface, error) { return list(devices) }

func list(root string) ([]Interface, error) {
	entries, err := os.ReadDir(root)
	if os.IsNotExist(err) {
		return nil, nil // a machine without USB
	}
	if err != nil {
		return nil, fmt.Errorf("list USB devices: %w", err)
	}
	shown := map[string]int{} // interfaces by port
	for _, e := range entries {
		port, _, _ := strings.Cut(e.Name(), ":")
		shown[port]++ // and the device itself
	}
	var all []Interface
	for _, e := range entries {
		port, _, ok := strings.Cut(e.Name(), ":")
		if n := strings.TrimSpace(line(filepath.Join(root, port), "bNumInterfaces")); !ok || n != strconv.Itoa(shown[port]-1) {
			continue // no interface, or of a device that is still being set up
		}
		dir := filepath.Join(root, e.Name())
		if hex(dir, "bInterfaceClass") != 3 {
			continue
		}
		if i, ok := read(root, e.Name()); ok {
			all = append(all, i)
		}
	}
	return all, nil
}

// read describes one interface; ok is false if it went away meanwhile.
func read(root, name string) (i Interface, ok bool) {
	dir := filepath.Join(root, name)
	i = Interface{Path: name, Dir: dir, Class: 3, Number: hex(dir, "bInterfaceNumber"),
		Subclass: uint8(hex(dir, "bInterfaceSubClass")), Protocol: uint8(hex(dir, "bInterfaceProtocol"))}
	dev := filepath.Join(root, i.Port())
	vid, pid := hex(dev, "idVendor"), hex(dev, "idProduct")
	if vid < 0 || pid < 0 || i.Number < 0 {
		return i, false
	}
	i.VID, i.PID = uint16(vid), uint16(pid)
	i.Serial, i.Manufacturer, i.Product = line(dev, "serial"), line(dev, "manufacturer"), line(dev, "product")
	bus, _ := strconv.Atoi(line(dev, "busnum"))
	num, _ := strconv.Atoi(line(dev, "devnum"))
	i.Node = fmt.Sprintf("/dev/bus/usb/%03d/%03d", bus, num)
	if to, err := os.Readlink(filepath.Join(dir, "driver")); err == nil {
		i.Driver = filepath.Base(to)
	}
	if ds, _ := filepath.Glob(filepath.Join(dir, "*", "report_descriptor")); len(ds) > 0 {
		i.Descriptor, _ = os.ReadFile(ds[0])
	}
	return i, true
}

// line is the text of a file. What is no text in it, a device's own words, is made so:
// the configuration, which has to name the device, can hold nothing else.
func line(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(b), "\ufffd"))
}

// hex reads a number that the kernel writes in hexadecimal, -1 if there is none.
func hex(dir, name string) int {
	n, err := strconv.ParseUint(line(dir, name), 16, 16)
	if err != nil {
		return -1
	}
	return int(n)
}
