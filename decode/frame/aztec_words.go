package frame

import "errors"

var errAztec = errors.New("aztec: damaged beyond repair")

// aztecWords reads the data bits of a symbol and corrects them (ISO/IEC
// 24778:2008, 7.2 and 7.3). gozxing's own correction takes a second for a large
// symbol that is none; this one takes some milliseconds, which keeps the budget.
func aztecWords(dark [][]bool, compact bool, layers, data int) ([]bool, error) {
	size := 12
	switch {
	case layers <= 2:
		size = 6
	case layers <= 8:
		size = 8
	case layers <= 22:
		size = 10
	}
	bits := aztecSpiral(dark, compact, layers)
	n := len(bits) / size
	k := n - data
	if data < 1 || k < 3 {
		return nil, errAztec
	}
	bits = bits[len(bits)%size:]
	words := make([]int, n)
	for i := range words {
		words[i] = number(bits[i*size : (i+1)*size])
	}
	if err := aztecFields[(size-6)/2].correct(words, k); err != nil {
		return nil, err
	}
	out := bits[:0]
	all := 1<<size - 1
	for _, w := range words[:data] {
		switch w {
		case 0, all:
			return nil, errAztec
		case 1, all - 1: // the last bit was stuffed in
			for range size - 1 {
				out = append(out, w != 1)
			}
		default:
			for i := size - 1; i >= 0; i-- {
				out = append(out, w>>i&1 == 1)
			}
		}
	}
	return out, nil
}

func number(bits []bool) (v int) {
	for _, b := range bits {
		v <<= 1
		if b {
			v |= 1
		}
	}
	return v
}

// aztecSpiral takes the modules of the layers in the order of the data: from
// the outermost layer inwards, each side two modules deep, counterclockwise.
func aztecSpiral(dark [][]bool, compact bool, layers int) []bool {
	base, first := 14+4*layers, 12
	if compact {
		base, first = 11+4*layers, 9
	}
	// places leaves the lines of the reference grid out
	places := make([]int, base)
	for i := range places {
		places[i] = i
		if !compact {
			mid, d := len(dark)/2, i-base/2
			if d >= 0 {
				places[i] = mid + d + d/15 + 1
			} else {
				d = -1 - d
				places[i] = mid - d - d/15 - 1
			}
		}
	}
	var bits []bool
	for l := range layers {
		for side := range 4 {
			for j := range first + 4*(layers-l) {
				for k := range 2 {
					x, y := 2*l+k, 2*l+j
					for range side {
						x, y = y, base-1-x
					}
					bits = append(bits, dark[places[y]][places[x]])
				}
			}
		}
	}
	return bits
}

// gf is a field of two to the power of so many elements, with 2 as generator.
type gf struct {
	order    int // elements but zero
	exp, log []int
}

// aztecFields are the fields of words of 6, 8, 10 and 12 bits (table 2).
var aztecFields = [4]*gf{newGF(6, 0x43), newGF(8, 0x12d), newGF(10, 0x409), newGF(12, 0x1069)}

func newGF(bits, prime int) *gf {
	f := &gf{order: 1<<bits - 1, exp: make([]int, 2<<bits), log: make([]int, 1<<bits)}
	v := 1
	for i := range f.exp {
		f.exp[i] = v
		if i < f.order {
			f.log[v] = i
		}
		if v <<= 1; v > f.order {
			v ^= prime
		}
	}
	return f
}

func (f *gf) mul(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return f.exp[f.log[a]+f.log[b]]
}

// eval is a polynomial, lowest power first, at the generator's power e.
func (f *gf) eval(p []int, e int) int {
	v := p[0]
	for i, at := 1, 0; i < len(p); i++ {
		if at += e; at >= f.order {
			at -= f.order
		}
		if p[i] != 0 {
			v ^= f.exp[f.log[p[i]]+at]
		}
	}
	return v
}

// syndromes are the values at the generator's powers 1 to k; all are zero for
// words without errors.
func (f *gf) syndromes(words []int, k int) (s []int, clean bool) {
	s, clean = make([]int, k), true
	for i := range s {
		v := 0
		for _, w := range words {
			if v != 0 {
				v = f.exp[f.log[v]+i+1]
			}
			v ^= w
		}
		s[i] = v
		clean = clean && v == 0
	}
	return s, clean
}

// correct repairs words, of which the last k are error correction, in place
// (Berlekamp and Massey, Forney). A short correction is not used up: what it
// would repair to its last word, chance would too.
func (f *gf) correct(words []int, k int) error {
	s, clean := f.syndromes(words, k)
	if clean {
		return nil
	}
	most := k / 2
	if k < 8 {
		most = (k - 1) / 2
	}
	lambda, prev := make([]int, k+2), make([]int, k+2)
	lambda[0], prev[0] = 1, 1
	length, shift, last := 0, 1, 1
	for r := range k {
		d := s[r]
		for i := 1; i <= length; i++ {
			d ^= f.mul(lambda[i], s[r-i])
		}
		if d == 0 {
			shift++
			continue
		}
		q := f.mul(d, f.exp[f.order-f.log[last]])
		var was []int
		grows := 2*length <= r
		if grows {
			was = append(was, lambda...)
		}
		for i := shift; i < len(lambda); i++ {
			lambda[i] ^= f.mul(q, prev[i-shift])
		}
		if !grows {
			shift++
			continue
		}
		if length = r + 1 - length; length > most {
			return errAztec
		}
		prev, last, shift = was, d, 1
	}
	lambda = lambda[:length+1]
	omega, slope := make([]int, length), make([]int, length)
	for i := range length {
		for j := 0; j <= i; j++ {
			omega[i] ^= f.mul(lambda[j], s[i-j])
		}
		if i&1 == 0 {
			slope[i] = lambda[i+1]
		}
	}
	found := 0
	for i := range words {
		e := f.order - (len(words) - 1 - i) // inverse of the word's locator
		if e == f.order {
			e = 0
		}
		if f.eval(lambda, e) != 0 {
			continue
		}
		d := f.eval(slope, e)
		if d == 0 {
			return errAztec
		}
		found++
		words[i] ^= f.mul(f.eval(omega, e), f.exp[f.order-f.log[d]])
	}
	if found != length {
		return errAztec
	}
	if _, clean = f.syndromes(words, k); !clean {
		return errAztec
	}
	return nil
}
