package cache

// filter says of most hashes that are not in a table that they are not: a Bloom
// filter of ten bits a hash and five probes, which is wrong of one in a hundred.
type filter struct{ bits []byte }

const (
	filterBits   = 10
	filterProbes = 5
)

func newFilter(hashes int) filter { return filter{make([]byte, (hashes*filterBits+7)/8+1)} }

// probe is the bit of a probe. The hashes are random: their halves are two of
// their own.
func (f filter) probe(hash uint64, i uint64) (at uint64, bit byte) {
	n := (hash>>32 + i*(hash|1)) % (uint64(len(f.bits)) * 8)
	return n / 8, 1 << (n % 8)
}

func (f filter) add(hash uint64) {
	if len(f.bits) == 0 {
		return
	}
	for i := range uint64(filterProbes) {
		at, bit := f.probe(hash, i)
		f.bits[at] |= bit
	}
}

// may says that a hash may be there. Without a filter everything may.
func (f filter) may(hash uint64) bool {
	if len(f.bits) == 0 {
		return true
	}
	for i := range uint64(filterProbes) {
		if at, bit := f.probe(hash, i); f.bits[at]&bit == 0 {
			return false
		}
	}
	return true
}
