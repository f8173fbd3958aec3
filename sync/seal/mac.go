package seal

import (
	"crypto/cipher"
	"crypto/subtle"
	"sync"
)

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

// sum is the CMAC of the kind and the name after it. Nearly every name is within
// one block.
func (m *mac) sum(kind byte, name string) (sum [HashSize]byte) {
	b := blocks.Get().(*[HashSize]byte)
	*b = [HashSize]byte{kind}
	at := 1 + copy(b[1:], name)
	for name = name[at-1:]; name != ""; name = name[at:] {
		m.block.Encrypt(b[:], b[:])
		for at = 0; at < len(b) && at < len(name); at++ {
			b[at] ^= name[at]
		}
	}
	last := &m.whole
	if at < HashSize {
		b[at] ^= 0x80
		last = &m.short
	}
	subtle.XORBytes(b[:], b[:], last[:])
	m.block.Encrypt(b[:], b[:])
	sum = *b
	blocks.Put(b)
	return sum
}

// blocks are for sums under way: what is given to a cipher.Block is allocated.
var blocks = sync.Pool{New: func() any { return new([HashSize]byte) }}
