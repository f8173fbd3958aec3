//go:build !linux

package serial

import (
	"cmp"
	"slices"
	"strings"

	"go.bug.st/serial/enumerator"
)

// listPorts lists the serial ports ordered by path. On Windows the names come
// from the registry and the USB ids from the device tree; no port is opened.
func listPorts() ([]portInfo, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, err
	}
	var ports []portInfo
	for _, d := range details {
		p := portInfo{path: d.Name, real: strings.ToUpper(d.Name), name: d.Product}
		if d.IsUSB {
			p.vid, _ = hex16(d.VID)
			p.pid, _ = hex16(d.PID)
			p.number = d.SerialNumber
		}
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b portInfo) int { return cmp.Compare(a.path, b.path) })
	return ports, nil
}

// statPort describes the port with that name, "COM5" or "\\.\COM10". One that is
// not listed may still be there: virtual ports do not always say so.
func statPort(path string) (portInfo, error) {
	ports, err := listPorts()
	if err != nil {
		return portInfo{}, err
	}
	real := strings.ToUpper(strings.TrimPrefix(path, `\\.\`))
	for _, p := range ports {
		if p.real == real {
			p.path = path
			return p, nil
		}
	}
	return portInfo{path: path, real: real}, nil
}
