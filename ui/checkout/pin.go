package checkout

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Supervisor is a person with a PIN who lets the till give more on its own word
// than the cashier may. The PIN is asked for above a sum; the limits of the
// Policy hold all the same.
type Supervisor struct {
	PIN   PIN
	Above loyalty.Money // a discount of more than this needs the PIN
}

// PIN is the hash of a supervisor's PIN. The zero value fits none.
//
// A PIN of a few digits is found from its hash in minutes, whatever the hash:
// the file that holds it has to be secret too. What the hash is good for is that
// nobody learns the PIN who sees the file once, in a backup or on a screen.
type PIN struct {
	salt, sum []byte
	rounds    int
}

const (
	pinScheme = "pbkdf2-sha256"
	pinRounds = 100_000 // some tens of milliseconds at a till
	pinLeast  = 4       // digits
	pinMost   = 12
)

// HashPIN is a PIN as the configuration names it: scheme$rounds$salt$hash.
func HashPIN(pin string) (string, error) {
	if len(pin) < pinLeast || len(pin) > pinMost || strings.Trim(pin, "0123456789") != "" {
		return "", fmt.Errorf("a PIN has %d to %d digits", pinLeast, pinMost)
	}
	p := PIN{salt: make([]byte, 16), rounds: pinRounds}
	rand.Read(p.salt)
	var err error
	if p.sum, err = p.hash(pin); err != nil {
		return "", err
	}
	b := base64.RawStdEncoding.EncodeToString
	return strings.Join([]string{pinScheme, strconv.Itoa(p.rounds), b(p.salt), b(p.sum)}, "$"), nil
}

// ParsePIN reads what HashPIN has written.
func ParsePIN(hash string) (PIN, error) {
	wrong := errors.New("not the hash of a PIN: make one with tillgate pin")
	parts := strings.Split(hash, "$")
	if len(parts) != 4 || parts[0] != pinScheme {
		return PIN{}, wrong
	}
	var p PIN
	var err [3]error
	p.rounds, err[0] = strconv.Atoi(parts[1])
	p.salt, err[1] = base64.RawStdEncoding.DecodeString(parts[2])
	p.sum, err[2] = base64.RawStdEncoding.DecodeString(parts[3])
	if errors.Join(err[:]...) != nil || p.rounds < 1 || p.rounds > 10*pinRounds || len(p.salt) < 8 || len(p.sum) != sha256.Size {
		return PIN{}, wrong
	}
	return p, nil
}

func (p PIN) hash(pin string) ([]byte, error) {
	return pbkdf2.Key(sha256.New, pin, p.salt, p.rounds, sha256.Size)
}

func (p PIN) is(pin string) bool {
	sum, err := p.hash(pin)
	return err == nil && len(p.sum) == len(sum) && subtle.ConstantTimeCompare(sum, p.sum) == 1
}

// want is what the cashier chose that needs the PIN.
type want struct {
	who    *Subject
	total  loyalty.Money
	points loyalty.Points
}

// askPIN: the till decides alone, about more than the cashier may. It is asked
// only while the same points of the same customer may be spent on the same
// receipt, and the provider is not back to decide itself.
func askPIN(s Situation) (Prompt, bool) {
	w := s.Wanted
	if w == nil || s.Deal != nil || s.Online || s.Who != w.who || s.Who.Customer == nil || !s.Receipt.Known || s.Receipt.Total != w.total {
		return Prompt{}, false
	}
	q := s.quote(w.points)
	if q.Spend != w.points {
		return Prompt{}, false
	}
	return Prompt{
		Kind: AskPIN, Scan: s.Who.Scan, Again: s.Who.Again, Customer: s.Who.shown(), Card: s.Who.masked(), Quote: &q,
		Text:    text(SaidPIN, "points", q.Spend, "worth", q.Worth),
		Choices: []Choice{{ID: GivePIN, Input: InputPIN, Primary: true}, {ID: Back}},
	}, true
}

// needsPIN says whether the till may not give so much without the supervisor.
func (d *Desk) needsPIN(worth loyalty.Money) bool {
	return !d.sit.Online && d.o.Supervisor != nil && worth > d.o.Supervisor.Above
}

// attempts counts wrong PINs. They are counted for the till, not for a sale.
type attempts struct {
	wrong int
	until time.Time // none is looked at before
}

const (
	pinAttempts = 3
	pinPause    = 5 * time.Minute
)

// givePIN answers AskPIN.
func (d *Desk) givePIN(typed string) *Text {
	w, a := d.sit.Wanted, &d.attempts
	if left := a.until.Sub(d.sit.Now); left > 0 {
		return text(PINLocked, "minutes", int64((left+time.Minute-1)/time.Minute))
	}
	if !d.o.Supervisor.PIN.is(strings.TrimSpace(typed)) {
		a.wrong++
		d.o.Log.Warn("a wrong supervisor's PIN was typed", "attempt", a.wrong)
		if a.wrong >= pinAttempts {
			*a = attempts{until: d.sit.Now.Add(pinPause)}
			return text(PINLocked, "minutes", int64(pinPause/time.Minute))
		}
		return text(PINWrong, "left", pinAttempts-a.wrong)
	}
	*a = attempts{}
	if err := d.promise(w.points); err != nil {
		return err
	}
	d.sit.Wanted = nil
	d.o.Log.Info("a supervisor allowed points to be spent while the provider can not be asked", "sale", d.sit.Deal.Sale.Key)
	return nil
}
