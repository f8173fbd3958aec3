package frame

import (
	"encoding/binary"
	"math/bits"
)

// bitmap is a picture in black and white, 64 pixels in a word, the leftmost in
// the lowest bit; a set bit is dark.
type bitmap struct {
	w, h, words int
	bits        []uint64
}

func (b *bitmap) dark(x, y int) bool {
	return b.bits[y*b.words+x>>6]>>(x&63)&1 == 1
}

// edges appends the places in a row where dark turns to light or back, and says
// whether the row begins dark.
func (b *bitmap) edges(y int, to []int32) ([]int32, bool) {
	row := b.bits[y*b.words:][:b.words]
	first := row[0]&1 == 1
	last := row[0] & 1
	for i, w := range row {
		d := w ^ (w<<1 | last)
		last = w >> 63
		if i == len(row)-1 {
			if n := b.w & 63; n != 0 {
				d &= 1<<n - 1
			}
		}
		for ; d != 0; d &= d - 1 {
			to = append(to, int32(i<<6+bits.TrailingZeros64(d)))
		}
	}
	return to, first
}

// binarizer holds the block tables between frames.
type binarizer struct {
	mean, low, high []uint8
	point           []uint16
	bm              bitmap
	hist            [256]int
	noise           int // typical range of grey in a quiet block, from the last run
}

const (
	block  = 8
	msb    = 0x8080808080808080
	pairs  = 0x00ff00ff00ff00ff
	gather = 0x0102040810204080
)

// below marks in bit 7 of each byte of x whether it is less than that byte of t.
func below(x, t uint64) uint64 {
	d := (x | msb) - (t &^ msb)
	return ^(x&^t | ^(x^t)&d) & msb
}

// run turns a plane into a bitmap: every pixel against a threshold from the
// blocks of 8 x 8 pixels around it. Quiet blocks, where all greys lie within the
// noise, take the threshold of their neighbours or count as light. (The method
// is that of ZXing's hybrid binarizer; the range that counts as quiet follows
// the noise of the frame instead of being fixed.) When the time is over it stops; the
// bitmap is of no use then.
func (z *binarizer) run(p *plane, over func() bool) *bitmap {
	cols, rows := (p.w+block-1)/block, (p.h+block-1)/block
	n := cols * rows
	z.mean, z.low, z.high = grow(z.mean, n), grow(z.low, n), grow(z.high, n)
	z.point = grow(z.point, n)
	z.hist = [256]int{}
	for r := range rows {
		if r&15 == 15 && over() {
			return &z.bm
		}
		y0 := min(r*block, p.h-block)
		for c := range cols {
			x0 := min(c*block, p.w-block)
			var lo, hi, sum uint64 = ^uint64(0), 0, 0
			for y := y0; y < y0+block; y++ {
				x := binary.LittleEndian.Uint64(p.px[y*p.stride+x0:])
				sum += x&pairs + x>>8&pairs
				if y&1 == 0 {
					m := below(x, lo) >> 7 * 255
					lo = x&m | lo&^m
					m = below(hi, x) >> 7 * 255
					hi = x&m | hi&^m
				}
			}
			l, h := byte(255), byte(0)
			for range block {
				l, h = min(l, byte(lo)), max(h, byte(hi))
				lo, hi = lo>>8, hi>>8
			}
			i := r*cols + c
			z.mean[i] = byte(sum * 0x0001000100010001 >> 48 >> 6)
			z.low[i], z.high[i] = l, h
			z.hist[max(h, l)-l]++
		}
	}
	quiet := z.quiet(n)
	for r := range rows {
		for c := range cols {
			i := r*cols + c
			v := uint16(z.mean[i])
			if int(z.high[i])-int(z.low[i]) <= quiet {
				v = uint16(z.low[i]) / 2
				if r > 0 && c > 0 {
					near := (z.point[i-cols] + 2*z.point[i-1] + z.point[i-cols-1]) / 4
					if uint16(z.low[i]) < near {
						v = near
					}
				}
			}
			z.point[i] = v
		}
	}
	z.apply(p, cols, rows, over)
	return &z.bm
}

// quiet is the range of grey up to which a block counts as without print.
func (z *binarizer) quiet(n int) int {
	sum := 0
	for v, k := range z.hist {
		if sum += k; sum*5 >= n {
			z.noise = v
			break
		}
	}
	return max(8, min(24, z.noise*3/2))
}

func (z *binarizer) apply(p *plane, cols, rows int, over func() bool) {
	b := &z.bm
	b.w, b.h, b.words = p.w, p.h, (p.w+63)/64
	b.bits = grow(b.bits, b.words*p.h)
	clear(b.bits)
	for r := range rows {
		if r&15 == 15 && over() {
			return
		}
		y0 := min(r*block, p.h-block)
		rc := max(2, min(rows-3, r))
		for c := range cols {
			x0 := min(c*block, p.w-block)
			cc := max(2, min(cols-3, c))
			var sum uint32
			for y := max(0, rc-2); y <= min(rows-1, rc+2); y++ {
				q := z.point[y*cols+max(0, cc-2) : y*cols+min(cols, cc+3)]
				for _, v := range q {
					sum += uint32(v)
				}
			}
			k := uint32((min(rows-1, rc+2) - max(0, rc-2) + 1) * (min(cols, cc+3) - max(0, cc-2)))
			t := uint64(sum/k+1) & 255
			if sum/k >= 255 {
				t = 255
			}
			tt := t * 0x0101010101010101
			for y := y0; y < y0+block; y++ {
				d := below(binary.LittleEndian.Uint64(p.px[y*p.stride+x0:]), tt) >> 7
				v := d * gather >> 56
				at := y*b.words + x0>>6
				s := uint(x0 & 63)
				b.bits[at] |= v << s
				if s > 56 && at+1 < len(b.bits) && x0>>6+1 < b.words {
					b.bits[at+1] |= v >> (64 - s)
				}
			}
		}
	}
}
