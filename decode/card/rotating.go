package card

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Refusal is why a code that has the form of a card names nobody.
type Refusal string

// The refusals of rotating codes.
const (
	Stale Refusal = "stale" // its time is over, or not yet there: a picture of a code, or a wrong clock
	Wrong Refusal = "wrong" // not made with the chain's key
)

// The placeholders of a rotating code's pattern, as in Google Wallet's
// RotatingBarcode.valuePattern, and {id} for the identity.
const (
	holdID      = "{id}"
	holdSeconds = "{totp_timestamp_seconds}"
	holdMillis  = "{totp_timestamp_millis}"
	holdValue   = "{totp_value_0}"
)

// The usual period of a code, and how far clocks may be apart.
const (
	usualPeriod = 30 * time.Second
	usualSkew   = 30 * time.Second
	ownKey      = 20 // bytes of a customer's key: as many as SHA-1 has
	leastKey    = 16 // bytes; RFC 4226, section 4, R6: 128 bits at least
)

// rotating is the rule of codes that change: identity, time and a TOTP (RFC 6238
// with SHA-1, as in Google Wallet's TotpDetails). The key is one for the whole
// programme, or each customer's own, made from that one and the identity: keys of
// customers that follow from nothing would have to lie on every till.
type rotating struct {
	form   *regexp.Regexp
	group  map[string]int // of each placeholder
	key    []byte
	own    bool // each customer has a key of its own
	digits int
	period time.Duration
	skew   time.Duration
}

// found is what a code says.
type found struct {
	id      string
	refused Refusal
	until   time.Time // when it stops counting
}

// read takes a code apart and checks it; ok if it has the form at all. The code
// counts while its period lasts, and skew before and after that.
func (r *rotating) read(text string, now time.Time) (f found, ok bool) {
	m := r.form.FindStringSubmatch(text)
	if m == nil {
		return f, false
	}
	steps := r.around(now)
	if stamp, ok := r.stamp(m); ok {
		first, last := steps[0], steps[len(steps)-1]
		steps = []int64{stamp}
		if stamp < first || stamp > last {
			f.refused = Stale
		}
	}
	key := r.keyOf(m[r.group[holdID]])
	for _, step := range steps {
		if subtle.ConstantTimeCompare([]byte(totp(key, step, r.digits)), []byte(m[r.group[holdValue]])) == 1 && len(key) > 0 {
			if f.refused == "" {
				f.id = m[r.group[holdID]]
				f.until = time.UnixMilli((step + 1) * r.period.Milliseconds()).Add(r.skew)
			}
			return f, true
		}
	}
	// Without a stamp an old code can not be told from one that was made up.
	f.refused = Wrong
	return f, true
}

// keyOf is the key of one customer's codes: the first 20 bytes of
// HMAC-SHA-256(programme's key, identity), or the programme's.
func (r *rotating) keyOf(id string) []byte {
	if !r.own || len(r.key) == 0 {
		return r.key
	}
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(id))
	return h.Sum(nil)[:ownKey]
}

// around are the steps that count now, from the oldest.
func (r *rotating) around(now time.Time) (steps []int64) {
	period := r.period.Milliseconds()
	for step := now.Add(-r.skew).UnixMilli() / period; step <= now.Add(r.skew).UnixMilli()/period; step++ {
		steps = append(steps, step)
	}
	return steps
}

// stamp is the step of the time that the code names.
func (r *rotating) stamp(m []string) (int64, bool) {
	for hold, unit := range map[string]int64{holdSeconds: 1000, holdMillis: 1} {
		if g := r.group[hold]; g > 0 {
			n, _ := strconv.ParseInt(m[g], 10, 64) // 15 digits at most
			return n * unit / r.period.Milliseconds(), true
		}
	}
	return 0, false
}

// totp is the value of a step: HOTP (RFC 4226, section 5.3) of its number.
func totp(key []byte, step int64, digits int) string {
	h := hmac.New(sha1.New, key)
	binary.Write(h, binary.BigEndian, step)
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := uint64(binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff)
	mod := uint64(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// rotating checks a scheme of rotating codes.
func (k *checker) rotating() *rotating {
	c := k.c
	r := &rotating{
		key: c.Secret, own: c.KeyPerCustomer, digits: c.Digits, period: time.Duration(c.PeriodMS) * time.Millisecond, skew: usualSkew,
		group: map[string]int{},
	}
	if c.PeriodMS == 0 {
		r.period = usualPeriod
	}
	if c.SkewMS != nil {
		r.skew = time.Duration(*c.SkewMS) * time.Millisecond
	}
	if r.period < time.Second || r.period > time.Hour {
		k.mistake("period_ms", c.PeriodMS, "not a period of a code", "use 1000 to 3600000")
		r.period = usualPeriod
	}
	if r.skew < 0 || r.skew > 10*time.Minute {
		k.mistake("skew_ms", *c.SkewMS, "not a difference between clocks", "use 0 to 600000")
	}
	if r.digits < 6 || r.digits > 9 {
		k.mistake("digits", c.Digits, "not a length of a TOTP value", "use 6 to 9, as the issuer of the passes does")
		r.digits = 6
	}
	switch {
	case c.Key == "":
		k.mistake("key", nil, "missing", "say where the programme's key is, in hexadecimal digits: credential:NAME, env:NAME or file:PATH")
	case c.Secret != nil && len(c.Secret) < leastKey:
		k.mistake("key", nil, fmt.Sprintf("only %d bytes", len(c.Secret)), fmt.Sprintf("use a key of %d bytes or more", leastKey))
	}
	r.form = k.template(r)
	return r
}

// template makes the expression of the pattern.
func (k *checker) template(r *rotating) *regexp.Regexp {
	pattern := k.c.ValuePattern
	wrong := func(problem string) {
		k.mistake("value_pattern", pattern, problem, `write the pattern of the passes with {id} for the identity, such as "CLUB-{id}-{totp_timestamp_seconds}-{totp_value_0}"`)
	}
	for _, hold := range []string{holdID, holdValue} {
		if strings.Count(pattern, hold) != 1 {
			wrong("does not have " + hold + " once")
			return regexp.MustCompile(`$.^`)
		}
	}
	expr := regexp.QuoteMeta(pattern)
	for hold, part := range map[string]string{
		holdID: `([0-9A-Za-z]{1,64})`, holdSeconds: `([0-9]{1,12})`, holdMillis: `([0-9]{1,15})`, holdValue: fmt.Sprintf(`([0-9]{%d})`, r.digits),
	} {
		expr = strings.Replace(expr, regexp.QuoteMeta(hold), part, 1)
	}
	if strings.Contains(expr, `\{`) {
		wrong("has a placeholder that is not known")
	}
	if strings.Contains(expr, ")(") {
		wrong("has two placeholders without anything between them")
	}
	if strings.Contains(pattern, holdSeconds) && strings.Contains(pattern, holdMillis) {
		wrong("has two times")
	}
	group := 0
	for _, hold := range regexp.MustCompile(`\{\w+\}`).FindAllString(pattern, -1) {
		group++
		r.group[hold] = group
	}
	re, err := regexp.Compile("^(?:" + expr + ")$")
	if err != nil {
		wrong(err.Error())
		return regexp.MustCompile(`$.^`)
	}
	return re
}
