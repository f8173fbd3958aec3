package pdf417

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrFormat says that the codewords, although correct, make no message.
var ErrFormat = errors.New("pdf417: codewords make no message")

// Message is what a symbol says.
type Message struct {
	Raw   []byte // the bytes as encoded
	ECI   int    // the last extended channel interpretation named, -1 if none was
	Macro bool   // one part of a message over several symbols
}

// Control codewords (ISO/IEC 15438:2015, table 4).
const (
	textLatch  = 900
	byteLatch  = 901
	numLatch   = 902
	byteShift  = 913
	macroEnd   = 922
	macroField = 923
	byteLatch6 = 924
	eciUser    = 925
	eciGeneral = 926
	eciCharset = 927
	macroBegin = 928
	readerInit = 921
)

// Decode reads the message out of corrected codewords: words[0] is the length
// of the data, itself and padding included; error correction may follow.
func Decode(words []int) (Message, error) {
	m := Message{ECI: -1}
	if len(words) == 0 || words[0] < 1 || words[0] > len(words) {
		return m, fmt.Errorf("%w: length out of range", ErrFormat)
	}
	w := words[1:words[0]]
	for _, c := range w {
		if c < 0 || c >= field {
			return m, fmt.Errorf("%w: codeword out of range", ErrFormat)
		}
	}
	mode := textLatch
	for i := 0; i < len(w); {
		c := w[i]
		if c < 900 {
			n := i
			for n < len(w) && (w[n] < 900 || mode == textLatch && w[n] == byteShift) {
				if w[n] == byteShift {
					n++
				}
				n++
			}
			n = min(n, len(w))
			if err := m.segment(mode, w[i:n]); err != nil {
				return m, err
			}
			i = n
			continue
		}
		i++
		switch c {
		case textLatch, byteLatch, numLatch, byteLatch6:
			mode = c
		case byteShift:
			if i >= len(w) || w[i] > 255 {
				return m, fmt.Errorf("%w: byte shift without a byte", ErrFormat)
			}
			m.Raw = append(m.Raw, byte(w[i]))
			i++
		case eciCharset, eciUser:
			if i >= len(w) {
				return m, fmt.Errorf("%w: cut interpretation", ErrFormat)
			}
			if c == eciCharset {
				m.ECI = w[i]
			}
			i++
		case eciGeneral:
			i += 2
		case macroBegin:
			m.Macro = true
			return m, nil // the control block carries no text
		case macroField, macroEnd, readerInit:
		default:
			return m, fmt.Errorf("%w: reserved codeword %d", ErrFormat, c)
		}
	}
	return m, nil
}

func (m *Message) segment(mode int, w []int) error {
	switch mode {
	case textLatch:
		return m.text(w)
	case numLatch:
		return m.digits(w)
	}
	return m.bytes(w, mode == byteLatch6)
}

// Submodes of text compaction (5.4.1.5).
const (
	alpha = iota
	lower
	mixed
	punct
)

const (
	mixedSet = "0123456789&\r\t,:#-.$/+%*=^"
	punctSet = ";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'"
)

func (m *Message) text(w []int) error {
	sub, once := alpha, -1
	put := func(v int) {
		s := sub
		if once >= 0 {
			s, once = once, -1
		}
		switch {
		case s == alpha && v < 26:
			m.Raw = append(m.Raw, byte('A'+v))
		case s == lower && v < 26:
			m.Raw = append(m.Raw, byte('a'+v))
		case v == 26 && s <= mixed:
			m.Raw = append(m.Raw, ' ')
		case s == mixed && v < 25:
			m.Raw = append(m.Raw, mixedSet[v])
		case s == punct && v < 29:
			m.Raw = append(m.Raw, punctSet[v])
		case s == alpha && v == 27, s == mixed && v == 27:
			sub = lower
		case s == lower && v == 27:
			once = alpha
		case s <= lower && v == 28:
			sub = mixed
		case s <= mixed && v == 29:
			once = punct
		case s == mixed && v == 25:
			sub = punct
		case s == mixed && v == 28, s == punct && v == 29:
			sub = alpha
		}
	}
	for i := 0; i < len(w); i++ {
		if w[i] == byteShift {
			i++
			if i >= len(w) || w[i] > 255 {
				return fmt.Errorf("%w: byte shift without a byte", ErrFormat)
			}
			m.Raw = append(m.Raw, byte(w[i]))
			continue
		}
		put(w[i] / 30)
		put(w[i] % 30)
	}
	return nil
}

// bytes undoes byte compaction. Latch 901 says that the last one to five
// codewords are a byte each; some encoders use it for whole groups too, which
// shows in a codeword that is no byte.
func (m *Message) bytes(w []int, whole bool) error {
	for len(w) > 0 {
		group := len(w) >= 5
		if group && len(w) == 5 && !whole {
			group = false
			for _, c := range w {
				group = group || c > 255
			}
		}
		if !group {
			for _, c := range w {
				if c > 255 {
					return fmt.Errorf("%w: codeword %d is no byte", ErrFormat, c)
				}
				m.Raw = append(m.Raw, byte(c))
			}
			return nil
		}
		var v uint64
		for _, c := range w[:5] {
			v = v*900 + uint64(c)
		}
		if v >= 1<<48 {
			return fmt.Errorf("%w: byte group out of range", ErrFormat)
		}
		for s := 40; s >= 0; s -= 8 {
			m.Raw = append(m.Raw, byte(v>>s))
		}
		w = w[5:]
	}
	return nil
}

// digits undoes numeric compaction: up to 15 codewords are a number in base
// 900, whose decimal form is a 1 and the digits.
func (m *Message) digits(w []int) error {
	base, v := big.NewInt(900), new(big.Int)
	for len(w) > 0 {
		n := min(15, len(w))
		v.SetInt64(0)
		for _, c := range w[:n] {
			v.Mul(v, base).Add(v, big.NewInt(int64(c)))
		}
		s := v.String()
		if s[0] != '1' {
			return fmt.Errorf("%w: number without its mark", ErrFormat)
		}
		m.Raw = append(m.Raw, s[1:]...)
		w = w[n:]
	}
	return nil
}
