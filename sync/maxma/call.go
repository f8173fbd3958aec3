package maxma

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 4 << 20

// AnswerError says that an answer is not one of MAXMA's.
type AnswerError struct {
	What string // which answer
	Why  string // no personal data
}

func (e *AnswerError) Error() string { return e.What + " is not as MAXMA has it: " + e.Why }

// books are the methods that change something: a call of theirs that ends
// without a clear answer may have done its work.
var books = map[string]bool{
	"new-client": true, "update-client": true, "set-purchase": true, "confirm-ticket": true,
	"discard-ticket": true, "apply-return": true, "revert-purchase": true,
}

// call makes one call and reads its answer into to. An errorCode comes back as
// *codeError.
func (c *Client) call(ctx context.Context, method string, ask, to any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, err := c.send(ctx, method, ask)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case len(raw) > maxAnswer:
		return &AnswerError{What: "the answer to " + method, Why: fmt.Sprintf("it is longer than %d bytes", maxAnswer)}
	case err != nil && books[method]:
		return fmt.Errorf("read the answer to %s: %w", method, err)
	case err != nil:
		return &loyalty.Unavailable{Err: fmt.Errorf("read the answer to %s: %w", method, err)}
	case answer.StatusCode == http.StatusOK && httpclient.MediaType(answer) != "text/html":
		return read(method, raw, to)
	}
	return foreign(answer, method)
}

// send sends a request. Its error is *loyalty.Unavailable if nothing can have
// come of it.
func (c *Client) send(ctx context.Context, method string, ask any) (*http.Response, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", method, err)
	}
	// The first header field is traced when it goes into the buffer, before any
	// byte can be on the network.
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }})
	r, err := http.NewRequestWithContext(traced, http.MethodPost, strings.TrimSuffix(c.base.String(), "/")+"/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.GetBody = nil // no transport sends it again by itself
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", c.cfg.Language)
	r.Header.Set("X-Processing-Key", c.cfg.Key)
	r.Header.Set("User-Agent", c.agent)
	answer, err := c.http.Do(r)
	switch {
	case err == nil:
		return answer, nil
	case books[method] && sent.Load():
		return nil, fmt.Errorf("no answer to %s: %w", method, err)
	}
	return nil, &loyalty.Unavailable{Err: err}
}

// foreign turns a status other than 200 into an error. Which of them MAXMA
// sends itself is not documented, so each is read as HTTP has it: whatever a
// proxy can say after the server has done its work is unknown.
func foreign(answer *http.Response, method string) error {
	kind, status := httpclient.MediaType(answer), answer.StatusCode
	err := fmt.Errorf("%s was answered with status %d and %q: a proxy, or another server, may stand between", method, status, clip(kind))
	after, told := httpclient.RetryAfter(answer)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden && kind != "text/html":
		return fmt.Errorf("%w: %s was answered with status %d", loyalty.ErrCredentials, method, status)
	case status == http.StatusProxyAuthRequired:
		return &loyalty.Unavailable{After: after, Err: loyalty.ErrProxy}
	case status == http.StatusForbidden, status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && told, !books[method]:
		return &loyalty.Unavailable{After: after, Err: err}
	}
	return err
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// read reads an answer. Members that it does not know are passed over.
func read(method string, raw []byte, to any) error {
	what := "the answer to " + method
	var verdict *struct {
		ErrorCode whole `json:"errorCode"`
	}
	if err := json.Unmarshal(raw, &verdict); err != nil {
		return &AnswerError{What: what, Why: plain(err)}
	}
	switch {
	case verdict == nil:
		return &AnswerError{What: what, Why: "it is null"}
	case verdict.ErrorCode > 0:
		return &codeError{code: int(min(verdict.ErrorCode, 1<<30)), method: method}
	case to == nil:
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return &AnswerError{What: what, Why: plain(err)}
	}
	return nil
}

// plain is an error of encoding/json without what it quotes.
func plain(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Sprintf("%s has another type", clip(kind.Field))
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.Is(err, errNoNumber), errors.Is(err, errTooLarge), errors.Is(err, errFractions):
		return err.Error()
	}
	return "no JSON"
}
