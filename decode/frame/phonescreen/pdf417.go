package phonescreen

import (
	"math/big"
	"strings"

	"github.com/tillgate/tillgate/decode/frame/pdf417"
)

// pdf417Matrix draws text as PDF417 with the given data columns and correction
// level (0 to 8), a module high per row: the caller stretches the rows. Digits
// are compacted as a number, capitals as text, all else as bytes (ISO/IEC
// 15438:2015, 5.4); rows and indicators follow 5.11.
func pdf417Matrix(text string, columns, level int) Matrix {
	data := append([]int{0}, pdf417Words(text)...)
	k := 2 << level
	rows := max(3, (len(data)+k+columns-1)/columns)
	for len(data) < rows*columns-k {
		data = append(data, 900)
	}
	data[0] = len(data)
	words := append(data, pdf417.ECC(data, k)...)
	m := newMatrix(pdf417.StartBits+(columns+2)*pdf417.Modules+pdf417.StopBits, rows)
	for r := range rows {
		x := 0
		put := func(bits uint32, n int) {
			for i := n - 1; i >= 0; i-- {
				m.set(x, r, bits>>i&1 == 1)
				x++
			}
		}
		base := r / 3 * 30
		a, b, c := base+(rows-1)/3, base+level*3+(rows-1)%3, base+columns-1
		left, right := [3]int{a, b, c}[r%3], [3]int{c, a, b}[r%3]
		put(pdf417.Start, pdf417.StartBits)
		put(pdf417.Pattern(r%3, left), pdf417.Modules)
		for _, w := range words[r*columns : (r+1)*columns] {
			put(pdf417.Pattern(r%3, w), pdf417.Modules)
		}
		put(pdf417.Pattern(r%3, right), pdf417.Modules)
		put(pdf417.Stop, pdf417.StopBits)
	}
	return m
}

func pdf417Words(text string) []int {
	switch {
	case strings.Trim(text, "0123456789") == "":
		return pdf417Digits(text)
	case strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == "":
		return pdf417Capitals(text)
	}
	return pdf417Bytes([]byte(text))
}

func pdf417Digits(s string) []int {
	words := []int{902}
	for len(s) > 0 {
		n := min(44, len(s))
		v, _ := new(big.Int).SetString("1"+s[:n], 10)
		var group []int
		base, rest := big.NewInt(900), new(big.Int)
		for v.Sign() > 0 {
			v.DivMod(v, base, rest)
			group = append([]int{int(rest.Int64())}, group...)
		}
		words, s = append(words, group...), s[n:]
	}
	return words
}

func pdf417Capitals(s string) []int {
	var v []int
	for _, c := range s {
		if c == ' ' {
			v = append(v, 26)
		} else {
			v = append(v, int(c-'A'))
		}
	}
	if len(v)%2 == 1 {
		v = append(v, 29)
	}
	var words []int
	for i := 0; i < len(v); i += 2 {
		words = append(words, v[i]*30+v[i+1])
	}
	return words
}

func pdf417Bytes(b []byte) []int {
	words := []int{901}
	if len(b)%6 == 0 {
		words[0] = 924
	}
	for len(b) >= 6 {
		var v uint64
		for _, c := range b[:6] {
			v = v<<8 | uint64(c)
		}
		var g [5]int
		for i := 4; i >= 0; i-- {
			g[i], v = int(v%900), v/900
		}
		words, b = append(words, g[:]...), b[6:]
	}
	for _, c := range b {
		words = append(words, int(c))
	}
	return words
}
