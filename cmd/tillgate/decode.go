package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tillgate/tillgate/decode/frame"
)

// decodeCmd reads barcodes out of pictures: a customer's screenshot, a photo of a
// pass that the scanner does not read.
type decodeCmd struct {
	Files  []string `arg:"" help:"Pictures: JPEG, PNG, GIF or BMP, up to 16 megapixels."`
	Format []string `placeholder:"NAME" help:"Look for these symbologies only; by default those that wallets show."`
	JSON   bool     `name:"json" help:"One JSON object per symbol."`
}

// found is a symbol for a script.
type found struct {
	File   string         `json:"file"`
	Text   string         `json:"text"`
	Format string         `json:"format"`
	AIM    string         `json:"aim"`
	At     [4]frame.Point `json:"corners"`
}

func (c decodeCmd) Run(e *env) error {
	var o frame.Options
	for _, name := range c.Format {
		f, err := frame.ParseFormat(name)
		if err != nil {
			return exitWith(exitUsage, err)
		}
		o.Formats |= f
	}
	unread := 0
	for _, name := range c.Files {
		n, err := c.file(e, name, o)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if n == 0 {
			unread++
			fmt.Fprintf(e.stderr, "%s: no barcode found\n", name)
		}
	}
	if unread > 0 {
		return exitWith(exitFailure, fmt.Errorf("nothing was read in %d of %d pictures", unread, len(c.Files)))
	}
	return nil
}

// file reads one picture and says how many symbols are in it.
func (c decodeCmd) file(e *env, name string, o frame.Options) (int, error) {
	r, err := os.Open(name)
	if err != nil {
		return 0, withoutPath(err)
	}
	defer r.Close()
	symbols, _, err := frame.DecodeFile(e.ctx, r, o)
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if c.JSON {
			err = json.NewEncoder(e.stdout).Encode(found{name, s.Text, s.Format.String(), s.AIM, s.Corners})
		} else {
			_, err = fmt.Fprintf(e.stdout, "%s\t%s\t%q\n", name, s.Format, s.Text)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(symbols), nil
}

// withoutPath is an error about a file without its name, which is said before it.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
