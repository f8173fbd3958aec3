package forward

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"go.bug.st/serial"
)

// How long a product code takes from the desk to a POS at the virtual serial port.
func BenchmarkPty(b *testing.B) {
	link := filepath.Join(b.TempDir(), "scanner")
	f, err := New(Config{To: "pty", Link: link}, quiet())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	var pos serial.Port
	for pos == nil {
		pos, _ = serial.Open(link, &serial.Mode{BaudRate: 9600})
	}
	got := make([]byte, 14)
	for b.Loop() {
		f.Send(code("4006381333931"))
		if _, err := io.ReadFull(pos, got); err != nil {
			b.Fatal(err)
		}
	}
	pos.Close()
	cancel()
	<-ended
}
