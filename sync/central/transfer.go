package central

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// tries is how often a transfer that broke off goes on without having got a
// single byte since.
const tries = 3

// transfer is the body of a snapshot. A connection that breaks is opened again
// where it broke, as long as the server still has the same stream; a connection
// on which nothing comes for the client's timeout counts as broken.
type transfer struct {
	c      *Client
	ctx    context.Context
	cancel context.CancelFunc
	body   io.ReadCloser
	tag    string
	at     int64 // bytes read
	failed int   // since the last byte
}

// open asks for the stream from where it is.
func (t *transfer) open() error {
	header := http.Header{"Accept": {"application/zstd, application/problem+json"}}
	want := http.StatusOK
	if t.at > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", t.at))
		header.Set("If-Range", t.tag)
		want = http.StatusPartialContent
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
	switch {
	case answer.StatusCode == want && httpclient.MediaType(answer) == "application/zstd":
		t.body, t.tag = answer.Body, answer.Header.Get("ETag")
		return nil
	case t.at > 0 && answer.StatusCode == http.StatusOK:
		answer.Body.Close()
		return &loyalty.Unavailable{Err: errors.New("the server has another snapshot by now: start from its beginning")}
	}
	defer answer.Body.Close()
	raw, err := readAll(answer.Body)
	if err != nil {
		return &loyalty.Unavailable{Err: err}
	}
	return refusal(answer, raw, false)
}

func (t *transfer) Read(p []byte) (int, error) {
	for {
		n, err := t.readOnce(p)
		t.at += int64(n)
		if n > 0 {
			t.failed = 0
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

func (t *transfer) Close() error {
	t.cancel()
	return t.body.Close()
}
