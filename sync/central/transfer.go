package central

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// tries is how often a transfer that broke off goes on without having got a
// single byte since.
const tries = 3

// transfer is the body of a snapshot. A connection that breaks is opened again
// where it broke, as long as the server still has the same stream; a connection
// on which nothing comes for the client's timeout counts as broken. Where the
// client keeps partial snapshots (see Keep), it begins with what was kept.
type transfer struct {
	c      *Client
	ctx    context.Context
	cancel context.CancelFunc
	body   io.ReadCloser
	tag    string
	at     int64 // bytes of the stream that the next request begins behind
	failed int   // since the last byte

	kept    *partial // nil if nothing is kept
	replay  bool     // what was kept is still being read
	resumed int64    // bytes that were kept when the transfer began
}

// begin opens what is kept, and asks for the rest.
func (t *transfer) begin() error {
	if path := t.c.keep.path; path != "" {
		kept, err := openPartial(path, t.c.keep.key, t.c.base.String())
		if err == nil && kept != nil {
			t.kept, t.tag, t.at, t.resumed, t.replay = kept, kept.tag, kept.size, kept.size, true
		}
		// Without, the transfer is one as any other.
	}
	return t.open()
}

// open asks for the stream from where it is.
func (t *transfer) open() error {
	header := http.Header{"Accept": {"application/zstd, application/problem+json"}}
	if t.at > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", t.at))
		header.Set("If-Range", t.tag)
	}
	stalled := time.AfterFunc(t.c.timeout, t.cancel)
	answer, err := t.c.send(t.ctx, http.MethodGet, "/v1/snapshot", nil, header)
	if !stalled.Stop() && err == nil {
		answer.Body.Close()
		err = &loyalty.Unavailable{Err: context.DeadlineExceeded}
	}
	if err != nil {
		return err
	}
	tag := answer.Header.Get("ETag")
	zstd := httpclient.MediaType(answer) == "application/zstd"
	switch {
	case answer.StatusCode == http.StatusOK && zstd && (t.at == 0 || t.replay):
		t.body, t.tag, t.at = answer.Body, tag, 0
		t.startKeeping()
		return nil
	case answer.StatusCode == http.StatusOK && zstd:
		answer.Body.Close()
		return &loyalty.Unavailable{Err: errors.New("the server has another snapshot by now: start from its beginning")}
	case answer.StatusCode == http.StatusPartialContent && zstd && t.at > 0:
		if tag != t.tag || !strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", t.at)) {
			answer.Body.Close()
			return &AnswerError{What: "the rest of the snapshot", Why: "it is another part than was asked for"}
		}
		t.body = answer.Body
		return nil
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && answer.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", t.at):
		answer.Body.Close() // all of it has come
		t.body = http.NoBody
		return nil
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && t.at > 0:
		answer.Body.Close()
		return &AnswerError{What: "the rest of the snapshot", Why: "there is none"}
	}
	defer answer.Body.Close()
	raw, err := readAll(answer.Body)
	if err != nil {
		return &loyalty.Unavailable{Err: err}
	}
	return refusal(answer, raw, false)
}

// startKeeping begins to keep the stream, if the server has a name for it: one
// without a name can not be gone on with.
func (t *transfer) startKeeping() {
	t.stopKeeping()
	if path := t.c.keep.path; path != "" && t.tag != "" {
		// A disk that does not take it keeps the customers out as well, and says so.
		t.kept, _ = newPartial(path, t.c.keep.key, t.c.base.String(), t.tag)
	}
}

func (t *transfer) stopKeeping() {
	if t.kept != nil {
		t.kept.remove()
	}
	t.kept, t.replay, t.resumed = nil, false, 0
}

func (t *transfer) Read(p []byte) (int, error) {
	if t.replay {
		n, err := t.kept.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		t.replay = false
	}
	for {
		n, err := t.readOnce(p)
		t.at += int64(n)
		if n > 0 {
			t.failed = 0
			if t.kept != nil && t.kept.add(p[:n]) != nil {
				t.stopKeeping()
			}
			return n, nil
		}
		if err == nil || errors.Is(err, io.EOF) {
			return 0, err
		}
		t.failed++
		t.body.Close()
		if t.ctx.Err() != nil || t.tag == "" || t.failed > tries {
			return 0, &loyalty.Unavailable{Err: err}
		}
		if err := t.open(); err != nil {
			return 0, err
		}
	}
}

// readOnce reads from the connection as it is.
func (t *transfer) readOnce(p []byte) (int, error) {
	body := t.body
	stalled := time.AfterFunc(t.c.timeout, func() { body.Close() })
	defer stalled.Stop()
	return body.Read(p)
}

// Close ends the transfer. What has come stays for the next one.
func (t *transfer) Close() error {
	t.cancel()
	var err error
	if t.body != nil {
		err = t.body.Close()
	}
	if t.kept != nil {
		err = errors.Join(err, t.kept.close())
		t.kept = nil
	}
	return err
}

// forget deletes what has come: all of it was taken in, or it is of no use.
func (t *transfer) forget() { t.stopKeeping() }
