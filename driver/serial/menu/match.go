package menu

import (
	"bytes"
	"strings"
)

// Verdict is what the beginning of a line is, as far as it has come.
type Verdict byte

// The verdicts.
const (
	No      Verdict = iota // not the answer
	Partial                // may become the answer
	Yes
)

// maxAnswer is how long an answer to one command may be.
const maxAnswer = 128

// Match looks whether b begins with the answer to the one command text, and says
// how long the answer is and what it says. An answer repeats the command up to its
// data; what the scanner has instead of the data stands there ("SCNMOD*" is
// answered "SCNMOD0").
func (d Dialect) Match(text string, b []byte) (n int, answer Answer, v Verdict) {
	rest := b
	if v = begins(rest, d.answered); v != Yes {
		return 0, answer, v
	}
	rest = rest[len(d.answered):]
	if d.permanentIsFirst {
		if len(rest) == 0 {
			return 0, answer, Partial
		}
		if s := string(rest[:1]); s != d.permanent && s != d.once {
			return 0, answer, No
		}
		rest = rest[1:]
	}
	tag := strings.ToUpper(text[:min(len(text), tagLen)])
	if v = begins(bytes.ToUpper(rest[:min(len(rest), len(tag))]), tag); v != Yes {
		return 0, answer, v
	}
	end := len(tag)
	for ; end < len(rest) && rest[end] >= ' ' && rest[end] < 0x7f; end++ {
	}
	switch {
	case end > maxAnswer:
		return 0, answer, No
	case end == len(rest):
		return 0, answer, Partial
	case !status(rest[end]):
		return 0, answer, No
	}
	answer = Answer{Text: string(rest[:end]), Status: Status(rest[end])}
	rest = rest[end+1:]
	marks := []string{d.permanent, d.once}
	if d.after != "" {
		marks = []string{d.after}
	}
	v = No
	for _, mark := range marks {
		w := begins(rest, mark)
		if w == Yes {
			return len(b) - len(rest) + len(mark), answer, Yes
		}
		v = max(v, w)
	}
	return 0, answer, v
}

// tagLen is the length of tag and sub-tag: three letters each.
const tagLen = 6

func status(b byte) bool { return b == byte(Done) || b == byte(Unknown) || b == byte(Refused) }

// begins compares as much of want as is there.
func begins(b []byte, want string) Verdict {
	switch {
	case len(b) >= len(want) && string(b[:len(want)]) == want:
		return Yes
	case len(b) < len(want) && string(b) == want[:len(b)]:
		return Partial
	}
	return No
}
