package central

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Changes asks for what changed after a cursor. It returns at once, with an
// empty page if nothing did; see Await.
func (c *Client) Changes(ctx context.Context, cursor string) (loyalty.Changes, error) {
	return c.changes(ctx, cursor, 0)
}

// Await is Changes that waits for a change, up to 25 seconds and no longer than
// the context allows, before it returns an empty page.
func (c *Client) Await(ctx context.Context, cursor string) (loyalty.Changes, error) {
	wait := 25 * time.Second
	if end, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(end)/2).Truncate(time.Second)
	}
	return c.changes(ctx, cursor, max(wait, 0))
}

func (c *Client) changes(ctx context.Context, cursor string, wait time.Duration) (loyalty.Changes, error) {
	q := url.Values{"cursor": {cursor}}
	if wait > 0 {
		q.Set("wait", strconv.Itoa(int(wait.Seconds())))
	}
	raw, err := c.callFor(ctx, c.timeout+wait, http.MethodGet, "/v1/changes?"+q.Encode(), nil)
	if err != nil {
		return loyalty.Changes{}, fmt.Errorf("changes: %w", err)
	}
	ch, err := parseChanges(raw)
	if err != nil {
		return loyalty.Changes{}, fmt.Errorf("changes: %w", err)
	}
	return ch, nil
}

// maxLine is the longest line of a snapshot, in bytes.
const maxLine = 1 << 20

// snapshotFormat is what the client reads.
const snapshotFormat = "tillgate-snapshot/1"

// Snapshot starts a transfer of the whole base. The context holds for all of it.
func (c *Client) Snapshot(ctx context.Context) (loyalty.Snapshot, error) {
	ctx, cancel := context.WithCancel(ctx)
	body := &transfer{c: c, ctx: ctx, cancel: cancel}
	if err := body.begin(); err != nil {
		return nil, fmt.Errorf("snapshot: %w", body.end(err))
	}
	s, err := readSnapshot(body)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", body.end(err))
	}
	s.transfer = body
	return s, nil
}

// end ends a transfer that came to nothing.
func (t *transfer) end(err error) error {
	if useless(err) {
		t.forget()
	}
	t.Close()
	return err
}

// useless says that a stream that ended so is not to be gone on with. One that
// only broke off is.
func useless(err error) bool {
	var u *loyalty.Unavailable
	return !errors.As(err, &u) && !errors.Is(err, context.Canceled) && !errors.Is(err, loyalty.ErrCredentials)
}

// snapshot reads a snapshot's lines.
type snapshot struct {
	body     io.ReadCloser
	transfer *transfer // the body; nil in tests
	z        *zstd.Decoder
	lines    *bufio.Reader
	sum      hash.Hash

	programme loyalty.Programme
	cursor    string
	count     int
	read      int
	err       error // of Next, once it has one
}

func readSnapshot(body io.ReadCloser) (*snapshot, error) {
	z, err := zstd.NewReader(bufio.NewReaderSize(body, 64<<10), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	s := &snapshot{body: body, z: z, lines: bufio.NewReaderSize(z, 64<<10), sum: sha256.New()}
	if err := s.header(); err != nil {
		z.Close()
		return nil, err
	}
	return s, nil
}

func (s *snapshot) header() error {
	raw, err := s.line()
	if err != nil {
		return err
	}
	s.sum.Write(raw)
	var h struct {
		Format    string          `json:"format"`
		Count     *int            `json:"count"`
		Cursor    string          `json:"cursor"`
		Programme json.RawMessage `json:"programme"`
	}
	if err := parse(raw, "the snapshot's header", &h); err != nil {
		return err
	}
	no := func(why string) error { return &AnswerError{What: "the snapshot's header", Why: why} }
	switch {
	case h.Format != snapshotFormat:
		return no(fmt.Sprintf("format is %q, this till reads %q", clip(h.Format), snapshotFormat))
	case h.Count == nil || *h.Count < 0:
		return no("count is missing or negative")
	case h.Cursor == "":
		return no("cursor is missing")
	}
	s.count, s.cursor = *h.Count, h.Cursor
	s.programme, err = parseProgramme(h.Programme)
	return err
}

func (s *snapshot) Programme() loyalty.Programme { return s.programme }
func (s *snapshot) Cursor() string               { return s.cursor }
func (s *snapshot) Count() int                   { return s.count }

// Next is the next customer; io.EOF after the last one of a whole snapshot.
func (s *snapshot) Next() (loyalty.Customer, error) {
	if s.err != nil {
		return loyalty.Customer{}, s.err
	}
	c, err := s.next()
	s.err = err
	return c, err
}

func (s *snapshot) next() (loyalty.Customer, error) {
	raw, err := s.line()
	if err != nil {
		return loyalty.Customer{}, err
	}
	if s.read == s.count {
		return loyalty.Customer{}, s.trailer(raw)
	}
	s.sum.Write(raw)
	s.read++
	if c, ok := quickCustomer(raw); ok {
		return c, nil
	}
	return parseCustomer(raw)
}

// trailer checks the end of the snapshot; io.EOF if it is whole.
func (s *snapshot) trailer(raw []byte) error {
	var t struct {
		Count  *int   `json:"count"`
		SHA256 string `json:"sha256"`
	}
	if err := parse(raw, "the snapshot's trailer", &t); err != nil {
		return err
	}
	switch {
	case t.Count == nil || *t.Count != s.count:
		return &AnswerError{What: "the snapshot", Why: fmt.Sprintf("the trailer does not come after the %d customers that the header announces", s.count)}
	case t.SHA256 != hex.EncodeToString(s.sum.Sum(nil)):
		return &AnswerError{What: "the snapshot", Why: "its SHA-256 is not that of the trailer"}
	}
	if _, err := s.line(); !errors.Is(err, io.ErrUnexpectedEOF) {
		return &AnswerError{What: "the snapshot", Why: "something follows the trailer"}
	}
	return io.EOF
}

// line reads a line with its line feed. The end of the stream is never in order
// here: only the trailer says that a snapshot is whole.
func (s *snapshot) line() ([]byte, error) {
	raw, err := s.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		raw = bytes.Clone(raw)
		for errors.Is(err, bufio.ErrBufferFull) && len(raw) <= maxLine {
			var more []byte
			more, err = s.lines.ReadSlice('\n')
			raw = append(raw, more...)
		}
		if len(raw) > maxLine {
			return nil, &AnswerError{What: "the snapshot", Why: fmt.Sprintf("a line is longer than %d bytes", maxLine)}
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("the snapshot ends early: %w", io.ErrUnexpectedEOF)
	case err != nil:
		return nil, fmt.Errorf("the snapshot broke off: %w", err)
	}
	return raw, nil
}

// Resumed is how many bytes of the stream had come before, in an earlier
// transfer that was cut.
func (s *snapshot) Resumed() int64 {
	if s.transfer == nil {
		return 0
	}
	return s.transfer.resumed
}

// Close ends the transfer. One that was read to its end, or is of no use, is
// forgotten; of another one the rest is asked for next time.
func (s *snapshot) Close() error {
	s.z.Close()
	if s.transfer != nil && s.err != nil && useless(s.err) {
		s.transfer.forget()
	}
	if s.err == nil {
		s.err = errClosed
	}
	return s.body.Close()
}

var errClosed = errors.New("the snapshot is closed")
