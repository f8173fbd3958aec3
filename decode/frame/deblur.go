package frame

import "math"

// deblur takes v, a line across bars, to w with the smear of a hand that moved
// taken back. It is false if how far that went can not be told.
//
// A moving camera averages over a stretch of the line. How long the stretch is
// shows in the steepest slope: over an edge between wide bars the greys climb
// from one end of their range to the other in just that length. What greys, once
// averaged, give the line that was seen is then found by descending towards it
// (projected Landweber iteration, with Nesterov's momentum), and no grey may
// leave the range round about. That bound is what brings narrow bars back which
// simple sharpening leaves behind: there is nothing darker than black.
func (n *liner) deblur() bool {
	count := len(n.v)
	e := n.ef.envelope(n.v)
	steep := float32(0)
	for i := 2; i < count; i++ {
		if lo, hi := e.at(i); hi-lo > 24 {
			d := n.v[i] - n.v[i-2]
			steep = max(steep, d/(hi-lo), -d/(hi-lo))
		}
	}
	if steep == 0 {
		return false
	}
	length := 2 / steep
	if length < 1.5 || length > 60 {
		return false
	}
	n.w, n.x, n.y, n.z = grow(n.w, count), grow(n.x, count), grow(n.y, count), grow(n.z, count)
	copy(n.w, n.v)
	copy(n.y, n.v)
	t := float32(1)
	for range rounds {
		average(n.z, n.y, length)
		for i := range n.z {
			n.z[i] = n.v[i] - n.z[i]
		}
		average(n.x, n.z, length)
		u := (1 + sqrt32(1+4*t*t)) / 2
		k := (t - 1) / u
		t = u
		for i := range n.x {
			lo, hi := e.at(i)
			x := max(lo, min(hi, n.y[i]+n.x[i]))
			n.y[i] = x + k*(x-n.w[i])
			n.w[i] = x
		}
	}
	return true
}

const (
	smeared = -1 // in place of a share to sharpen by: deblur
	rounds  = 40
)

// average takes the mean of src over a length of samples round each into dst;
// the ends go on for ever.
func average(dst, src []float32, length float32) {
	h := (length - 1) / 2
	whole := int(h)
	part := h - float32(whole)
	count := len(src)
	at := func(i int) float32 { return src[max(0, min(count-1, i))] }
	var sum float32
	for i := -whole; i <= whole; i++ {
		sum += at(i)
	}
	f := 1 / length
	for i := range dst {
		a, b := at(i-whole-1), at(i+whole+1)
		dst[i] = (sum + part*(a+b)) * f
		sum += b - at(i-whole)
	}
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
