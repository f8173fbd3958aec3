package pdf417

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestTableIsAsTheStandardSays(t *testing.T) {
	for c := range 3 {
		for w := range Codewords {
			p := Pattern(c, w)
			var runs []int
			for i, n := 16, 0; i >= 0; i-- {
				n++
				if i == 0 || p>>i&1 != p>>(i-1)&1 {
					runs = append(runs, n)
					n = 0
				}
			}
			if len(runs) != 8 || (runs[0]-runs[2]+runs[4]-runs[6]+9)%9 != 3*c {
				t.Fatalf("cluster %d, codeword %d: runs %v", 3*c, w, runs)
			}
			if gc, gw, ok := Lookup(p); !ok || gc != c || gw != w {
				t.Fatalf("cluster %d, codeword %d is found as %d, %d, %v", c, w, gc, gw, ok)
			}
		}
	}
	if _, _, ok := Lookup(Start); ok {
		t.Error("the start pattern is a codeword")
	}
}

// The example of ISO/IEC 15438:2015, annex Q: "PDF417" at level 1.
func TestECCOfTheStandardsExample(t *testing.T) {
	got := ECC([]int{5, 453, 178, 121, 239}, 4)
	want := []int{452, 327, 657, 619}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	m, err := Decode([]int{5, 453, 178, 121, 239})
	if err != nil || m.Text() != "PDF417" {
		t.Errorf("got %q, %v", m.Raw, err)
	}
}

func TestCorrectRepairsUpToItsReserve(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 400 {
		k := 2 << (1 + r.IntN(5))
		data := make([]int, 5+r.IntN(60))
		for i := range data {
			data[i] = r.IntN(Codewords)
		}
		clean := append(data, ECC(data, k)...)
		words := append([]int{}, clean...)
		erased := r.IntN(k - 1)
		wrong := (k - 2 - erased) / 2
		at := r.Perm(len(words))[:min(len(words), erased+wrong)]
		var erasures []int
		for i, p := range at {
			words[p] = (words[p] + 1 + r.IntN(Codewords-1)) % Codewords
			if i < erased {
				erasures = append(erasures, p)
			}
		}
		if _, err := Correct(words, k, erasures); err != nil {
			t.Fatalf("%d words, k %d, %d erased, %d wrong: %v", len(words), k, erased, wrong, err)
		}
		for i := range words {
			if words[i] != clean[i] {
				t.Fatal("corrected to something else")
			}
		}
	}
	if _, err := Correct([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 8, nil); !errors.Is(err, ErrTooDamaged) {
		t.Errorf("rubbish: %v", err)
	}
}

func TestDecodeModes(t *testing.T) {
	for _, c := range []struct {
		name  string
		words []int
		want  string
	}{
		{"bytes, a group and one", []int{0, 901, 163, 238, 432, 766, 244, 33}, "alcool!"},
		{"shift to a byte", []int{0, 453, 913, 200, 446}, "PD\xc8O "},
		{"number", []int{0, 902, 1, 624, 434, 632, 282, 200}, "000213298174000"},
		{"cyrillic by its interpretation", []int{0, 927, 22, 901, 207, 240, 232}, "\xcf\xf0\xe8"},
	} {
		c.words[0] = len(c.words)
		m, err := Decode(c.words)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(m.Raw) != c.want {
			t.Errorf("%s: got %q, want %q", c.name, m.Raw, c.want)
		}
	}
	if m, _ := Decode([]int{7, 927, 22, 901, 207, 240, 232}); m.Text() != "При" {
		t.Errorf("got %q", m.Text())
	}
	for _, w := range [][]int{nil, {0}, {9, 1}, {2, 1000}, {3, 902, 0}, {3, 901, 900}, {2, 905}} {
		if m, err := Decode(w); err == nil && len(m.Raw) > 0 {
			t.Errorf("%v gives %q", w, m.Raw)
		}
	}
}

func FuzzPDF417(f *testing.F) {
	f.Add([]byte{0, 5, 1, 197, 0, 178, 0, 121, 0, 239, 1, 196, 1, 71, 2, 145, 2, 107}, byte(4), byte(1))
	f.Add([]byte{0, 6, 3, 134, 0, 1, 2, 112, 1, 178, 2, 120, 1, 26, 0, 200}, byte(2), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, k, erased byte) {
		var words []int
		for i := 0; i+1 < len(b) && len(words) < 928; i += 2 {
			words = append(words, int(b[i])<<8|int(b[i+1]))
		}
		var erasures []int
		for i := range int(erased) {
			erasures = append(erasures, i)
		}
		if _, err := Correct(words, int(k), erasures); err == nil {
			if _, clean := syndromes(words, int(k)); !clean {
				t.Fatal("corrected, but not to a codeword")
			}
		}
		if m, err := Decode(words); err == nil {
			_ = m.Text()
		}
	})
}
