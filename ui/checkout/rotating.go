package checkout

import (
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
)

// codeKey is one rotating code: everything of one customer and one period is
// the same code, however it is written.
type codeKey struct {
	card  card.ID
	until time.Time
}

// refuseCode tells why a code names nobody. The prompt stays as it is.
func (d *Desk) refuseCode(c decode.Code) {
	switch {
	case c.Again: // still in view
	case c.Refused == card.Stale:
		d.say(CodeStale)
	default:
		d.say(CodeNotOurs)
	}
}

// shownBefore says that a rotating code was taken on this till before: whoever
// shows it again may have a picture of it. The code that is on the screen still
// does not come here. Another till can not know of it.
func (d *Desk) shownBefore(c decode.Code) bool {
	if c.Until.IsZero() {
		return false
	}
	for k := range d.used {
		if d.sit.Now.After(k.until) {
			delete(d.used, k)
		}
	}
	k := codeKey{c.Card, c.Until.UTC()}
	_, again := d.used[k]
	d.used[k] = struct{}{}
	return again
}
