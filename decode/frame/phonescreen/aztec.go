package phonescreen

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
)

// aztecMatrix draws text as Aztec Code (ISO/IEC 24778:2008) in the smallest
// symbol that leaves at least a quarter of its words to error correction.
func aztecMatrix(text string) (Matrix, error) {
	bits := aztecBits(text)
	for layers := 1; layers <= 20; layers++ {
		for _, compact := range []bool{true, false} {
			if compact && layers > 4 || !compact && layers < 4 {
				continue
			}
			capacity := (112 + 16*layers) * layers
			if compact {
				capacity = (88 + 16*layers) * layers
			}
			size := 6
			switch {
			case layers > 8:
				size = 10
			case layers > 2:
				size = 8
			}
			words := stuff(bits, size)
			if len(words)*4 > capacity/size*3 || compact && len(words) > 64 {
				continue
			}
			return aztecSymbol(words, size, capacity, layers, compact)
		}
	}
	return Matrix{}, fmt.Errorf("aztec: %d bytes are too many", len(text))
}

// aztecBits is the high-level encoding: digits in digit mode, capitals in upper
// mode, anything else as one run of bytes.
func aztecBits(text string) []bool {
	var bits []bool
	put := func(v, n int) { bits = appendBits(bits, v, n) }
	switch {
	case strings.Trim(text, "0123456789") == "":
		put(30, 5) // latch to digits
		for _, c := range text {
			put(int(c-'0')+2, 4)
		}
	case strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
		for _, c := range text {
			put(int(c-'A')+2, 5)
		}
	default:
		put(31, 5) // byte shift
		if len(text) > 31 {
			put(0, 5)
			put(len(text)-31, 11)
		} else {
			put(len(text), 5)
		}
		for _, c := range []byte(text) {
			put(int(c), 8)
		}
	}
	return bits
}

func appendBits(bits []bool, v, n int) []bool {
	for i := n - 1; i >= 0; i-- {
		bits = append(bits, v>>i&1 == 1)
	}
	return bits
}

// stuff cuts bits into words that are neither all zero nor all one (7.2.3.1).
func stuff(bits []bool, size int) []int {
	var words []int
	for i := 0; i < len(bits); {
		w := 0
		for j := range size {
			w <<= 1
			if i+j >= len(bits) || bits[i+j] {
				w |= 1
			}
		}
		full := 1<<size - 2
		switch w & full {
		case full:
			words, i = append(words, full), i+size-1
		case 0:
			words, i = append(words, 1), i+size-1
		default:
			words, i = append(words, w), i+size
		}
	}
	return words
}

func aztecSymbol(words []int, size, capacity, layers int, compact bool) (Matrix, error) {
	fields := map[int]*reedsolomon.GenericGF{6: reedsolomon.GenericGF_AZTEC_DATA_6, 8: reedsolomon.GenericGF_AZTEC_DATA_8, 10: reedsolomon.GenericGF_AZTEC_DATA_10}
	total := capacity / size
	all := append(append([]int{}, words...), make([]int, total-len(words))...)
	if err := reedsolomon.NewReedSolomonEncoder(fields[size]).Encode(all, total-len(words)); err != nil {
		return Matrix{}, err
	}
	data := make([]bool, capacity%size)
	for _, w := range all {
		data = appendBits(data, w, size)
	}
	mode, n := []int{(layers-1)<<2 | (len(words)-1)>>4, (len(words) - 1) & 15}, 7
	if compact {
		mode = []int{(layers-1)<<2 | (len(words)-1)>>4&3, (len(words) - 1) & 15}
	} else {
		v := (layers-1)<<11 | (len(words) - 1)
		mode, n = []int{v >> 12 & 15, v >> 8 & 15, v >> 4 & 15, v & 15}, 10
	}
	have := len(mode)
	mode = append(mode, make([]int, n-have)...)
	if err := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_AZTEC_PARAM).Encode(mode, n-have); err != nil {
		return Matrix{}, err
	}
	var modeBits []bool
	for _, w := range mode {
		modeBits = appendBits(modeBits, w, 4)
	}
	return aztecDraw(data, modeBits, layers, compact), nil
}

func aztecDraw(data, mode []bool, layers int, compact bool) Matrix {
	base, inner, core := 14+4*layers, 12, 7
	if compact {
		base, inner, core = 11+4*layers, 9, 5
	}
	size := base
	at := make([]int, base)
	if compact {
		for i := range at {
			at[i] = i
		}
	} else { // leave out the reference grid
		size = base + 1 + 2*((base/2-1)/15)
		for i := range base / 2 {
			at[base/2-1-i] = size/2 - 1 - i - i/15
			at[base/2+i] = size/2 + 1 + i + i/15
		}
	}
	m := newMatrix(size, size)
	for layer, from := 0, 0; layer < layers; layer++ {
		row := (layers-layer)*4 + inner
		lo, hi := layer*2, base-1-layer*2
		for j := range row {
			for k := range 2 {
				bit := func(side int) bool { return data[from+side*row*2+j*2+k] }
				m.set(at[lo+k], at[lo+j], bit(0))
				m.set(at[lo+j], at[hi-k], bit(1))
				m.set(at[hi-k], at[hi-j], bit(2))
				m.set(at[hi-j], at[lo+k], bit(3))
			}
		}
		from += row * 8
	}
	c := size / 2
	if !compact {
		for j := 0; j <= c; j += 16 {
			for k := c & 1; k < size; k += 2 {
				m.set(c-j, k, true)
				m.set(c+j, k, true)
				m.set(k, c-j, true)
				m.set(k, c+j, true)
			}
		}
	}
	for y := -core; y <= core; y++ {
		for x := -core; x <= core; x++ {
			ring := max(x, -x, y, -y)
			m.set(c+x, c+y, ring < core && ring%2 == 0)
		}
	}
	m.set(c-core, c-core, true)
	m.set(c-core+1, c-core, true)
	m.set(c-core, c-core+1, true)
	m.set(c+core, c-core, true)
	m.set(c+core, c-core+1, true)
	m.set(c+core, c+core-1, true)
	side := len(mode) / 4
	for i := range side {
		o := c - side/2 + i
		if !compact {
			o = c - 5 + i + i/5
		}
		m.set(o, c-core, mode[i])
		m.set(c+core, o, mode[i+side])
		m.set(o, c+core, mode[3*side-1-i])
		m.set(c-core, o, mode[4*side-1-i])
	}
	return m
}
