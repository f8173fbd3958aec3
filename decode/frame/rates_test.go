package frame_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/decode/frame/phonescreen"
)

var (
	rates    = flag.Bool("rates", false, "measure the read rates on the pictures of -seed")
	seed     = flag.Uint64("seed", 1, "seed of the pictures")
	pictures = flag.String("pictures", "", "folder that keeps the pictures between runs (default: a temporary one)")
	kinds    = flag.String("kinds", "", "kinds of trouble to measure, comma separated (default: all)")
	formats  = flag.String("formats", "", "formats to measure, comma separated (default: all)")
	peerList = flag.String("peers", "gozxing,zbar,zxing-cpp", "readers to measure beside ours, comma separated; name=PROGRAM adds one that prints file<TAB>text for the PGM files it is given")
	budget   = flag.Duration("budget", time.Minute, "time for a picture; long, so that a busy machine does not lower the rates")
	misses   = flag.Bool("misses", false, "list what was not read")
)

// answer is what a reader said about a picture.
type answer struct {
	texts []string
	note  string
	cpu   time.Duration // where the reader tells
}

type engine struct {
	name    string
	answers []answer
	cpu     time.Duration
}

type sample struct {
	kind, format, text, file string
	name                     string // of the picture, where it has one
	severity                 int
	w, h                     int
	y                        []byte
}

// TestRates is the measuring command of the package comment.
func TestRates(t *testing.T) {
	if !*rates {
		t.Skip("without -rates nothing is measured")
	}
	measure(t, drawSet(t), drawNegatives(t, 48))
}

func measure(t *testing.T, set, negatives []sample) {
	engines := []engine{ours(set, frame.Full), ours(set, frame.First)}
	none := []engine{ours(negatives, frame.Full), ours(negatives, frame.First)}
	for _, p := range strings.Split(*peerList, ",") {
		if p == "" {
			continue
		}
		e, err := runPeer(p, set)
		if err != nil {
			t.Logf("%s left out: %v", p, err)
			continue
		}
		n, err := runPeer(p, negatives)
		if err != nil {
			t.Fatal(err)
		}
		engines, none = append(engines, e), append(none, n)
	}
	report(t, set, engines, none, len(negatives))
	if *misses {
		for i, s := range set {
			if ok, bad := judge(s, engines[0].answers[i]); !ok {
				other := ""
				for _, e := range engines[2:] {
					if o, _ := judge(s, e.answers[i]); o {
						other += " " + e.name
					}
				}
				t.Logf("not read: %s_%s_%d %s false=%v [%s %v] read by:%s", s.kind, s.format, s.severity, s.name, bad, engines[0].answers[i].note,
					engines[0].answers[i].cpu.Round(100*time.Microsecond), other)
			}
		}
	}
}

func chosen(all []string, pick string) []string {
	if pick == "" {
		return all
	}
	return strings.Split(pick, ",")
}

