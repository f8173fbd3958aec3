package ssi

import (
	"errors"
	"time"
)

// commands are those that wait: one for its answer, the others for their turn.
type commands struct {
	sent  Packet // the one that waits for its answer
	wait  bool
	tries int
	due   time.Time
	done  func(error)
	queue []queued

	shooting bool // the imager was told to take a picture
	until    time.Time
}

type queued struct {
	packet Packet
	done   func(error)
}

// Errors of commands.
var (
	ErrNoAnswer = errors.New("scanner does not answer: is it set to SSI?")
	errFull     = errors.New("scanner has not answered the commands before")
)

// Send queues a command. done, which may be nil, is called once: with nil when the
// scanner has obeyed, else with the reason.
func (s *Session) Send(p Packet, now time.Time, done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	if len(s.queue) >= maxQueue {
		done(errFull)
		return
	}
	s.queue = append(s.queue, queued{p, done})
	s.next(now)
}

// pictureWithin is how long an imager may take for a picture.
const pictureWithin = 10 * time.Second

// Shoot has an imager take a picture, and read codes again after it. done is
// called when the imager has said that it will.
func (s *Session) Shoot(now time.Time, done func(error)) {
	s.Send(Mode(true), now, func(err error) {
		if err != nil {
			done(err)
			return
		}
		s.shooting, s.until = true, now.Add(pictureWithin)
		s.Send(Trigger(true), now, done)
	})
}

// shot has the imager read codes again.
func (s *Session) shot(now time.Time) {
	if s.shooting {
		s.shooting = false
		s.Send(Mode(false), now, nil)
	}
}

// next sends the next command if none waits for its answer.
func (s *Session) next(now time.Time) {
	if s.wait || len(s.queue) == 0 {
		return
	}
	s.sent, s.done, s.queue = s.queue[0].packet, s.queue[0].done, s.queue[1:]
	s.wait, s.tries, s.due = true, 0, now.Add(Timeout)
	s.out = s.sent.Append(s.out)
}

func (s *Session) answered(err error, now time.Time) {
	if !s.wait {
		return
	}
	done := s.done
	s.wait, s.done = false, nil
	s.next(now)
	done(err)
}

func (s *Session) resend(now time.Time, why error) {
	if s.tries++; s.tries > resends {
		s.answered(why, now)
		return
	}
	again := s.sent
	again.Status |= Again
	s.due = now.Add(Timeout)
	s.out = again.Append(s.out)
}

// tick notices answers and pictures that did not come in time.
func (s *Session) tick(now time.Time) {
	if s.wait && now.After(s.due) {
		s.resend(now, ErrNoAnswer)
	}
	if s.shooting && now.After(s.until) && !s.view.open {
		s.shot(now)
	}
}

// end tells those who wait that there will be no answer.
func (c *commands) end(why error) {
	if c.wait {
		c.done(why)
	}
	for _, q := range c.queue {
		q.done(why)
	}
}
