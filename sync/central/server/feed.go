package server

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

const (
	maxWait     = 25 * time.Second
	defaultPage = 500
	maxPage     = 5000
)

// page is the answer of the feed.
type page struct {
	Customers []loyalty.Customer `json:"customers"`
	Gone      []loyalty.Gone     `json:"gone"`
	Programme *loyalty.Programme `json:"programme,omitempty"`
	Cursor    string             `json:"cursor"`
	More      bool               `json:"more"`
}

func (p page) empty() bool { return len(p.Customers) == 0 && len(p.Gone) == 0 && p.Programme == nil }

func (s *Server) getChanges(w http.ResponseWriter, r *http.Request, _ credential) {
	after, known := s.parseCursor(r.URL.Query().Get("cursor"))
	wait, err1 := ranged(r, "wait", 0, int(maxWait/time.Second), 0)
	limit, err2 := ranged(r, "limit", 1, maxPage, defaultPage)
	if err1 != nil || err2 != nil {
		s.fail(w, refuse(loyalty.BadRequest, "wait or limit is out of range"))
		return
	}
	over := time.NewTimer(time.Duration(wait) * time.Second)
	defer over.Stop()
	for {
		s.mu.Lock()
		changed := s.changed // taken before the look, so that no change falls between
		s.mu.Unlock()
		var p page
		err := s.read(func(t *tx) (err error) {
			if !known || after > t.sequence() {
				known = false
				return nil
			}
			p, err = t.page(after, limit)
			return err
		})
		switch {
		case err != nil:
			s.fail(w, err)
			return
		case !known:
			s.problem(w, problem{Status: http.StatusGone, Detail: "start over: the cursor is not one of this server's, take a snapshot"})
			return
		case !p.empty() || wait == 0:
			ok(w, p)
			return
		}
		select {
		case <-changed:
		case <-over.C:
			wait = 0
		case <-r.Context().Done():
			return
		case <-s.closed:
			wait = 0
		}
	}
}

// page reads the changes after a number of the sequence.
func (t *tx) page(after uint64, limit int) (page, error) {
	p := page{Customers: []loyalty.Customer{}, Gone: []loyalty.Gone{}}
	end := t.sequence()
	c := t.Bucket(changeBucket).Cursor()
	for k, id := c.Seek(number(after + 1)); k != nil; k, id = c.Next() {
		n := binary.BigEndian.Uint64(k)
		if len(p.Customers)+len(p.Gone) == limit {
			end, p.More = n-1, true
			break
		}
		a, err := t.account(loyalty.CustomerID(id))
		switch {
		case err != nil:
			return p, err
		case a == nil:
			p.Gone = append(p.Gone, loyalty.Gone{ID: loyalty.CustomerID(id), Version: n})
		default:
			p.Customers = append(p.Customers, a.public(t.now))
		}
	}
	now, err := t.programme()
	if now.Version > after && now.Version <= end {
		p.Programme = &now.Programme
	}
	p.Cursor = t.s.cursor(end)
	return p, err
}

// cursor names a place in the sequence of this database, and of no other.
func (s *Server) cursor(n uint64) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(s.epoch[:]), number(n)...))
}

func (s *Server) parseCursor(c string) (n uint64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(c)
	if err != nil || len(raw) != 16 || !bytes.Equal(raw[:8], s.epoch[:]) {
		return 0, false
	}
	return binary.BigEndian.Uint64(raw[8:]), true
}

func ranged(r *http.Request, name string, low, high, otherwise int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && (n < low || n > high) {
		err = strconv.ErrRange
	}
	return n, err
}
