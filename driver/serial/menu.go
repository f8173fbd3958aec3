package serial

import (
	"bytes"
	"errors"
	"time"

	"github.com/tillgate/tillgate/driver/serial/menu"
)

// menus is the protocol of Honeywell's and Newland's scanners: codes as text, and
// menu commands, whose answers come among the codes and are taken out of them.
//
// An answer is looked for where a code may begin, while one is due, and it must
// repeat the command: what only looks like an answer is a code. Where a code has
// begun before the answer, or has no end of its own, the answer is cut out of it.
type menus struct {
	*text
	dialect menu.Dialect
	queue   []request // the first was sent and waits for its answer
	due     time.Time
	held    []byte   // that may be the answer
	late    []string // whose answers were not waited for any longer
	obeys   string   // what is known of its answers
}

type request struct {
	text string
	done func(error)
}

// answerWithin is how long a menu command may take, and maxRequests how many may
// wait for their turn.
const (
	answerWithin = 2 * time.Second
	answerLate   = 10 * time.Second // after which it is not looked for any more
	maxRequests  = 8
)

func newMenu(set *settings, lines *text) *menus {
	l := &menus{text: lines, dialect: menu.Honeywell}
	if set.protocol == protoNewland {
		l.dialect = menu.Newland
	}
	return l
}

func (l *menus) newland() bool { return l.set.protocol == protoNewland }

func (l *menus) begin(at time.Time) {
	l.text.begin(at)
	l.held, l.late, l.obeys = nil, nil, ""
	// A question that changes nothing, to find out whether commands are understood.
	hello := menu.HoneywellHeaders
	if l.newland() {
		hello = menu.NewlandScanMode
	}
	l.ask(hello, at, func(err error) {
		if errors.Is(err, errNoAnswer) {
			l.obeys = DoesNotAnswer + ", "
		}
	})
	if l.set.phones {
		l.order(phonesOn, at, func(err error) {
			if err != nil && !errors.Is(err, errClosed) {
				l.tray.Lost("reading from phone screens could not be switched on: " + err.Error())
			}
		})
	}
}

// ask sends a menu command, or lets it wait for its turn.
func (l *menus) ask(text string, at time.Time, done func(error)) {
	if len(l.queue) >= maxRequests {
		done(errors.New("scanner has not answered the commands before"))
		return
	}
	l.queue = append(l.queue, request{text, done})
	if len(l.queue) == 1 {
		l.transmit(at)
	}
}

func (l *menus) transmit(at time.Time) {
	if len(l.queue) > 0 {
		l.tray.send(l.dialect.Command(l.queue[0].text, false))
		l.due = at.Add(answerWithin)
	}
}

// answered ends the command that waits.
func (l *menus) answered(err error, at time.Time) {
	first := l.queue[0]
	l.queue = l.queue[1:]
	l.transmit(at)
	first.done(err)
}

func (l *menus) feed(b []byte, at time.Time) {
	if len(l.held) == 0 && len(l.expected()) == 0 {
		l.keep(l.framer.push(b, at))
		return
	}
	for _, c := range b {
		if len(l.held) == 0 && !l.fresh() {
			l.push(c, at)
			continue
		}
		l.held = append(l.held, c)
		l.look(at)
	}
}

// fresh says whether the next byte begins a code.
func (l *menus) fresh() bool { return len(l.framer.buf) == 0 && !l.framer.head.active() }

// look compares what is held with the answers that are due.
func (l *menus) look(at time.Time) {
	verdict := menu.No
	for i, text := range l.expected() {
		_, answer, v := l.dialect.Match(text, l.held)
		if v == menu.Yes {
			l.held = nil
			l.said(i, text, answer, at)
			return
		}
		verdict = max(verdict, v)
	}
	if verdict == menu.No {
		l.release(at)
	}
}

// expected are the commands whose answers may come: the one that waits, and
// those that were waited for too short.
func (l *menus) expected() []string {
	if len(l.queue) == 0 {
		return l.late
	}
	return append([]string{l.queue[0].text}, l.late...)
}

// said takes an answer to number i of those expected.
func (l *menus) said(i int, text string, a menu.Answer, at time.Time) {
	l.obeys = ""
	if len(l.queue) == 0 || i > 0 {
		l.late = without(l.late, text)
		return
	}
	l.answered(menu.Failed([]menu.Answer{a}), at)
}

