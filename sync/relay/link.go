package relay

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// offlineAfter is how many calls in a row have to fail before the link counts
// as down: one lost packet does not change what the cashier sees.
const offlineAfter = 2

// Link is what the calls to the provider have met. It starts offline, until
// the first answer.
type Link struct {
	Online      bool
	Since       time.Time      // of Online
	LastOK      time.Time      // of the last answer; zero if there was none
	Err         string         // what the last call failed with; "" if it did not
	Credentials string         // why the provider does not accept this till; "" while it does
	Proxy       bool           // the network's proxy wants a name and a password
	Certificate bool           // the provider's certificate is not valid at this machine's time
	Behind      time.Time      // when the provider last had older records than it gave before; zero if it had not within a day
	Journal     loyalty.Reason // why the journal takes nothing, so that nothing is sent; "" while it does
	Filling     *Progress      // of a fill of the copy; nil while there is none
}

// Progress is how far a fill has come.
type Progress struct {
	Done int `json:"done"` // customers
	Of   int `json:"of"`
}

// line is what is known of the link beyond what is shown.
type line struct {
	failures  int       // in a row
	until     time.Time // while offline, nothing is sent before, but for Now
	notBefore time.Time // the provider's own wish, for every call
}

// Link is the state of the link now.
func (r *Relay) Link() Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.link
	if time.Since(l.Behind) > behindFor {
		l.Behind = time.Time{}
	}
	if l.Filling != nil {
		p := *l.Filling
		l.Filling = &p
	}
	return l
}

// mayCall is *loyalty.Unavailable while the provider wants to be left alone.
func (r *Relay) mayCall() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if left := time.Until(r.line.notBefore); left > 0 {
		return &loyalty.Unavailable{After: left, Err: errors.New("the provider asked to be left alone for a while")}
	}
	return nil
}

// met takes in how a call ended. Whatever the provider answered, it was
// reached; a call that was given up by its caller says nothing, nor does one
// whose outcome only a person can find out.
func (r *Relay) met(ctx context.Context, err error) {
	if err != nil && (errors.Is(ctx.Err(), context.Canceled) || loyalty.Judge(err) == loyalty.Doubt) {
		return
	}
	var no *loyalty.Refusal
	if err == nil || errors.As(err, &no) || errors.Is(err, loyalty.ErrNotFound) || errors.Is(err, loyalty.ErrStartOver) {
		r.reached()
		return
	}
	r.missed(err)
}

func (r *Relay) reached() {
	now := time.Now()
	r.mu.Lock()
	was := r.link
	r.line = line{}
	r.link.LastOK, r.link.Err, r.link.Credentials, r.link.Proxy, r.link.Certificate = now, "", "", false, false
	if !was.Online {
		r.link.Online, r.link.Since = true, now
		for key, h := range r.held {
			h.until = time.Time{} // what waited for the link waits no more
			if h.failures == 1 && h.doubts == 0 {
				delete(r.held, key) // it was the first to find no link
			}
		}
	}
	r.mu.Unlock()
	if !was.Online {
		r.o.Log.Info("the provider is reached", "provider", r.o.Provider.Name(), "offline", now.Sub(was.Since).Round(time.Second))
		tell(r.drainNow)
		tell(r.pullNow)
	}
	if !was.Online || was.Err != "" || was.Credentials != "" || was.Proxy {
		r.Notify()
	}
}

func (r *Relay) missed(err error) {
	now := time.Now()
	refused := errors.Is(err, loyalty.ErrCredentials)
	text := plain(err)
	r.mu.Lock()
	was := r.link
	r.line.failures++
	r.link.Err, r.link.Credentials, r.link.Proxy = text, "", errors.Is(err, loyalty.ErrProxy)
	r.link.Certificate = IsCertificate(err)
	if refused {
		r.link.Credentials = text
	}
	if was.Online && (refused || r.line.failures >= offlineAfter) {
		r.link.Online, r.link.Since = false, now
	}
	pause := r.pause(r.line.failures)
	var u *loyalty.Unavailable
	if errors.As(err, &u) && u.After > 0 {
		// A little later than asked, so that not every till comes at once.
		pause = u.After + time.Duration(r.o.Jitter()*float64(min(u.After, 5*time.Second)))
		r.line.notBefore = now.Add(pause)
	}
	r.line.until = now.Add(pause)
	is := r.link
	changed := is.Online != was.Online || is.Credentials != was.Credentials || is.Proxy != was.Proxy || is.Err != was.Err
	r.mu.Unlock()
	if was.Online && !is.Online {
		r.o.Log.Warn("the provider is not reached", "provider", r.o.Provider.Name(), "err", text)
	}
	if changed {
		r.Notify()
	}
}

// plain is an error without the address that was asked, which may hold a
// customer's number.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

const (
	firstPause = 500 * time.Millisecond
	lastPause  = time.Minute
	leastPause = 50 * time.Millisecond
)

// pause is how long to wait after so many failures in a row.
func (r *Relay) pause(failures int) time.Duration {
	most := lastPause
	if failures < 8 {
		most = min(most, firstPause<<max(failures-1, 0))
	}
	return max(leastPause, time.Duration(r.o.Jitter()*float64(most)))
}
