package amocrm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// maxAnswer is the longest answer that is read, in bytes: 250 records with their
// custom fields are less.
const maxAnswer = 8 << 20

// request is one call. What changes something can not be repeated blindly.
type request struct {
	method string
	path   string // behind /api/v4/
	query  url.Values
	body   any
	urgent bool // a cashier waits for it
}

func (r request) changes() bool { return r.method != http.MethodGet }

// answer is a complete answer of any status.
type answer struct {
	status int
	kind   string // media type
	header http.Header
	body   []byte
}

// call makes a call and returns the body of its success, nil where there is no
// content: for a question, nothing was found. The error is sorted: what surely
// changed nothing is a *loyalty.Unavailable, loyalty.ErrCredentials or a
// *loyalty.Refusal; a plain error of a call that changes something may hide
// that it was done.
func (c *Client) call(ctx context.Context, r request) ([]byte, error) {
	a, err := c.exchange(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.read(r, a)
}

func (c *Client) exchange(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := c.share.wait(ctx, r.urgent); err != nil {
		return answer{}, &loyalty.Unavailable{Err: err}
	}
	// The first header field is traced when it goes into the buffer, before any
	// byte can be on the network.
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }})
	h, err := c.request(traced, r)
	if err != nil {
		return answer{}, &loyalty.Unavailable{Err: err}
	}
	lost := func(err error) error {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // its address has the customer in it
		}
		if r.changes() && sent.Load() {
			return fmt.Errorf("no answer: %w", err)
		}
		return &loyalty.Unavailable{Err: err}
	}
	res, err := c.http.Do(h)
	if err != nil {
		return answer{}, lost(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	a.kind, _, _ = mime.ParseMediaType(res.Header.Get("Content-Type"))
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(a.body) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if err != nil {
		return answer{}, lost(err)
	}
	return a, nil
}

func (c *Client) request(ctx context.Context, r request) (*http.Request, error) {
	u := *c.base
	u.Path = "/api/v4/" + r.path
	u.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	h, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		h.Header.Set("Content-Type", "application/json")
	}
	h.Header.Set("Accept", "application/hal+json, application/json, application/problem+json")
	h.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	h.Header.Set("User-Agent", strings.TrimSuffix("tillgate/"+c.cfg.Version, "/"))
	return h, nil
}

// read sorts an answer.
func (c *Client) read(r request, a answer) ([]byte, error) {
	own := a.kind == "application/hal+json" || a.kind == "application/json"
	switch {
	case a.status == http.StatusNoContent:
		return nil, nil
	case a.status/100 == 2 && own:
		return a.body, nil
	}
	text := a.words(r)
	switch {
	case a.status == http.StatusTooManyRequests:
		c.share.empty()
		return nil, &loyalty.Unavailable{After: a.retryAfter(time.Second), Err: errors.New(text)}
	case a.status == http.StatusProxyAuthRequired:
		return nil, &loyalty.Unavailable{Err: loyalty.ErrProxy}
	case a.status == http.StatusForbidden && !a.problem():
		// What follows when 429 was not heeded: the address is shut out for a while.
		return nil, &loyalty.Unavailable{After: a.retryAfter(time.Minute), Err: errors.New(text)}
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return nil, fmt.Errorf("%w: %s: the token may have ended or been revoked, or lacks the right to customers", loyalty.ErrCredentials, text)
	case a.status == http.StatusPaymentRequired:
		return nil, fmt.Errorf("%w: %s: the account's tariff has no customers", loyalty.ErrCredentials, text)
	case a.status == http.StatusNotFound && a.problem():
		return nil, &loyalty.Refusal{Reason: loyalty.CustomerUnknown, Detail: text}
	case (a.status == http.StatusBadRequest || a.status == http.StatusUnprocessableEntity) && a.problem():
		return nil, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: text}
	case r.changes():
		return nil, errors.New(text)
	}
	return nil, &loyalty.Unavailable{After: a.retryAfter(0), Err: errors.New(text)}
}

// problem says that the API itself speaks, not something before it.
func (a answer) problem() bool {
	return a.kind == "application/problem+json" || a.kind == "application/hal+json" || a.kind == "application/json"
}

// words are what an answer says, for people: status, problem, and the number by
// which the CRM's support finds the request.
func (a answer) words(r request) string {
	text := fmt.Sprintf("amoCRM answered %d", a.status)
	var p struct {
		Title  string          `json:"title"`
		Detail string          `json:"detail"`
		Errors json.RawMessage `json:"validation-errors"`
	}
	switch {
	case !a.problem():
		text += fmt.Sprintf(" with %q", clip(a.kind, 60))
	case json.Unmarshal(a.body, &p) == nil:
		text += " (" + clip(p.Title, 100)
		if r.changes() && p.Detail != "" { // the detail of a question may repeat what was looked for
			text += ": " + clip(p.Detail, 200)
		}
		if r.changes() && len(p.Errors) > 0 {
			text += " " + clip(string(p.Errors), 200)
		}
		text += ")"
	}
	if id := a.header.Get("X-Request-Id"); id != "" {
		text += ", request " + clip(id, 60)
	}
	return text
}

// retryAfter is what the answer asks for, in its header or, as amoCRM has it, in
// retry_after of its body; otherwise if neither does. An hour is the most.
func (a answer) retryAfter(otherwise time.Duration) time.Duration {
	if after, told := httpclient.RetryAfter(&http.Response{Header: a.header}); told && after > 0 {
		return after
	}
	var b struct {
		RetryAfter json.Number `json:"retry_after"`
	}
	if json.Unmarshal(a.body, &b) != nil {
		return otherwise
	}
	seconds, err := strconv.Atoi(b.RetryAfter.String())
	if err != nil || seconds <= 0 {
		return otherwise
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// clip keeps a foreign text short and on one line.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
