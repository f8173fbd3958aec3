package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// Monitor is the far end of a machine's QMP socket (QEMU Machine Protocol
// Specification): what a person does with the machine itself, such as pressing the
// button that wakes it. The machine gets
//
//	-qmp unix:PATH,server=on,wait=off
type Monitor struct {
	conn   net.Conn
	in     *bufio.Scanner
	events []string // that came and were not awaited yet
}

// message is what the machine says: a greeting, an event, or an answer.
type message struct {
	Event  string
	Return json.RawMessage
	Error  *struct{ Desc string }
}

// Watch connects to the monitor of a machine that runs.
func Watch(path string) (*Monitor, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	m := &Monitor{conn: conn, in: bufio.NewScanner(conn)}
	if _, err := m.receive(); err != nil { // the greeting
		return nil, err
	}
	return m, m.Do("qmp_capabilities", nil)
}

// Close leaves the machine alone.
func (m *Monitor) Close() error { return m.conn.Close() }

// Do executes a command without arguments; its answer goes to out if that is not nil.
func (m *Monitor) Do(command string, out any) error {
	if _, err := fmt.Fprintf(m.conn, "{\"execute\":%q}\n", command); err != nil {
		return err
	}
	for {
		got, err := m.receive()
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", command, err)
		case got.Error != nil:
			return fmt.Errorf("%s: %s", command, got.Error.Desc)
		case got.Event != "":
			m.events = append(m.events, got.Event)
		case out == nil:
			return nil
		default:
			return json.Unmarshal(got.Return, out)
		}
	}
}

// Await waits for an event, and forgets those before it.
func (m *Monitor) Await(event string) error {
	for {
		for len(m.events) > 0 {
			e := m.events[0]
			if m.events = m.events[1:]; e == event {
				return nil
			}
		}
		got, err := m.receive()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", event, err)
		}
		if got.Event != "" {
			m.events = append(m.events, got.Event)
		}
	}
}

// receive reads the next message; five minutes are more than any machine takes.
func (m *Monitor) receive() (got message, err error) {
	if err := m.conn.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return got, err
	}
	if !m.in.Scan() {
		if err := m.in.Err(); err != nil {
			return got, err
		}
		return got, net.ErrClosed
	}
	return got, json.Unmarshal(m.in.Bytes(), &got)
}
