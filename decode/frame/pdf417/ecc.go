package pdf417

import "errors"

// ErrTooDamaged says that more codewords are wrong or unknown than the error
// correction may repair.
var ErrTooDamaged = errors.New("pdf417: too many damaged codewords")

const field = Codewords // the prime of the field; 3 is its generator

var power, logarithm = powers()

func powers() (p [field]int, l [field]int) {
	v := 1
	for i := range field - 1 {
		p[i], l[v] = v, i
		v = v * 3 % field
	}
	p[field-1] = 1
	return p, l
}

func inverse(a int) int { return power[(field-1-logarithm[a])%(field-1)] }

// ECC returns the k error correction codewords of data, in the order in which
// they follow it in a symbol.
func ECC(data []int, k int) []int {
	g := make([]int, k+1) // product of (x - 3^i), i = 1..k, lowest power first
	g[0] = 1
	for i := 1; i <= k; i++ {
		root := power[i%(field-1)]
		for j := i; j > 0; j-- {
			g[j] = (g[j-1] + (field-root)*g[j]) % field
		}
		g[0] = g[0] * (field - root) % field
	}
	r := make([]int, k)
	for _, d := range data {
		t := (d + r[k-1]) % field
		for j := k - 1; j > 0; j-- {
			r[j] = (r[j-1] + (field-t)*g[j]) % field
		}
		r[0] = (field - t) * g[0] % field
	}
	e := make([]int, k)
	for j := range e {
		e[j] = (field - r[k-1-j]) % field
	}
	return e
}

// Correct repairs words in place. The last k of them are error correction;
// erasures are the indexes of words known to be unknown. Two codewords of the
// correction are kept for detection, as ISO/IEC 15438:2015, 5.7.2 advises. It
// returns how many words it changed.
func Correct(words []int, k int, erasures []int) (int, error) {
	n := len(words)
	if k < 2 || k >= n || n >= field || len(erasures) > k-2 {
		return 0, ErrTooDamaged
	}
	for _, w := range words {
		if w < 0 || w >= field {
			return 0, ErrTooDamaged
		}
	}
	s, clean := syndromes(words, k)
	if clean {
		return 0, nil
	}
	lambda := make([]int, k+2)
	b := make([]int, k+2)
	t := make([]int, k+2)
	lambda[0] = 1
	for m, e := range erasures {
		if e < 0 || e >= n {
			return 0, ErrTooDamaged
		}
		x := power[n-1-e]
		for j := m + 1; j > 0; j-- {
			lambda[j] = (lambda[j] + (field-x)*lambda[j-1]) % field
		}
	}
	copy(b, lambda)
	length := len(erasures)
	for r := len(erasures); r < k; r++ {
		delta := 0
		for i := 0; i <= r; i++ {
			delta += lambda[i] * s[r-i] % field
		}
		delta %= field
		copy(b[1:], b[:k+1])
		b[0] = 0
		if delta == 0 {
			continue
		}
		for i := range t {
			t[i] = (lambda[i] + (field-delta)*b[i]) % field
		}
		if 2*length <= r+len(erasures) {
			length = r + 1 + len(erasures) - length
			inv := inverse(delta)
			for i := range b {
				b[i] = lambda[i] * inv % field
			}
		}
		copy(lambda, t)
	}
	errorsFound := length - len(erasures)
	if errorsFound < 0 || 2*errorsFound+len(erasures) > k-2 {
		return 0, ErrTooDamaged
	}
	return repair(words, k, s, lambda, length)
}

// repair finds the roots of the locator, computes the errors there and checks
// that the syndromes vanish.
func repair(words []int, k int, s, lambda []int, length int) (int, error) {
	n := len(words)
	omega := make([]int, k)
	for i := range omega {
		for j := 0; j <= i; j++ {
			omega[i] += lambda[j] * s[i-j] % field
		}
		omega[i] %= field
	}
	eval := func(p []int, x int) int {
		v := 0
		for i := len(p) - 1; i >= 0; i-- {
			v = (v*x + p[i]) % field
		}
		return v
	}
	slope := make([]int, k+1)
	for i := 1; i < len(lambda); i++ {
		slope[i-1] = lambda[i] * i % field
	}
	found, changed := 0, 0
	for j := range n {
		x := power[(field-1-(n-1-j))%(field-1)] // inverse of the locator of word j
		if eval(lambda, x) != 0 {
			continue
		}
		d := eval(slope, x)
		if d == 0 {
			return 0, ErrTooDamaged
		}
		found++
		e := eval(omega, x) * inverse(d) % field
		if e != 0 {
			changed++
			words[j] = (words[j] + e) % field
		}
	}
	if found != length {
		return 0, ErrTooDamaged
	}
	if _, clean := syndromes(words, k); !clean {
		return 0, ErrTooDamaged
	}
	return changed, nil
}

func syndromes(words []int, k int) ([]int, bool) {
	s := make([]int, k)
	clean := true
	for i := range s {
		x, v := power[(i+1)%(field-1)], 0
		for _, w := range words {
			v = (v*x + w) % field
		}
		s[i] = v
		clean = clean && v == 0
	}
	return s, clean
}
