package frame

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// As many errors as may be are repaired, one more is refused.
func TestAztecFieldsCorrect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ field, n, k, most int }{{0, 17, 5, 2}, {0, 40, 12, 6}, {1, 200, 60, 30}, {2, 700, 200, 100}, {3, 1660, 420, 210}} {
		f := aztecFields[c.field]
		words := make([]int, c.n)
		for i := range c.n - c.k {
			words[i] = r.IntN(f.order + 1)
		}
		encodeGF(f, words, c.k)
		want := slices.Clone(words)
		for _, errors := range []int{0, 1, c.most, c.most + 1} {
			got := slices.Clone(want)
			for _, i := range r.Perm(c.n)[:errors] {
				got[i] ^= 1 + r.IntN(f.order)
			}
			err := f.correct(got, c.k)
			if errors <= c.most && (err != nil || !slices.Equal(got, want)) {
				t.Errorf("%d words, %d of correction, %d errors: %v", c.n, c.k, errors, err)
			}
			if errors > c.most && err == nil && slices.Equal(got, want) {
				t.Errorf("%d words, %d of correction: %d errors were repaired", c.n, c.k, errors)
			}
		}
	}
}

// encodeGF writes the correction into the last k words.
func encodeGF(f *gf, words []int, k int) {
	g := []int{1} // highest power first
	for i := 1; i <= k; i++ {
		next := append(slices.Clone(g), 0)
		for m, v := range g {
			next[m+1] ^= f.mul(v, f.exp[i])
		}
		g = next
	}
	rest := append(slices.Clone(words[:len(words)-k]), make([]int, k)...)
	for i := range len(words) - k {
		q := rest[i]
		for m, v := range g {
			rest[i+m] ^= f.mul(q, v)
		}
	}
	copy(words[len(words)-k:], rest[len(rest)-k:])
}
