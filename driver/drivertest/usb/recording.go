package usb

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Recording is what "tillgate devices --record" took down at somebody's till: a
// scanner, and what it sent. NewDevice(rec.Scanner) is that scanner again, and Send
// lets it send the same once more; a serial one is played on a pseudo terminal by
// the method Play of drivertest.Pty.
type Recording struct {
	Scanner Scanner // whose Reports are the recorded ones, whatever the code
	Pieces  []Piece
}

// Piece is one report, or some bytes of a serial line.
type Piece struct {
	At   time.Duration // since the recording began
	Data []byte
}

// maxLine bounds a line: a report descriptor in hexadecimal is the longest.
const maxLine = 64 << 10

// ReadRecording reads a recording; its error names the line.
func ReadRecording(r io.Reader) (Recording, error) {
	rec := Recording{Scanner: Scanner{Name: "recorded", Packet: 64}}
	known := false
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for n := 1; s.Scan(); n++ {
		text := s.Text()
		known = known || strings.HasPrefix(text, "# device ") || strings.HasPrefix(text, "# serial ")
		if err := rec.line(text); err != nil {
			return Recording{}, fmt.Errorf("recording, line %d: %w", n, err)
		}
	}
	switch err := s.Err(); {
	case err != nil:
		return Recording{}, fmt.Errorf("recording: %w", err)
	case !known:
		return Recording{}, errors.New("no recording: it names no device")
	}
	pieces := rec.Pieces
	rec.Scanner.Reports = func(Code) (rs [][]byte) {
		for _, p := range pieces {
			rs = append(rs, p.Data)
		}
		return rs
	}
	return rec, nil
}

func (rec *Recording) line(text string) (err error) {
	if rest, ok := strings.CutPrefix(text, "# device "); ok {
		ids, name, _ := strings.Cut(rest, " ")
		return rec.named(ids, name)
	}
	if rest, ok := strings.CutPrefix(text, "# serial "); ok {
		_, rest, _ = strings.Cut(rest, " ") // where it was plugged in
		ids, name, _ := strings.Cut(rest, " ")
		return rec.named(ids, name)
	}
	if rest, ok := strings.CutPrefix(text, "# descriptor "); ok {
		rec.Scanner.Descriptor, err = hex.DecodeString(rest)
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
	rec.Scanner.Packet = max(rec.Scanner.Packet, len(b))
	rec.Pieces = append(rec.Pieces, Piece{time.Duration(at) * time.Millisecond, b})
	return nil
}

// named takes USB ids as in "0c2e:0caa" and the name behind them, in quotes.
func (rec *Recording) named(ids, name string) error {
	v, p, _ := strings.Cut(ids, ":")
	vid, errV := strconv.ParseUint(v, 16, 16)
	pid, errP := strconv.ParseUint(p, 16, 16)
	if err := errors.Join(errV, errP); err != nil {
		return fmt.Errorf("%.20q are no USB ids", ids)
	}
	rec.Scanner.VID, rec.Scanner.PID = uint16(vid), uint16(pid)
	if quoted, err := strconv.QuotedPrefix(name); err == nil {
		rec.Scanner.Product, _ = strconv.Unquote(quoted)
	}
	return nil
}
