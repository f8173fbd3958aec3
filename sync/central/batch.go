package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/tillgate/tillgate/sync/loyalty"
)

const batchPath = "/v1/operations:batch"

// ApplyAll carries out several operations with one call.
func (c *Client) ApplyAll(ctx context.Context, ops []loyalty.Operation) ([]loyalty.Result, error) {
	raw, err := c.call(ctx, http.MethodPost, batchPath, struct {
		Operations []loyalty.Operation `json:"operations"`
	}{ops})
	var status *statusError
	var no *loyalty.Refusal
	switch {
	case errors.As(err, &no), errors.As(err, &status) && noBatch(status.status):
		// A no to a batch is none to what is in it: each is asked for alone.
		return nil, fmt.Errorf("a batch of %d: %w: %v", len(ops), errors.ErrUnsupported, err)
	case err != nil:
		return nil, fmt.Errorf("a batch of %d: %w", len(ops), err)
	}
	results, err := parseResults(raw, ops)
	if err != nil {
		return nil, fmt.Errorf("a batch of %d: %w", len(ops), err)
	}
	return results, nil
}

// noBatch says that a status is that of a server that does not know batches, or
// not of this size.
func noBatch(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusNotImplemented:
		return true
	}
	return false
}

// parseResults reads the answer to a batch. Each result is about the operation in
// its place, or the whole answer is none.
func parseResults(raw []byte, ops []loyalty.Operation) ([]loyalty.Result, error) {
	var w struct {
		Results []json.RawMessage `json:"results"`
	}
	if err := parse(raw, "the batch's answer", &w); err != nil {
		return nil, err
	}
	if len(w.Results) != len(ops) {
		return nil, &AnswerError{What: "the batch's answer", Why: fmt.Sprintf("%d results for %d operations", len(w.Results), len(ops))}
	}
	all := make([]loyalty.Result, len(ops))
	for i, raw := range w.Results {
		var r struct {
			Key     loyalty.Key     `json:"key"`
			Outcome json.RawMessage `json:"outcome"`
			Problem *problem        `json:"problem"`
		}
		if err := parse(raw, "a result of the batch", &r); err != nil {
			return nil, err
		}
		switch {
		case r.Key != ops[i].Key:
			return nil, &AnswerError{What: "a result of the batch", Why: "it is about another operation"}
		case r.Problem == nil:
			all[i].Outcome, all[i].Err = parseApplied(raw, ops[i])
		case r.Outcome != nil:
			all[i].Err = &AnswerError{What: "a result of the batch", Why: "it has an outcome and a problem"}
		default:
			all[i].Err = r.Problem.err(true, "", 0)
		}
	}
	return all, nil
}