// release frames what turned out to be no answer. The answer may begin later in it.
func (l *menus) release(at time.Time) {
	held := l.held
	l.held = nil
	l.push(held[0], at)
	l.feed(held[1:], at)
}

// push frames a byte.
func (l *menus) push(c byte, at time.Time) { l.keep(l.cut(l.framer.push([]byte{c}, at), at)) }

// cut takes answers out of codes that they have run into.
func (l *menus) cut(frames []frame, at time.Time) []frame {
	kept := frames[:0]
	for _, f := range frames {
		for i, text := range l.expected() {
			begin, n, answer := l.within(f.data, text)
			if n == 0 {
				continue
			}
			f.data = append(f.data[:begin:begin], f.data[begin+n:]...)
			l.said(i, text, answer, at)
			break
		}
		if len(f.data) > 0 || f.lost != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// within finds the answer to a command inside a code.
func (l *menus) within(data []byte, text string) (begin, n int, a menu.Answer) {
	if !bytes.ContainsAny(data, "\x05\x06\x15") {
		return 0, 0, a
	}
	whole := data
	if l.newland() {
		whole = append(data[:len(data):len(data)], etx) // with which the answer ended, and so the code
	}
	for begin = range data {
		if n, a, v := l.dialect.Match(text, whole[begin:]); v == menu.Yes {
			return begin, min(n, len(data)-begin), a
		}
	}
	return 0, 0, a
}

func (l *menus) silent(at time.Time) {
	held := l.held // what came is all that comes: it is no answer
	l.held = nil
	for _, c := range held {
		l.push(c, at)
	}
	l.keep(l.cut(l.framer.silent(), at))
	switch {
	case at.Before(l.due):
	case len(l.queue) > 0:
		l.late = append(l.late, l.queue[0].text)
		l.due = at.Add(answerLate)
		l.answered(errNoAnswer, at)
	default:
		l.late = nil
	}
}

func (l *menus) patience() time.Duration {
	switch {
	case len(l.held) > 0:
		return max(l.set.silence, heldFor)
	case l.framer.waiting():
		return l.framer.patience(l.set.silence)
	}
	return pulse
}

// heldFor is how long the rest of an answer may take.
const heldFor = 100 * time.Millisecond

func (l *menus) order(o order, at time.Time, done func(error)) {
	switch {
	case o == triggerOn && !l.newland():
		l.tray.send(menu.TriggerOn)
	case o == triggerOff && !l.newland():
		l.tray.send(menu.TriggerOff)
	case o == knownBeep && !l.newland():
		l.tray.send(menu.Beep)
	case o == unknownBeep && !l.newland():
		l.tray.send(bytes.Repeat(menu.Beep, 3)) // there is one sound only
	case orders[l.set.protocol][o] != "":
		l.ask(orders[l.set.protocol][o], at, done)
		return
	default:
		done(cannot(l.set.protocol))
		return
	}
	done(nil) // these have no answer
}

// orders are those that are menu commands.
var orders = map[string]map[order]string{
	protoHoneywell: {phonesOn: menu.HoneywellPhones, phonesOff: menu.HoneywellPaper},
	protoNewland: {phonesOn: menu.NewlandPhones, phonesOff: menu.NewlandPaper, triggerOn: menu.NewlandTriggerOn,
		triggerOff: menu.NewlandTriggerOff, knownBeep: menu.NewlandHighBeep, unknownBeep: menu.NewlandLowBeep},
}

func (l *menus) end(why error) {
	if len(l.held) > 0 && len(l.queue) == 0 {
		l.tray.Lost("unplugged in the middle of a code")
	}
	l.text.end(why)
	queue := l.queue
	l.queue, l.held = nil, nil
	for _, r := range queue {
		r.done(why)
	}
}

func (l *menus) mode() string {
	name := "Honeywell, "
	if l.newland() {
		name = "Newland, "
	}
	return name + l.obeys + l.text.mode()
}

func without(all []string, one string) []string {
	for i, s := range all {
		if s == one {
			return append(all[:i:i], all[i+1:]...)
		}
	}
	return all
}
