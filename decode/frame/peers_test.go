package frame_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// runPeer has another reader read the pictures.
func runPeer(peer string, set []sample) (engine, error) {
	name, program, custom := strings.Cut(peer, "=")
	e := engine{name: name, answers: make([]answer, len(set))}
	at := map[string]int{}
	for i, s := range set {
		at[s.file] = i
	}
	add := func(file, text string) {
		if i, ok := at[file]; ok && text != "" {
			e.answers[i].texts = append(e.answers[i].texts, text)
		}
	}
	switch {
	case custom:
		return e, e.command(set, program, nil, func(out []byte) {
			for _, l := range strings.Split(string(out), "\n") {
				f := strings.Split(l, "\t")
				if len(f) >= 2 {
					add(f[0], f[1])
				}
				if i, ok := at[f[0]]; ok && len(f) >= 3 {
					if ms, err := strconv.ParseFloat(f[len(f)-1], 64); err == nil {
						e.answers[i].cpu = time.Duration(ms * float64(time.Millisecond))
					}
				}
			}
		})
	case name == "zxing-cpp":
		args := []string{"-1", "-format", "QRCode,Aztec,PDF417,DataMatrix,Code128,Code39,EAN-13,ITF,Codabar"}
		return e, e.command(set, "ZXingReader", args, func(out []byte) {
			for _, l := range strings.Split(string(out), "\n") {
				file, rest, ok := strings.Cut(l, " ")
				if _, text, is := strings.Cut(rest, ` "`); ok && is {
					add(file, strings.TrimSuffix(text, `"`))
				}
			}
		})
	case name == "zbar":
		return e, e.command(set, "zbarimg", []string{"-q", "--xml", "-Stest-inverted"}, func(out []byte) {
			var doc struct {
				Source []struct {
					Href  string `xml:"href,attr"`
					Index []struct {
						Symbol []struct {
							Data string `xml:"data"`
						} `xml:"symbol"`
					} `xml:"index"`
				} `xml:"source"`
			}
			if xml.Unmarshal(out, &doc) != nil {
				return
			}
			for _, s := range doc.Source {
				for _, x := range s.Index {
					for _, y := range x.Symbol {
						add(s.Href, y.Data)
					}
				}
			}
		})
	case name == "gozxing":
		_, e.cpu = timed(len(set), func(i int) { e.answers[i].texts = plainGozxing(set[i]) })
		return e, nil
	}
	return e, fmt.Errorf("no reader %q", name)
}

// command runs a program over the files, some at a time, and counts its CPU.
func (e *engine) command(set []sample, program string, args []string, take func([]byte)) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return err
	}
	const size = 30
	errs := make([]error, (len(set)+size-1)/size)
	var one sync.Mutex
	atOnce(len(errs), runtime.GOMAXPROCS(0), func(i int) {
		part := engine{}
		errs[i] = part.batch(path, args, set[i*size:min(len(set), (i+1)*size)], func(out []byte) {
			one.Lock()
			defer one.Unlock()
			take(out)
		})
		one.Lock()
		defer one.Unlock()
		e.cpu += part.cpu
	})
	return errors.Join(errs...)
}

// batch runs the program over some pictures. If one kills it, what it said of
// the others is lost with its buffer: then each half is run again.
func (e *engine) batch(path string, args []string, set []sample, take func([]byte)) error {
	list := append([]string{}, args...)
	for _, s := range set {
		list = append(list, s.file)
	}
	c := exec.Command(path, list...)
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run() // a picture without a code is an exit status too
	if c.ProcessState == nil {
		return err
	}
	if !c.ProcessState.Exited() && len(set) > 1 {
		if err := e.batch(path, args, set[:len(set)/2], take); err != nil {
			return err
		}
		return e.batch(path, args, set[len(set)/2:], take)
	}
	e.cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	take(out.Bytes())
	return nil
}

// plainGozxing is gozxing as it comes, at its best setting: all readers, try
// harder, then the picture inverted.
func plainGozxing(s sample) (texts []string) {
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	src := gozxing.NewLuminanceSourceFromImage(&image.Gray{Pix: s.y, Stride: s.w, Rect: image.Rect(0, 0, s.w, s.h)})
	for _, source := range []gozxing.LuminanceSource{src, src.Invert()} {
		b, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
		if err != nil {
			return nil
		}
		for _, r := range []gozxing.Reader{
			qrcode.NewQRCodeReader(), aztec.NewAztecReader(), datamatrix.NewDataMatrixReader(),
			oned.NewCode128Reader(), oned.NewEAN13Reader(), oned.NewCode39Reader(), oned.NewITFReader(), oned.NewCodaBarReader(),
		} {
			if res, err := r.Decode(b, hints); err == nil {
				return []string{res.GetText()}
			}
		}
	}
	return nil
}

func rnd(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
