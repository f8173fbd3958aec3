package frame

// widest is the longer side up to which a frame is searched as it is; a larger
// one is halved first and searched whole only if that gave nothing.
const widest = 1600

// smallest is the side below which a picture is not searched.
const smallest = 16

// stages searches the frame, then what is made of it, until something is found
// or the time is up.
func (j *job) stages(p plane) {
	first := layer{p: p, stage: "A", scale: 1}
	bufs := [2]*[]byte{&j.half, &j.half2}
	for i := 0; max(first.p.w, first.p.h) > widest && min(first.p.w, first.p.h) >= 8*smallest; i++ {
		first.p = first.p.halve(*bufs[i&1], j.over)
		*bufs[i&1] = first.p.px[:0]
		first.scale *= 2
	}
	j.search(&first)
	j.stats.Noise = j.bin.noise
	if len(j.found) > 0 {
		return
	}
	j.advise(&first.p)
	if j.o.Depth == First {
		return
	}
	whole := layer{p: p, stage: "whole", scale: 1}
	half := layer{p: p.halve(j.zoom, j.over), stage: "half", scale: 2, deep: true}
	j.zoom = half.p.px[:0]
	for _, step := range [...]func(){
		func() {
			if max(p.w, p.h) <= 400 {
				j.padded(&p)
			}
		},
		func() {
			if first.scale > 1 {
				j.search(&whole)
			}
		},
		func() { j.search(&half) },
		func() { // fine moiré and heavy noise go, large modules stay
			j.filtered(&half, " soft", plane.soften)
		},
		func() { j.filtered(&whole, " soft", plane.soften) },
		func() {
			whole.stage, whole.deep = "deep", true
			j.search(&whole)
		},
		func() { j.zoomed(&whole) },
		func() { j.filtered(&half, " sharp", j.sharpen) },
		func() { j.filtered(&whole, " sharp", j.sharpen) },
		func() { j.asTheyAre(&whole) },
	} {
		if step(); len(j.found) > 0 || j.over() {
			break
		}
	}
	if len(j.found) > 0 {
		j.stats.Hints = nil
	}
}

// filtered searches what a filter makes of a layer.
func (j *job) filtered(l *layer, name string, filter func(plane, []byte, func() bool) plane) {
	f := layer{p: filter(l.p, j.soft, j.over), stage: l.stage + name, scale: l.scale, off: l.off, deep: true}
	j.soft = f.p.px[:0]
	j.search(&f)
}

func (j *job) sharpen(p plane, buf []byte, over func() bool) (o plane) {
	o, j.sums = p.sharpen(buf, j.sums, over)
	return o
}

// zoomed searches the strongest regions of print again at twice their size:
// modules of less than two pixels come out there.
func (j *job) zoomed(l *layer) {
	j.area.find(&l.p, 0.08, j.over)
	var boxes [2][4]int
	n := 0
	for i := range j.area.print {
		if a := &j.area.print[i]; n < len(boxes) && a.cells >= 9 {
			x0, y0, x1, y1 := l.p.w, l.p.h, 0, 0
			for _, c := range a.corners(20) {
				x0, y0, x1, y1 = min(x0, int(c.X)), min(y0, int(c.Y)), max(x1, int(c.X)), max(y1, int(c.Y))
			}
			x0, y0, x1, y1 = max(0, x0), max(0, y0), min(l.p.w, x1), min(l.p.h, y1)
			if w, h := x1-x0, y1-y0; w > 24 && h > 24 && w*h < 300_000 {
				boxes[n] = [4]int{x0, y0, w, h}
				n++
			}
		}
	}
	for _, b := range boxes[:n] {
		if len(j.found) > 0 || j.over() {
			return
		}
		big := layer{p: l.p.enlarge(j.soft, b[0], b[1], b[2], b[3]), stage: "zoom", scale: l.scale / 2, deep: true,
			off: Point{float64(b[0]), float64(b[1])}.times(l.scale)}
		j.soft = big.p.px[:0]
		j.search(&big)
	}
}

// padded enlarges a small picture, as symbols made by programs are, and puts
// the quiet zone round it that they often lack.
func (j *job) padded(p *plane) {
	const rim = 24
	f := min(4, max(1, 400/max(p.w, p.h), 90/min(p.w, p.h)))
	o := plane{w: p.w*f + 2*rim, h: p.h*f + 2*rim, stride: p.w*f + 2*rim}
	o.px = grow(j.soft, o.w*o.h)
	for i := range o.px {
		o.px[i] = 255
	}
	for y := range p.h * f {
		row := o.px[(y+rim)*o.stride+rim:][:p.w*f]
		for x := range row {
			row[x] = p.px[y/f*p.stride+x/f]
		}
	}
	j.soft = o.px[:0]
	s := 1 / float64(f)
	j.search(&layer{p: o, stage: "padded", scale: s, off: Point{-rim * s, -rim * s}, deep: true})
}

// search runs the detectors over one layer.
func (j *job) search(l *layer) {
	if l.p.w < smallest || l.p.h < smallest {
		return
	}
	if j.over() {
		return
	}
	j.stats.Stages = append(j.stats.Stages, l.stage)
	var b *bitmap
	if j.want(matrix) {
		if b = j.bin.run(&l.p, j.over); j.ended {
			return
		}
	}
	if j.want(QR | Aztec) {
		j.finder.wantSq, j.finder.wantEyes, j.finder.all = j.want(QR), j.want(Aztec), l.deep
		step := 2
		if l.p.h > 600 && !l.deep {
			step = 3
		}
		j.finder.scan(b, step, j.over)
		if j.want(QR) {
			j.readQR(l)
		}
		if j.want(Aztec) {
			j.readAztec(l)
		}
	}
	if j.full() || j.over() || !j.want(linear|PDF417|DataMatrix) {
		return
	}
	rim := float32(0.08)
	if l.stage == "deep" {
		rim = 0.02
	}
	if j.area.find(&l.p, rim, j.over); j.ended {
		return
	}
	if j.want(linear) {
		j.readLinear(l)
	}
	if j.want(PDF417) {
		j.readPDF417(l)
	}
	if j.want(DataMatrix) && !j.full() && !j.over() {
		j.readDataMatrix(l, b)
	}
}
