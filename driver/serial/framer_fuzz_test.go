package serial

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// FuzzFramer feeds a line of bytes with silences in it to two framers, in
// different chunks. The first byte chooses the configuration, the second the
// size of the chunks. 0xff 0x00 in the input is a silence, 0xff 0xff is the byte.
//
// What must hold: the chunks do not matter; no code is empty or too long; no
// byte is invented, moved or lost but those of the framing and those reported;
// and after a silence nothing is held.
func FuzzFramer(f *testing.F) {
	for _, seed := range []string{
		"2900000000018\r4601234567893\r", "A\rB\r\nC\r\r", "A\tB\t\xff\x00C\tD\t", "A\tB\xff\x00", "\x02A\r\x03\x02B\x03",
		"\x01d4601234567893\x03", "\x02A\t\x02B\t\xff\x00", "A\x00\xff\x00B\x00C\x00", gs1 + "\r", cp1251 + "\n",
		decodeHeader("d", "E0", ean+"\r"), decodeHeader("s", "Q1", "a\r\nb\x00\x16\r") + "A\r", decodeHeader("d", "E0", ean)[:25] + "\xff\x00",
		"\x16\x16\xff\xff\xff\xfe\x16A\r", "S123##S45#6##", "\x02\xff\x00A\xff\x00\r\n",
		"\x02\x00\x00\x01\x00\x33\x314601234567893\r\n", // the answer of an engine of Newland's older kind (EM3095) before a code
		"\x12\xf3\x00\x00\x0b4601234567893\xfc\x46", "]Q1https://id.example/8018/460123456789012349\r",
	} {
		for cfg := range byte(len(fuzzRules)) {
			f.Add(append([]byte{cfg, 3}, seed...))
		}
	}
	f.Add(append([]byte{0, 200}, bytes.Repeat([]byte("U"), driver.MaxScan+20)...))
	f.Add(append([]byte{0, 200}, bytes.Repeat([]byte("2900000000018\t"), 200)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 {
			return
		}
		r := fuzzRules[int(in[0])%len(fuzzRules)]
		chunk := max(1, int(in[1]))
		line := parseLine(in[2:])
		whole, sent := play(t, r, line, 1<<20)
		split, _ := play(t, r, line, chunk)
		if !slices.EqualFunc(whole, split, sameFrame) {
			t.Fatalf("in one piece: %q\nin chunks of %d: %q", texts(whole), chunk, texts(split))
		}
		conserved(t, r, sent, whole)
	})
}

var fuzzRules = []rule{
	{counted: true},
	{},
	{suffix: []byte("\r")},
	{suffix: []byte("##"), prefix: []byte("S")},
	{suffix: []byte("\t"), counted: true},
	{none: true, keep: true},
	{none: true},
	{prefix: []byte("]")},
}

// parseLine cuts the input at its silences.
func parseLine(in []byte) [][]byte {
	line := [][]byte{nil}
	for i := 0; i < len(in); i++ {
		if in[i] == 0xff && i+1 < len(in) && (in[i+1] == 0 || in[i+1] == 0xff) {
			if i++; in[i] == 0 {
				line = append(line, nil)
				continue
			}
		}
		line[len(line)-1] = append(line[len(line)-1], in[i])
	}
	return line
}

// play runs a framer over bursts with a silence after each.
func play(t *testing.T, r rule, line [][]byte, chunk int) (out []frame, sent []byte) {
	f := newFramer(r)
	at := time.Unix(1_800_000_000, 0)
	for _, burst := range line {
		sent = append(sent, burst...)
		for c := range slices.Chunk(burst, chunk) {
			out = append(out, f.push(c, at)...)
		}
		out = append(out, f.silent()...)
		if f.waiting() || len(f.buf) > 0 || f.head.active() {
			t.Fatalf("after silence %q is still held", f.buf)
		}
		at = at.Add(time.Second)
	}
	return out, sent
}

// conserved checks that the codes are the input without framing.
func conserved(t *testing.T, r rule, sent []byte, out []frame) {
	var codes []byte
	for _, fr := range out {
		if fr.lost != "" || fr.vendor != driver.VendorUnknown {
			return // bytes were reported as lost, or are a decode header
		}
		if len(fr.data) == 0 || len(fr.data) > driver.MaxScan {
			t.Fatalf("a code of %d bytes", len(fr.data))
		}
		codes = append(codes, fr.data...)
	}
	framing := "\r\n\x03\x02\x01\t\x00"
	switch {
	case r.none:
		framing = "\x01\x02"
		if r.keep {
			framing = ""
		}
	case r.suffix != nil:
		framing = "\x01\x02\r\n" + string(r.suffix)
	}
	framing += string(r.prefix)
	drop := func(b []byte) []byte {
		return slices.DeleteFunc(slices.Clone(b), func(c byte) bool { return strings.IndexByte(framing, c) >= 0 })
	}
	if got, want := drop(codes), drop(sent); !bytes.Equal(got, want) {
		t.Fatalf("sent %q\ngot  %q", want, got)
	}
	if !subsequence(codes, sent) {
		t.Fatalf("sent %q, got %q: not in that order", sent, codes)
	}
}

func subsequence(part, all []byte) bool {
	for _, b := range part {
		i := bytes.IndexByte(all, b)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

func sameFrame(a, b frame) bool {
	return bytes.Equal(a.data, b.data) && a.aim == b.aim && a.codeID == b.codeID && a.lost == b.lost && a.at.Equal(b.at)
}

func texts(frames []frame) []string {
	var all []string
	for _, fr := range frames {
		all = append(all, fr.lost+string(fr.data))
	}
	return all
}
