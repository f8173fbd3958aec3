package ui

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/tillgate/tillgate/decode/frame"
)

// Cameras takes what the cameras of pages see. Its methods are safe from any
// goroutine.
type Cameras interface {
	// Open takes a page's camera up, and the one of another page away.
	Open() Camera
	// Picture reads a picture file. What it says goes the way of a scan.
	Picture(ctx context.Context, file io.Reader) (View, error)
}

// Camera is the camera of one page.
type Camera interface {
	// Frame hands a frame over and returns at once with what was seen last. The
	// frame may be written to again then.
	Frame(frame.Frame) (View, error)
	// Close gives the camera up. It may be called twice.
	Close()
}

// View is what a camera sees.
type View struct {
	State  ViewState      `json:"state"`
	Advice []frame.Advice `json:"advice,omitempty"` // while searching: what keeps it from reading, the surest first
	Codes  []ViewCode     `json:"codes,omitempty"`  // those in view
	Reads  int            `json:"reads"`            // codes delivered since the camera was opened
}

// ViewState is what became of what is in view.
type ViewState string

// The states of a view.
const (
	ViewSearching ViewState = "searching" // no code is read
	ViewRead      ViewState = "read"      // a code is in view and was delivered as a scan
	ViewSeveral   ViewState = "several"   // different codes are in view: nothing is decided
	ViewTaken     ViewState = "taken"     // another page has its camera on: this one counts no more
)

// ViewCode names a code in view; whose it is only a prompt says.
type ViewCode struct {
	Format string `json:"format"` // "QR Code"
	Ending string `json:"ending"` // its last two characters
}

// maxFrame is the longest binary message: a head and 1280 x 1024 pixels.
const maxFrame = frameHead + 1280*1024

// frameHead is the length of the head of a frame: version 1, format 1 (grey, a
// byte a pixel), width and height in pixels as 16 bits each, the higher byte first.
const frameHead = 6

// parseFrame reads a binary message. The frame is part of b.
func parseFrame(b []byte) (frame.Frame, error) {
	if len(b) < frameHead || b[0] != 1 || b[1] != 1 {
		return frame.Frame{}, &protocolError{code: codeBadFrame, detail: "a binary message is a frame: bytes 1 and 1, width and height as 16 bits each, then a grey byte for each pixel"}
	}
	w, h := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
	if w < 16 || h < 16 || w*h != len(b)-frameHead {
		return frame.Frame{}, &protocolError{code: codeBadFrame, detail: fmt.Sprintf("a frame of %d x %d has %d bytes behind its head", w, h, len(b)-frameHead)}
	}
	return frame.Frame{W: w, H: h, Stride: w, Y: b[frameHead:]}, nil
}

// lens is the camera of a client. It is of the goroutine that reads.
type lens struct {
	camera Camera // nil while it is off
	frames int    // that came since it was switched on
	buf    []byte
}

// switchCamera opens or closes the camera of a client.
func (c *client) switchCamera(on bool) error {
	c.closeCamera()
	if !on {
		return nil
	}
	if c.cameras == nil {
		return &protocolError{code: codeNoCamera, detail: "the configuration wants no cameras of pages (page.camera)"}
	}
	c.lens.camera = c.cameras.Open()
	c.conn.SetReadLimit(maxFrame)
	return nil
}

func (c *client) closeCamera() {
	if c.lens.camera != nil {
		c.lens.camera.Close()
		c.lens = lens{buf: c.lens.buf}
		c.conn.SetReadLimit(c.hub.limits.maxMessage)
	}
}

// takeFrame reads a binary message, hands it over and acknowledges it. The memory
// is the one of the frame before: at 15 frames a second that matters.
func (c *client) takeFrame(r io.Reader) error {
	if c.lens.camera == nil {
		io.Copy(io.Discard, r)
		return &protocolError{code: codeBadFrame, detail: "switch the camera on before its frames: send camera"}
	}
	b, err := readInto(c.lens.buf, r)
	c.lens.buf = b[:0]
	if err != nil {
		return err
	}
	f, err := parseFrame(b)
	if err != nil {
		return err
	}
	v, err := c.lens.camera.Frame(f)
	if err != nil {
		return &protocolError{code: codeBadFrame, detail: err.Error()}
	}
	c.lens.frames++
	c.send(encode(viewMessage{Type: "view", Frame: c.lens.frames, View: v}))
	return nil
}

// readInto is io.ReadAll into memory that is there already.
func readInto(b []byte, r io.Reader) ([]byte, error) {
	b = b[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// postPicture answers POST /v1/picture: a picture file is read, and what it says
// goes the way of a scan.
func (s *Server) postPicture(w http.ResponseWriter, r *http.Request) {
	v, err := s.o.Cameras.Picture(r.Context(), http.MaxBytesReader(w, r.Body, frame.MaxFile))
	var big *http.MaxBytesError
	switch {
	case err == nil:
		writeJSON(w, http.StatusOK, v)
	case errors.As(err, &big), errors.Is(err, frame.ErrSize):
		writeProblem(w, problemLarge.with(err.Error()))
	case errors.Is(err, frame.ErrPicture):
		writeProblem(w, problemPicture.with(err.Error()))
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		writeProblem(w, problemStopping)
	default:
		writeProblem(w, problemDamaged.with(err.Error()))
	}
}
