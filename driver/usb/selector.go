package usb

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tillgate/tillgate/driver"
)

// Selector is how the configuration names a USB device: by what it is, and where
// two of a kind are plugged in, by serial number or by the socket.
type Selector struct {
	VID, PID uint16
	Serial   string
	Port     string
}

// ParseIDs takes "0c2e:0caa", with or without 0x.
func ParseIDs(pair string) (vid, pid uint16, err error) {
	v, p, _ := strings.Cut(strings.ToLower(pair), ":")
	v, p = strings.TrimPrefix(v, "0x"), strings.TrimPrefix(p, "0x")
	nv, errV := strconv.ParseUint(v, 16, 16)
	np, errP := strconv.ParseUint(p, 16, 16)
	if errV != nil || errP != nil || len(v) != 4 || len(p) != 4 {
		return 0, 0, fmt.Errorf(`%q is no pair of USB ids; want four and four hexadecimal digits, such as "0c2e:0caa"`, pair)
	}
	return uint16(nv), uint16(np), nil
}

// ID is the stable identity of the device in reports, after the driver's name.
func (s Selector) ID() string {
	id := fmt.Sprintf("usb-%04x-%04x", s.VID, s.PID)
	if s.Serial != "" {
		id += "-" + s.Serial
	}
	if s.Port != "" {
		id += "-port-" + s.Port
	}
	return id
}

// Matches says whether an interface belongs to the device that is meant.
func (s Selector) Matches(i Interface) bool {
	return i.VID == s.VID && i.PID == s.PID && (s.Serial == "" || i.Serial == s.Serial) && (s.Port == "" || i.Port() == s.Port)
}

// Of returns the interfaces of the device that is meant: of several that fit, the
// first of Each. The error wraps driver.ErrAbsent.
func (s Selector) Of(all []Interface, others ...Selector) ([]Interface, error) {
	devices, err := s.Each(all, others...)
	if err != nil {
		return nil, err
	}
	return devices[0], nil
}

// Each returns the devices that fit, each by its interfaces: in the order of the
// list, but those that no program has taken from the system go first. A device that
// one of the others names more narrowly, by its serial number or its socket, is that
// one's. The error wraps driver.ErrAbsent.
func (s Selector) Each(all []Interface, others ...Selector) (devices [][]Interface, err error) {
	other := ""
	at := map[string]int{}
	for _, i := range all {
		if !s.Matches(i) || slices.ContainsFunc(others, func(o Selector) bool { return o.narrower(s) && o.Matches(i) }) {
			if i.VID == s.VID && i.PID == s.PID {
				other = fmt.Sprintf("; one with serial number %q is at port %s", i.Serial, i.Port())
			}
			continue
		}
		k, ok := at[i.Port()]
		if !ok {
			k = len(devices)
			at[i.Port()], devices = k, append(devices, nil)
		}
		devices[k] = append(devices[k], i)
	}
	if len(devices) == 0 {
		return nil, fmt.Errorf("USB scanner %s: %w%s", s.ID(), driver.ErrAbsent, other)
	}
	slices.SortStableFunc(devices, func(a, b []Interface) int { return cmp.Compare(taken(a), taken(b)) })
	return devices, nil
}

// narrower says whether s names one of the devices that o names.
func (s Selector) narrower(o Selector) bool {
	return s.VID == o.VID && s.PID == o.PID && (s.Serial != "" && o.Serial == "" || s.Port != "" && o.Port == "")
}

// taken is 1 for a device that a program has taken from the system.
func taken(device []Interface) int {
	for _, i := range device {
		if i.Taken() {
			return 1
		}
	}
	return 0
}

// Selects makes the selector that will find a device again, in another socket
// too: by its serial number. The socket is named only if another device answers to
// the same: cheap scanners have no serial number, or all the same one.
func Selects(i Interface, all []Interface) Selector {
	s := Selector{VID: i.VID, PID: i.PID, Serial: i.Serial}
	for _, o := range all {
		if s.Matches(o) && o.Port() != i.Port() {
			s.Port = i.Port()
		}
	}
	return s
}

// TOML writes the lines of the configuration that name a device.
func (s Selector) TOML() string {
	t := fmt.Sprintf(`usb = "%04x:%04x"`, s.VID, s.PID)
	if s.Serial != "" {
		t += ", serial_number = " + quote(s.Serial)
	}
	if s.Port != "" {
		t += ", port = " + quote(s.Port)
	}
	return t
}

// quote writes a string of TOML. A serial number is what the scanner's maker put there:
// some have control characters in them, which TOML does not write as Go does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
