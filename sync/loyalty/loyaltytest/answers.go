package loyaltytest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Answering is a transport that answers by itself.
type Answering func(*http.Request) *http.Response

// RoundTrip is the answer.
func (f Answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// Reply answers everything with a status, a content type, a body and a header of
// names and values in turn.
func Reply(status int, kind, body string, header ...string) Answering {
	return func(*http.Request) *http.Response {
		h := http.Header{"Content-Type": {kind}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
	}
}

// Answer is what a provider behind HTTP makes of one answer, for an operation and
// for a question.
type Answer struct {
	Name   string
	From   Answering
	Apply  loyalty.Verdict
	Reason loyalty.Reason // of a refusal
	After  time.Duration  // of an Unavailable
	Lookup loyalty.Verdict
}

// On is a line of the table.
func On(name string, from Answering, apply loyalty.Verdict, reason loyalty.Reason, after time.Duration, lookup loyalty.Verdict) Answer {
	return Answer{name, from, apply, reason, after, lookup}
}

// Answers goes through a table of them, with a provider that open makes over each.
// None of the secrets is in what it says.
func Answers(t *testing.T, table []Answer, open func(testing.TB, http.RoundTripper) loyalty.Provider, op loyalty.Operation, who loyalty.Ident, secrets ...string) {
	t.Helper()
	for _, a := range table {
		t.Run(a.Name, func(t *testing.T) {
			p := open(t, a.From)
			_, err := p.Apply(t.Context(), op)
			if got := loyalty.Judge(err); got != a.Apply {
				t.Errorf("apply: %v is %s, want %s", err, got, a.Apply)
			}
			var no *loyalty.Refusal
			if errors.As(err, &no) && no.Reason != a.Reason {
				t.Errorf("apply: reason %q, want %q", no.Reason, a.Reason)
			}
			var u *loyalty.Unavailable
			if errors.As(err, &u) && u.After != a.After {
				t.Errorf("apply: after %s, want %s", u.After, a.After)
			}
			_, lookup := p.Lookup(t.Context(), who)
			if got := loyalty.Judge(lookup); got != a.Lookup {
				t.Errorf("look up: %v is %s, want %s", lookup, got, a.Lookup)
			}
			for _, secret := range secrets {
				if no != nil && strings.Contains(no.Detail, secret) || lookup != nil && strings.Contains(lookup.Error(), secret) {
					t.Errorf("%q is told: %v, %v", secret, no, lookup)
				}
			}
		})
	}
}
