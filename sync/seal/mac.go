package seal

import "crypto/cipher"

// HashSize is the length of a keyed hash, in bytes.
const HashSize = 16

// mac is CMAC (NIST SP 800-38B) over AES.
type mac struct {
	block cipher.Block
	whole [HashSize]byte // K1: for a message that ends with a block
	short [HashSize]byte // K2: for one that does not
}

func newMAC(block cipher.Block) mac {
	m := mac{block: block}
	block.Encrypt(m.whole[:], m.whole[:])
	double(&m.whole)
	m.short = m.whole
	double(&m.short)
	return m
}

// double multiplies by x in the field of SP 800-38B, 6.1.
func double(b *[HashSize]byte) {
	carry := b[0] >> 7
	for i := range b {
		b[i] <<= 1
		if i+1 < len(b) {
			b[i] |= b[i+1] >> 7
		}
	}
	b[HashSize-1] ^= carry * 0x87
}

// sum is the CMAC of the kind and the name after it. It allocates nothing.
func (m *mac) sum(sum *[HashSize]byte, kind byte, name string) {
	*sum = [HashSize]byte{kind}
	at := 1
	for i := range len(name) {
		if at == HashSize { // and there is more
			m.block.Encrypt(sum[:], sum[:])
			at = 0
		}
		sum[at] ^= name[i]
		at++
	}
	last := &m.whole
	if at < HashSize {
		sum[at] ^= 0x80
		last = &m.short
	}
	for i := range sum {
		sum[i] ^= last[i]
	}
	m.block.Encrypt(sum[:], sum[:])
}
