package frame

// Advice is a code for what a cashier can do about a frame in which nothing was
// read.
type Advice string

// The codes, most certain first when several apply.
const (
	Dark   Advice = "too-dark"
	Glare  Advice = "glare"
	Cut    Advice = "cut-off"
	Far    Advice = "too-far"
	Moving Advice = "moving"
)

// Text is the advice as a sentence; lang is "ru" or, for anything else, English.
func (a Advice) Text(lang string) string {
	t := map[Advice][2]string{
		Dark:   {"Raise the brightness of the screen", "Прибавьте яркость экрана"},
		Glare:  {"Tilt the phone: the light is reflected", "Наклоните телефон: экран бликует"},
		Cut:    {"Show the whole code", "Покажите код целиком"},
		Far:    {"Bring the phone closer", "Поднесите телефон ближе"},
		Moving: {"Hold the phone still", "Держите телефон неподвижно"},
	}[a]
	if lang == "ru" {
		return t[1]
	}
	return t[0]
}

// advise looks for reasons why nothing was read, from what the first stage saw.
// The thresholds are of experience with drawn pictures and err on the side of
// silence: an empty counter gives no advice.
func (j *job) advise(p *plane) {
	var sum, n, dim, burnt int
	for y := 4; y < p.h; y += 8 {
		row := p.px[y*p.stride:][:p.w]
		for x := 4; x < p.w; x += 8 {
			v := int(row[x])
			sum, n = sum+v, n+1
			if v < 70 {
				dim++
			}
			if v >= 250 {
				burnt++
			}
		}
	}
	if n == 0 {
		return
	}
	s := &j.stats
	s.Mean, s.Bright = sum/n, float64(burnt)/float64(n)
	s.Regions = len(j.area.print)
	if dim*100 > 98*n {
		s.Hints = append(s.Hints, Dark)
	}
	// the place where a code seems to be: finder patterns, else the largest print
	var at *area
	for i := range j.area.print {
		a := &j.area.print[i]
		if a.length > 24 && a.width > 24 || a.coher > 0.5 && a.length > 40 {
			at = a
			break
		}
	}
	marks := append(j.finder.squares[:len(j.finder.squares):len(j.finder.squares)], j.finder.eyes...)
	if at == nil && len(marks) == 0 {
		return
	}
	if s.Bright > 0.004 && s.Bright < 0.25 && s.Mean < 190 {
		s.Hints = append(s.Hints, Glare)
	}
	small := 0
	for _, m := range marks {
		if m.hits > 1 && m.module < 2 {
			small++
		}
	}
	if small > 0 || len(marks) == 0 && at != nil && at.length < 0.12*float64(p.w) && at.width < 0.15*float64(p.h) {
		s.Hints = append(s.Hints, Far)
	}
	if at == nil {
		return
	}
	for _, c := range at.corners(-2) {
		if len(marks) > 0 && len(marks) < 3 && (c.X < 12 || c.Y < 12 || c.X > float64(p.w-12) || c.Y > float64(p.h-12)) {
			s.Hints = append(s.Hints, Cut)
			break
		}
	}
	if len(marks) == 0 && j.smeared(p, at) {
		s.Hints = append(s.Hints, Moving)
	}
}

// smeared says whether the edges of a region are spread over many pixels: the
// change over four pixels is then far more than twice that over two.
func (j *job) smeared(p *plane, a *area) bool {
	var two, eight float64
	for i := -6; i <= 6; i++ {
		c := a.c.plus(Point{-a.d.Y, a.d.X}.times(float64(i) / 15 * a.width))
		for t := -a.length / 2; t < a.length/2; t += 2 {
			q := c.plus(a.d.times(t))
			d := float64(p.at(q.X+a.d.X, q.Y+a.d.Y) - p.at(q.X-a.d.X, q.Y-a.d.Y))
			e := float64(p.at(q.X+4*a.d.X, q.Y+4*a.d.Y) - p.at(q.X-4*a.d.X, q.Y-4*a.d.Y))
			two, eight = two+d*d, eight+e*e
		}
	}
	return two > 0 && eight > 9*two
}
