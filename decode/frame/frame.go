// Package frame reads barcodes out of grey pictures: the frames of a camera, a
// picture shipped by an imager, a screenshot.
//
// It is made for cards on phone screens, held by hand in front of a camera: in
// perspective, turned, small, in dark mode, behind glare and moiré. The bits of
// QR, Aztec, Data Matrix and the linear codes are decoded by gozxing; finding
// them is our own work, because gozxing looks for Aztec and Data Matrix in the
// middle of the picture only, for linear codes along four directions only, and
// takes the first scan line that decodes at its word. PDF417, which gozxing
// does not have, is read by package pdf417.
//
// How a frame is read. Stage A runs on every frame: black and white by blocks;
// finder patterns and bull's eyes of both polarities in one pass over the rows;
// regions of print from the structure tensor of the gradient; in these, linear
// codes and PDF417 along their own direction, and Data Matrix from its solid
// border. Deeper stages repeat this on the picture at half size (noise, moiré),
// softened, with other thresholds, and on enlarged regions, as long as the
// budget lasts. Whatever finds a matrix symbol roughly, grid.refine then moves
// its corners until the modules are as black and white as they can be, which
// takes care of perspective and bends.
//
// What guards against false reads. A matrix symbol and PDF417 carry error
// correction, and its reserve is not used to the last codeword. What was read
// from a scan line as a linear code is compared with the line: the widths of
// Code 128 and EAN must lie near whole modules, those of Code 39, ITF and Codabar
// must be two (fit.go); a line that fits badly does not count. The code counts
// when several lines say the same: two for Code 128 and EAN-13, three for Code
// 39, Codabar and ITF, five for EAN-8 and UPC-E, two more if most of them fit
// only fairly, if the region is larger than the code or the text short, and when
// no other text came up a third as often. A code without check character must
// have its quiet zones, since a part of it reads as well as the whole, and
// account for the edges of its line. Formats are limited to those asked for. Two
// different texts in one frame are both reported; who is meant is not decided
// here.
//
// Time. Every loop of weight asks for the deadline; a call returns within its
// budget plus 50 ms (TestOverrun: by 24 ms at most so far, for 16
// megapixels of stripes on a busy machine). What can not be
// interrupted is small: gozxing corrects QR and Data Matrix in a millisecond or
// two, Aztec and PDF417 are corrected here. Memory is kept between calls in a
// pool; nothing is registered globally, and a panic in a decoder is caught and
// counted.
//
// Measuring. One command draws the pictures of a seed and gives the rates per
// kind of trouble and per format, beside plain gozxing and, where they are
// installed, zbar and zxing-cpp (README.md beside this file says more):
//
//	go test ./decode/frame -run TestRates -v -timeout 60m -rates -seed 3
package frame

import (
	"context"
	"fmt"
	"time"
)

// Format is a set of symbologies.
type Format uint16

// The symbologies.
const (
	QR Format = 1 << iota
	Aztec
	PDF417
	DataMatrix
	Code128
	EAN13 // and UPC-A, reported as EAN-13 with a leading zero
	EAN8
	UPCE
	Code39
	ITF
	Codabar

	// Wallet is what wallets and card apps show; the default.
	Wallet = QR | Aztec | PDF417 | DataMatrix | Code128 | EAN13 | Code39 | ITF | Codabar
	matrix = QR | Aztec | DataMatrix
	linear = Code128 | EAN13 | EAN8 | UPCE | Code39 | ITF | Codabar

	unchecked = Code39 | ITF | Codabar // without a check character
)

var formatNames = [...]string{"qr", "aztec", "pdf417", "datamatrix", "code128", "ean13", "ean8", "upce", "code39", "itf", "codabar"}

// String names the formats, joined by "+".
func (f Format) String() string {
	s := ""
	for i, n := range formatNames {
		if f>>i&1 == 1 {
			if s != "" {
				s += "+"
			}
			s += n
		}
	}
	return s
}

// ParseFormat finds a format by its name in String.
func ParseFormat(name string) (Format, error) {
	for i, n := range formatNames {
		if n == name {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("unknown barcode format %q; known are %v", name, formatNames)
}

// Frame is a grey picture. Row y begins at Y[y*Stride]; 0 is black.
type Frame struct {
	W, H, Stride int
	Y            []byte
}

// Limits of a frame.
const (
	MaxSide   = 8192
	MaxPixels = 16 << 20
)

func (f Frame) check() error {
	switch {
	case f.W < 1 || f.H < 1 || f.Stride < f.W:
		return fmt.Errorf("frame of %d x %d, stride %d: sizes are wrong", f.W, f.H, f.Stride)
	case f.W > MaxSide || f.H > MaxSide || f.W*f.H > MaxPixels:
		return fmt.Errorf("frame of %d x %d is too large: at most %d a side and %d megapixels", f.W, f.H, MaxSide, MaxPixels>>20)
	case len(f.Y) < (f.H-1)*f.Stride+f.W:
		return fmt.Errorf("frame of %d x %d has only %d bytes", f.W, f.H, len(f.Y))
	}
	return nil
}

// Depth is how much is tried.
type Depth uint8

// The depths.
const (
	Full  Depth = iota // all stages, while the budget lasts: still pictures
	First              // the first stage only: every frame of a stream
)

// Options say what to look for and for how long.
type Options struct {
	Formats    Format        // 0 = Wallet
	Budget     time.Duration // 0 = one second; a call takes at most this and 50 ms
	Depth      Depth
	MaxSymbols int // stop when so many are found; 0 = 4
}

// Symbol is a barcode that was read.
type Symbol struct {
	Text     string   // as UTF-8
	Raw      []byte   // the bytes as encoded, where the symbol says them; else those of Text
	Format   Format   // exactly one
	AIM      string   // symbology identifier (ISO/IEC 15424), as "]Q1"
	Corners  [4]Point // clockwise from the symbol's own top left
	Votes    int      // scan lines or rows that agree; 1 for a matrix symbol
	Stage    string   // what was searched: "A" the frame itself, "half", "half soft", "zoom", …
	Inverted bool     // light on dark
	Mirrored bool
}

// Stats tell how a call went.
type Stats struct {
	Stages  []string      // those that ran, in order
	Took    time.Duration // wall time
	OutOfIt bool          // the budget ended before the stages did
	Panics  int           // caught in decoders; 0 unless there is a bug
	Noise   int           // grey range of a quiet block of 8 x 8 pixels
	Mean    int           // mean grey of the frame
	Bright  float64       // share of saturated blocks of 16 x 16 pixels
	Regions int           // regions that look like print
	Finders int           // finder patterns and bull's eyes seen
	Hints   []Advice      // why nothing was read, if nothing was
}

// Decode reads the symbols of a frame. It returns an error for a frame that is
// none, and ctx's error if that ended first; no symbols is not an error.
func Decode(ctx context.Context, f Frame, o Options) ([]Symbol, Stats, error) {
	if err := f.check(); err != nil {
		return nil, Stats{}, err
	}
	if o.Formats == 0 {
		o.Formats = Wallet
	}
	if o.Budget <= 0 {
		o.Budget = time.Second
	}
	if o.MaxSymbols <= 0 {
		o.MaxSymbols = 4
	}
	j := jobs.Get().(*job)
	defer jobs.Put(j)
	return j.run(ctx, f, o)
}
