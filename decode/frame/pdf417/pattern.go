// Package pdf417 turns the codewords of a PDF417 symbol into text: the table of
// patterns, error correction over GF(929) and the three compaction modes, as
// ISO/IEC 15438:2015 has them.
//
// It knows nothing of pictures. Package frame finds a symbol and hands over its
// codewords; codewords that it could not read are marked as erasures. The
// encoder's half (Pattern, ECC) serves the generator of test pictures.
package pdf417

// Codewords is the number of codewords of a cluster.
const Codewords = 929

// Modules is the width of a codeword.
const Modules = 17

// Start and Stop are the patterns at the left and right end of every row, the
// leftmost module in the highest bit (ISO/IEC 15438:2015, 5.3.2).
const (
	Start     uint32 = 0b11111111010101000 // 8 1 1 1 1 1 1 3
	Stop      uint32 = 0b111111101000101001
	StartBits        = 17
	StopBits         = 18
)

var patterns, reverse = build()

func build() ([3][Codewords]uint32, [1 << 15]uint16) {
	var p [3][Codewords]uint32
	var r [1 << 15]uint16
	digit := func(c byte) uint32 {
		if c <= '9' {
			return uint32(c - '0')
		}
		return uint32(c-'A') + 10
	}
	for i := 0; i < 3*Codewords; i++ {
		v := digit(table[3*i])<<10 | digit(table[3*i+1])<<5 | digit(table[3*i+2])
		p[i/Codewords][i%Codewords] = 1<<16 | v<<1
		r[v] = uint16(i + 1)
	}
	return p, r
}

// Pattern is the 17 modules of a codeword (0 to 928) in a cluster (0, 1 or 2 for
// the standard's 0, 3 and 6), the leftmost module in bit 16.
func Pattern(cluster, codeword int) uint32 { return patterns[cluster][codeword] }

// Lookup finds the cluster (0, 1, 2) and codeword of 17 modules.
func Lookup(modules uint32) (cluster, codeword int, ok bool) {
	if modules>>16 != 1 || modules&1 != 0 {
		return 0, 0, false
	}
	n := int(reverse[modules>>1&0x7fff])
	if n == 0 {
		return 0, 0, false
	}
	return (n - 1) / Codewords, (n - 1) % Codewords, true
}
