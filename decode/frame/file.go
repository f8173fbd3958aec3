package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/bmp"
)

// MaxFile is the size of a picture file beyond which it is not read.
const MaxFile = 32 << 20

// Why a file is not read.
var (
	ErrPicture = errors.New("not a JPEG, PNG, GIF or BMP picture")
	ErrSize    = errors.New("picture is too large")
)

// DecodeFile reads the symbols of a picture file: JPEG, PNG, GIF (its first
// picture) or BMP. The size it declares is checked before it is unpacked: at
// most 16 megapixels and 8192 pixels a side. With no budget in o, 1.5 seconds
// are spent.
func DecodeFile(ctx context.Context, r io.Reader, o Options) ([]Symbol, Stats, error) {
	f, err := ReadPicture(r)
	if err != nil {
		return nil, Stats{}, err
	}
	if err := ctx.Err(); err != nil {
		return nil, Stats{}, err
	}
	if o.Budget <= 0 {
		o.Budget = 1500 * time.Millisecond
	}
	return Decode(ctx, f, o)
}

// ReadPicture unpacks a picture file into a grey frame, within the limits of
// DecodeFile. The grey plane of a JPEG is taken as it is.
func ReadPicture(r io.Reader) (Frame, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return Frame{}, fmt.Errorf("read picture: %w", err)
	}
	if len(b) > MaxFile {
		return Frame{}, fmt.Errorf("%w: the file has more than %d MB", ErrSize, MaxFile>>20)
	}
	var config func(io.Reader) (image.Config, error)
	var decode func(io.Reader) (image.Image, error)
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")): // ITU-T T.81, B.1.1.3: SOI and a marker
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")): // PNG specification, 5.2
		config, decode = png.DecodeConfig, png.Decode
	case bytes.HasPrefix(b, []byte("GIF8")): // GIF89a specification, 17
		config, decode = gif.DecodeConfig, gif.Decode
	case bytes.HasPrefix(b, []byte("BM")): // BITMAPFILEHEADER
		config, decode = bmp.DecodeConfig, bmp.Decode
	default:
		return Frame{}, ErrPicture
	}
	c, err := config(bytes.NewReader(b))
	if err != nil {
		return Frame{}, fmt.Errorf("%w: %v", ErrPicture, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxSide || c.Height > MaxSide || c.Width*c.Height > MaxPixels {
		return Frame{}, fmt.Errorf("%w: %d x %d, at most %d a side and %d megapixels", ErrSize, c.Width, c.Height, MaxSide, MaxPixels>>20)
	}
	m, err := decode(bytes.NewReader(b))
	if err != nil {
		return Frame{}, fmt.Errorf("picture is damaged: %w", err)
	}
	return grey(m), nil
}

// grey takes the luminance of a picture, over white where it is transparent.
func grey(m image.Image) Frame {
	r := m.Bounds()
	switch m := m.(type) {
	case *image.Gray:
		return Frame{W: r.Dx(), H: r.Dy(), Stride: m.Stride, Y: m.Pix[m.PixOffset(r.Min.X, r.Min.Y):]}
	case *image.YCbCr:
		return Frame{W: r.Dx(), H: r.Dy(), Stride: m.YStride, Y: m.Y[m.YOffset(r.Min.X, r.Min.Y):]}
	}
	f := Frame{W: r.Dx(), H: r.Dy(), Stride: r.Dx(), Y: make([]byte, r.Dx()*r.Dy())}
	if p, ok := m.(*image.Paletted); ok {
		var table [256]byte
		for i, c := range p.Palette {
			table[i&255] = luma(c)
		}
		for y := range f.H {
			row := p.Pix[p.PixOffset(r.Min.X, r.Min.Y+y):]
			for x := range f.W {
				f.Y[y*f.Stride+x] = table[row[x]]
			}
		}
		return f
	}
	for y := range f.H {
		for x := range f.W {
			f.Y[y*f.Stride+x] = luma(m.At(r.Min.X+x, r.Min.Y+y))
		}
	}
	return f
}

func luma(c color.Color) byte {
	r, g, b, a := c.RGBA()
	white := 0xffff - a
	return byte((19595*(r+white) + 38470*(g+white) + 7471*(b+white) + 1<<15) >> 24)
}
