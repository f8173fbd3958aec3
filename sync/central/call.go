package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// maxAnswer is the longest answer that is read, in bytes; of the snapshot each
// line is limited instead.
const maxAnswer = 16 << 20

// AnswerError says that the server's answer is not one of the central API.
type AnswerError struct {
	What string // which answer
	Why  string // no personal data
}

func (e *AnswerError) Error() string { return e.What + " is not as the central API has it: " + e.Why }

// call makes one call and returns the body of its 200.
func (c *Client) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	return c.callFor(ctx, c.timeout, method, path, body)
}

func (c *Client) callFor(ctx context.Context, limit time.Duration, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := c.send(ctx, method, path, body, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	books := mayBook(method, path)
	raw, err := readAll(answer.Body)
	var foreign *AnswerError
	switch {
	case err != nil && books, errors.As(err, &foreign):
		return nil, fmt.Errorf("read the answer: %w", err)
	case err != nil:
		return nil, &loyalty.Unavailable{Err: fmt.Errorf("read the answer: %w", err)}
	case answer.StatusCode == http.StatusOK && httpclient.MediaType(answer) == "application/json":
		return raw, nil
	}
	return nil, refusal(answer, raw, books)
}

// send sends a request. Its error is a *loyalty.Unavailable if nothing can have
// come of it.
func (c *Client) send(ctx context.Context, method, path string, body any, header http.Header) (*http.Response, error) {
	// The first header field is traced when it goes into the buffer, before any
	// byte can be on the network.
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }})
	r, err := c.request(traced, method, path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	answer, err := c.http.Do(r)
	switch {
	case err == nil:
		c.noteTime(answer)
		return answer, nil
	case mayBook(method, path) && sent.Load():
		return nil, fmt.Errorf("no answer: %w", err)
	}
	return nil, &loyalty.Unavailable{Err: err}
}

// mayBook says that a call may change something.
func mayBook(method, path string) bool { return method == http.MethodPut || path == batchPath }

// problem is an answer of RFC 9457.
type problem struct {
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Reason loyalty.Reason `json:"reason"`
}

// refusal turns an answer that is no success into an error. books says that the
// call may have changed something.
func refusal(answer *http.Response, raw []byte, books bool) error {
	kind := httpclient.MediaType(answer)
	var p problem
	own := kind == "application/problem+json" && json.Unmarshal(raw, &p) == nil
	p.Status = answer.StatusCode
	after, told := httpclient.RetryAfter(answer)
	switch text := p.text(own, kind); {
	case p.Status == http.StatusProxyAuthRequired:
		return &loyalty.Unavailable{After: after, Err: loyalty.ErrProxy}
	case p.Status == http.StatusForbidden && kind == "text/html":
		return &loyalty.Unavailable{After: after, Err: errors.New(text)}
	case p.Status == http.StatusServiceUnavailable && !told && books:
		return errors.New(text)
	case !books && (p.Status >= 500 || p.Status < 400 || kind == "text/html" && p.Status != http.StatusUnauthorized):
		return &loyalty.Unavailable{After: after, Err: errors.New(text)}
	}
	return p.err(own, kind, after)
}

// err is what a problem means.
func (p problem) err(own bool, kind string, after time.Duration) error {
	text := p.text(own, kind)
	switch {
	case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden:
		return fmt.Errorf("%w: %s", loyalty.ErrCredentials, text)
	case p.Status == http.StatusTooManyRequests, p.Status == http.StatusServiceUnavailable:
		return &loyalty.Unavailable{After: after, Err: errors.New(text)}
	case p.Status == http.StatusGone && own:
		return loyalty.ErrStartOver
	case p.Status >= 400 && p.Status < 500 && own && p.Reason != "":
		return &loyalty.Refusal{Reason: clip(p.Reason), Detail: clip(p.Detail)}
	}
	return &statusError{p.Status, text}
}

// statusError is an answer that says nothing of what was done.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func (p problem) text(own bool, kind string) string {
	text := fmt.Sprintf("the server answered %d", p.Status)
	if p.Title != "" || p.Detail != "" {
		text += fmt.Sprintf(" (%s: %s)", clip(p.Title), clip(p.Detail))
	} else if !own {
		text += fmt.Sprintf(" with %q: a proxy, or another server, may stand between", clip(kind))
	}
	return text
}

func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err == nil && len(raw) > maxAnswer {
		err = &AnswerError{What: "the answer", Why: fmt.Sprintf("it is longer than %d bytes", maxAnswer)}
	}
	return raw, err
}

// clip keeps a foreign text short in messages.
func clip[T ~string](s T) T {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