func drawSet(t *testing.T) []sample {
	dir := *pictures
	if dir == "" {
		dir = t.TempDir()
	}
	dir = filepath.Join(dir, fmt.Sprint(*seed))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var set []sample
	for _, k := range chosen(phonescreen.Kinds, *kinds) {
		for _, f := range chosen(phonescreen.Formats, *formats) {
			for s := 1; s <= phonescreen.Severities; s++ {
				set = append(set, sample{kind: k, format: f, severity: s, file: filepath.Join(dir, fmt.Sprintf("%s_%s_%d.pgm", k, f, s))})
			}
		}
	}
	errs := make([]error, len(set))
	atOnce(len(set), runtime.GOMAXPROCS(0), func(i int) {
		want := set[i]
		one, err := load(want.file)
		if err != nil {
			var p phonescreen.Picture
			if p, errs[i] = phonescreen.Draw(want.kind, want.format, want.severity, *seed); errs[i] != nil {
				return
			}
			one = sample{text: p.Text, file: want.file, w: p.W, h: p.H, y: p.Y}
			errs[i] = store(one)
		}
		one.kind, one.format, one.severity = want.kind, want.format, want.severity
		set[i] = one
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return set
}

// atOnce does n things, some at the same time.
func atOnce(n, some int, do func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range max(1, some) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
}

// timed does n things and adds up the processor time of each: several at the
// same time where a thread's time is known.
func timed(n int, do func(i int)) (each []time.Duration, all time.Duration) {
	some := 1
	if perThread {
		some = runtime.GOMAXPROCS(0)
	}
	each = make([]time.Duration, n)
	atOnce(n, some, func(i int) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		before := threadTime()
		do(i)
		each[i] = threadTime() - before
	})
	for _, d := range each {
		all += d
	}
	return each, all
}

func drawNegatives(t *testing.T, n int) []sample {
	dir := t.TempDir()
	var set []sample
	for i := range n {
		p := phonescreen.Negative(i, *seed+uint64(i/phonescreen.Negatives)*1000)
		s := sample{kind: "negative", format: p.Format, file: filepath.Join(dir, fmt.Sprintf("n%03d.pgm", i)), w: p.W, h: p.H, y: p.Y}
		if err := store(s); err != nil {
			t.Fatal(err)
		}
		set = append(set, s)
	}
	return set
}

func store(s sample) error {
	if err := os.WriteFile(s.file, append(fmt.Appendf(nil, "P5\n%d %d\n255\n", s.w, s.h), s.y...), 0o644); err != nil {
		return err
	}
	return os.WriteFile(s.file+".txt", []byte(s.text), 0o644)
}

func load(name string) (sample, error) {
	s := sample{file: name}
	text, err := os.ReadFile(name + ".txt")
	if err != nil {
		return s, err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	if _, err := fmt.Sscanf(string(b[:min(len(b), 30)]), "P5\n%d %d\n255\n", &s.w, &s.h); err != nil || len(b) < s.w*s.h {
		return s, fmt.Errorf("%s: no picture", name)
	}
	s.text, s.y = string(text), b[len(b)-s.w*s.h:]
	return s, nil
}

func ours(set []sample, depth frame.Depth) engine {
	e := engine{name: "tillgate"}
	if depth == frame.First {
		e.name = "first stage"
	}
	debug.FreeOSMemory()
	e.answers = make([]answer, len(set))
	each, all := timed(len(set), func(i int) {
		s := set[i]
		got, stats, err := frame.Decode(context.Background(), frame.Frame{W: s.w, H: s.h, Stride: s.w, Y: s.y}, frame.Options{Budget: *budget, Depth: depth})
		a := answer{note: fmt.Sprint(stats.Stages)}
		if err != nil {
			a.note = err.Error()
		}
		if stats.OutOfIt {
			a.note += " out of time"
		}
		for _, g := range got {
			a.texts = append(a.texts, g.Text)
			a.note += " " + g.Format.String() + ":" + g.Text
		}
		e.answers[i] = a
	})
	for i := range each {
		e.answers[i].cpu = each[i]
	}
	e.cpu = all
	return e
}

func countTexts(e engine) int {
	n := 0
	for _, a := range e.answers {
		n += len(a.texts)
	}
	return n
}

// judge says whether the answer holds the text, and whether it holds another.
func judge(s sample, a answer) (ok, bad bool) {
	for _, t := range a.texts {
		if plain(s.format, t) == plain(s.format, s.text) {
			ok = true
		} else {
			bad = true
		}
	}
	return ok, bad
}

func plain(format, text string) string {
	switch format {
	case "codabar":
		return strings.Trim(text, "ABCDabcd")
	case "ean13":
		return strings.TrimLeft(text, "0")
	}
	return text
}

func report(t *testing.T, set []sample, engines, none []engine, negatives int) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nseed %d, %d pictures; read %%, m = false reads\n\n%-12s %5s", *seed, len(set), "", "n")
	for _, e := range engines {
		fmt.Fprintf(&b, " %14s", e.name)
	}
	line := func(name string, in func(sample) bool) {
		n := 0
		for _, s := range set {
			if in(s) {
				n++
			}
		}
		fmt.Fprintf(&b, "\n%-12s %5d", name, n)
		for _, e := range engines {
			read, wrong := 0, 0
			for i, s := range set {
				if !in(s) {
					continue
				}
				ok, bad := judge(s, e.answers[i])
				if ok {
					read++
				}
				if bad {
					wrong++
				}
			}
			cell := fmt.Sprintf("%.1f", 100*float64(read)/float64(max(1, n)))
			if wrong > 0 {
				cell += fmt.Sprintf(" m%d", wrong)
			}
			fmt.Fprintf(&b, " %14s", cell)
		}
	}
	var ks, fs []string
	for _, s := range set {
		if !slices.Contains(ks, s.kind) {
			ks = append(ks, s.kind)
		}
		if !slices.Contains(fs, s.format) {
			fs = append(fs, s.format)
		}
	}
	for _, k := range ks {
		line(k, func(s sample) bool { return s.kind == k })
	}
	b.WriteByte('\n')
	for _, f := range fs {
		if f == "" {
			continue
		}
		line(f, func(s sample) bool { return s.format == f })
	}
	b.WriteByte('\n')
	for v := 1; v <= phonescreen.Severities && negatives > 0; v++ {
		line(fmt.Sprint("severity ", v), func(s sample) bool { return s.severity == v })
	}
	line("all", func(sample) bool { return true })
	fmt.Fprintf(&b, "\n%-12s %5d", "false, none", negatives)
	for _, e := range none {
		fmt.Fprintf(&b, " %14d", countTexts(e))
	}
	fmt.Fprintf(&b, "\n%-18s", "CPU ms a picture")
	for _, e := range engines {
		fmt.Fprintf(&b, " %14.1f", float64(e.cpu.Microseconds())/1000/float64(max(1, len(set))))
	}
	fmt.Fprintf(&b, "\n%-18s", "CPU ms, no code")
	for _, e := range none {
		fmt.Fprintf(&b, " %14.1f", float64(e.cpu.Microseconds())/1000/float64(max(1, negatives)))
	}
	for _, e := range engines[2:] {
		either := 0
		for i, s := range set {
			x, _ := judge(s, engines[0].answers[i])
			if y, _ := judge(s, e.answers[i]); x || y {
				either++
			}
		}
		fmt.Fprintf(&b, "\n\nread by us or by %s: %.1f %%", e.name, 100*float64(either)/float64(max(1, len(set))))
		ours, theirs, n := bothRead(set, engines[0], e)
		if n > 0 && theirs > 0 {
			fmt.Fprintf(&b, "\nCPU ms a picture that both we and %s read (%d): %.1f and %.1f; the median of the ratios is %.2f", e.name, n,
				ours/float64(n), theirs/float64(n), hitRatio(set, engines[0], e, ""))
			for _, f := range fs {
				if f != "" {
					fmt.Fprintf(&b, "; %s %.2f", f, hitRatio(set, engines[0], e, f))
				}
			}
		}
	}
	t.Log(b.String())
}

// bothRead is the CPU of two readers, in ms, over the pictures that both read.
func bothRead(set []sample, a, b engine) (ours, theirs float64, n int) {
	for i, s := range set {
		x, _ := judge(s, a.answers[i])
		y, _ := judge(s, b.answers[i])
		if x && y {
			ours += a.answers[i].cpu.Seconds() * 1000
			theirs += b.answers[i].cpu.Seconds() * 1000
			n++
		}
	}
	return ours, theirs, n
}

// hitRatio is the median of the ratios of CPU over the pictures of a format
// that both readers read.
func hitRatio(set []sample, a, b engine, format string) float64 {
	var r []float64
	for i, s := range set {
		x, _ := judge(s, a.answers[i])
		y, _ := judge(s, b.answers[i])
		if x && y && (format == "" || s.format == format) && b.answers[i].cpu > 0 {
			r = append(r, a.answers[i].cpu.Seconds()/b.answers[i].cpu.Seconds())
		}
	}
	if len(r) == 0 {
		return 0
	}
	slices.Sort(r)
	return r[len(r)/2]
}
