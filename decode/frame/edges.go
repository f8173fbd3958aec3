package frame

// edgeFinder turns a line of greys into the places where it changes between
// dark and light, to a fraction of a sample.
//
// A fixed threshold loses narrow bars in a blurred picture, because their
// extremes no longer reach it. Here an edge lies half-way between one extreme
// and the next, wherever these are, if they are further apart than the swing
// asked for.
type edgeFinder struct {
	pos  []float32 // edges, in samples
	ext  []extreme
	lo   []float32 // of each piece, then of each with its neighbours
	hi   []float32
	dark bool // the line begins dark
}

type extreme struct {
	at int
	v  float32
}

const stretch = 24 // samples in a piece with its own contrast

// find fills pos. An extreme counts when it stands out by more than the share
// of the contrast round about, and by more than floor.
func (f *edgeFinder) find(v []float32, share, floor float32) {
	f.pos, f.ext = f.pos[:0], f.ext[:0]
	if len(v) < 4 {
		return
	}
	e := f.envelope(v)
	low, high := extreme{0, v[0]}, extreme{0, v[0]}
	dir := 0
	var swing float32
	for i, x := range v {
		if i%stretch == 0 {
			lo, hi := e.at(i)
			swing = max(floor, (hi-lo)*share)
		}
		if x < low.v {
			low = extreme{i, x}
		}
		if x > high.v {
			high = extreme{i, x}
		}
		switch {
		case dir >= 0 && high.v-x > swing:
			f.ext = append(f.ext, high)
			if dir == 0 {
				f.dark = false
			}
			dir, low = -1, extreme{i, x}
		case dir <= 0 && x-low.v > swing:
			f.ext = append(f.ext, low)
			if dir == 0 {
				f.dark = true
			}
			dir, high = 1, extreme{i, x}
		}
	}
	switch dir {
	case 1:
		f.ext = append(f.ext, high)
	case -1:
		f.ext = append(f.ext, low)
	}
	for k := 1; k < len(f.ext); k++ {
		a, b := f.ext[k-1], f.ext[k]
		mid := (a.v + b.v) / 2
		for i := a.at; i < b.at; i++ {
			p, q := v[i]-mid, v[i+1]-mid
			if p == 0 || (p < 0) != (q < 0) {
				f.pos = append(f.pos, float32(i)+p/(p-q+1e-9*boolSign(p-q)))
				break
			}
		}
	}
}

func boolSign(v float32) float32 {
	if v < 0 {
		return -1
	}
	return 1
}

// envelope is the range of greys round about each sample of a line.
type envelope struct{ lo, hi []float32 }

func (e envelope) at(i int) (lo, hi float32) { return e.lo[i/stretch], e.hi[i/stretch] }

// envelope takes the pieces of a line together with two neighbours on each side.
func (f *edgeFinder) envelope(v []float32) envelope {
	n := (len(v) + stretch - 1) / stretch
	f.lo, f.hi = grow(f.lo, 2*n), grow(f.hi, 2*n)
	for i := range n {
		lo, hi := v[i*stretch], v[i*stretch]
		for _, x := range v[i*stretch : min(len(v), (i+1)*stretch)] {
			lo, hi = min(lo, x), max(hi, x)
		}
		f.lo[i], f.hi[i] = lo, hi
	}
	for k := range n {
		lo, hi := f.lo[k], f.hi[k]
		for j := max(0, k-2); j <= min(n-1, k+2); j++ {
			lo, hi = min(lo, f.lo[j]), max(hi, f.hi[j])
		}
		f.lo[n+k], f.hi[n+k] = lo, hi
	}
	return envelope{f.lo[n:], f.hi[n:]}
}
