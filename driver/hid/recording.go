package hid

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Recording is what Record wrote.
type Recording struct {
	VID, PID   uint16
	Name       string
	Descriptor []byte
	Reports    []Recorded
}

// Recorded is one report.
type Recorded struct {
	At   time.Duration // since the recording began
	Data []byte
}

// ReadRecording reads a recording; its error names the line.
func ReadRecording(r io.Reader) (Recording, error) {
	var rec Recording
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4*driver.MaxScan)
	for n := 1; s.Scan(); n++ {
		if err := rec.line(s.Text()); err != nil {
			return rec, fmt.Errorf("recording, line %d: %w", n, err)
		}
	}
	if err := s.Err(); err != nil {
		return rec, fmt.Errorf("recording: %w", err)
	}
	return rec, nil
}

func (rec *Recording) line(text string) (err error) {
	if rest, ok := strings.CutPrefix(text, "# device "); ok {
		ids, name, _ := strings.Cut(rest, " ")
		rec.Name = name
		rec.VID, rec.PID, err = usb.ParseIDs(ids)
		return err
	}
	if rest, ok := strings.CutPrefix(text, "# descriptor "); ok {
		rec.Descriptor, err = hex.DecodeString(rest)
		return err
	}
	if text == "" || strings.HasPrefix(text, "#") {
		return nil
	}
	ms, data, ok := strings.Cut(text, " ")
	at, err := strconv.ParseUint(ms, 10, 31)
	if err != nil || !ok {
		return fmt.Errorf("%.40q is no time and report", text)
	}
	b, err := hex.DecodeString(data)
	if err != nil {
		return err
	}
	rec.Reports = append(rec.Reports, Recorded{time.Duration(at) * time.Millisecond, b})
	return nil
}
