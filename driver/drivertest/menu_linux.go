package drivertest

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// Menu is a scanner of Honeywell or Newland that obeys menu commands on its line
// (Honeywell, "Xenon 1900 User's Guide", serial programming commands; Newland, "Use
// of Programming Command" in the user guides).
type Menu struct {
	*Pty
	heard
	newland bool
	suffix  string

	mu     sync.Mutex
	in     []byte
	set    map[string]string // what was set, by tag and sub-tag
	known  map[string]bool   // tags and sub-tags that the scanner has; nil: all
	mute   bool
	before []byte // goes out right before the next answer
	after  []byte // and right after it
}

// OpenHoneywell makes a Honeywell scanner that is plugged in. Codes end in the
// Personality's suffix.
func OpenHoneywell(as Personality) (*Menu, error) { return openMenu(as, false) }

// OpenNewland makes a Newland scanner that is plugged in.
func OpenNewland(as Personality) (*Menu, error) { return openMenu(as, true) }

func openMenu(as Personality, newland bool) (*Menu, error) {
	m := &Menu{heard: newHeard(), newland: newland, suffix: as.Suffix, set: map[string]string{"DECHDR": "0", "SCNMOD": "0"}}
	as.Hear = m.hear
	m.Pty = &Pty{as: as} // before anything can be heard
	return m, m.Replug()
}

// Knows limits the commands to those with these tags and sub-tags.
func (m *Menu) Knows(tags ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = map[string]bool{}
	for _, t := range tags {
		m.known[t] = true
	}
}

// Mute lets the scanner answer no command.
func (m *Menu) Mute(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mute = on
}

// Around has the scanner send bytes right before and right after its next answer.
func (m *Menu) Around(before, after string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before, m.after = []byte(before), []byte(after)
}

// Setting is what a tag with its sub-tag, such as "DECHDR", was set to.
func (m *Menu) Setting(tag string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set[tag]
}

// Scan reads a code. A Honeywell scanner that was told to (DECHDR1) sends its length
// and what it is before it.
func (m *Menu) Scan(c usb.Code) error {
	data := append(append([]byte(nil), c.Data...), m.suffix...)
	if !m.newland && m.Setting("DECHDR") == "1" {
		return m.Send(usb.HoneywellHeader(c, data))
	}
	return m.Send(data)
}

// hear takes what the host sends.
func (m *Menu) hear(b []byte) {
	m.mu.Lock()
	m.in = append(m.in, b...)
	var out []byte
	for {
		n, reply := m.obey()
		if n == 0 {
			break
		}
		m.in = m.in[n:]
		if reply != nil && !m.mute {
			out = append(append(append(out, m.before...), reply...), m.after...)
			m.before, m.after = nil, nil
		}
	}
	m.mu.Unlock()
	if len(out) > 0 {
		m.Send(out)
	}
}

// obey takes the first command: its length, 0 if it is not whole, and the answer.
func (m *Menu) obey() (n int, reply []byte) {
	if m.newland {
		return m.obeyNewland()
	}
	switch {
	case len(m.in) < 3:
		return 0, nil
	case m.in[0] != 0x16 || m.in[2] != '\r':
		return 1, nil
	case m.in[1] != 'M':
		m.note(map[byte]string{'T': "trigger on", 'U': "trigger off", 7: "beep"}[m.in[1]])
		return 3, nil
	}
	end := bytes.IndexAny(m.in[3:], ".!")
	if end < 0 {
		return 0, nil
	}
	command, mark := string(m.in[3:3+end]), string(m.in[3+end:4+end])
	m.note("menu " + command + mark)
	text, status := m.do(command, '?')
	return 4 + end, []byte(text + status + mark)
}

func (m *Menu) obeyNewland() (n int, reply []byte) {
	const before, after = "~\x010000", ";\x03"
	switch {
	case len(m.in) < len(before)+1:
		return 0, nil
	case !bytes.HasPrefix(m.in, []byte(before)):
		return 1, nil
	}
	end := bytes.Index(m.in, []byte(after))
	if end < 0 {
		return 0, nil
	}
	storage, command := string(m.in[6:7]), string(m.in[7:end])
	m.note("menu " + storage + command)
	text, status := m.do(command, '*')
	return end + len(after), []byte("\x02\x010000" + storage + text + status + after)
}

// do executes a command and returns it as it is repeated in the answer, and the
// status: 06 done, 05 not known, 15 a value that is not possible.
func (m *Menu) do(command string, query byte) (text, status string) {
	if len(command) < 6 {
		return command, "\x05"
	}
	tag, value := command[:6], command[6:]
	if m.known != nil && !m.known[tag] {
		return command, "\x05"
	}
	if value == string(query) {
		return tag + m.set[tag], "\x06"
	}
	if len(value) > 64 {
		return command, "\x15"
	}
	m.set[tag] = value
	return command, "\x06"
}

// Datalogic is a scanner of Datalogic that obeys host commands of one byte (as
// Datalogic's own UnifiedPOS drivers send them).
type Datalogic struct {
	*Pty
	heard
	suffix string
}

// OpenDatalogic makes a Datalogic scanner that is plugged in.
func OpenDatalogic(as Personality) (*Datalogic, error) {
	d := &Datalogic{heard: newHeard(), suffix: as.Suffix}
	as.Hear = d.hear
	d.Pty = &Pty{as: as} // before anything can be heard
	return d, d.Replug()
}

// Scan reads a code.
func (d *Datalogic) Scan(c usb.Code) error {
	return d.Send(append(append([]byte(nil), c.Data...), d.suffix...))
}

func (d *Datalogic) hear(b []byte) {
	for len(b) > 0 {
		if bytes.HasPrefix(b, []byte("P\x01C")) {
			d.note("phone mode")
			b = b[3:]
			continue
		}
		name, ok := map[byte]string{'E': "enable", 'D': "disable", 'B': "beep", 1: "beep", 'F': "not on file", 'R': "reset"}[b[0]]
		if !ok {
			name = fmt.Sprintf("unknown %02x", b[0])
		}
		d.note(name)
		b = b[1:]
	}
}
