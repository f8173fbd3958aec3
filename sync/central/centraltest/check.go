// Package centraltest runs the central API for tests and holds every exchange
// against its OpenAPI document.
package centraltest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tillgate/tillgate/sync/central"
)

var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(central.Spec)
	if err == nil {
		err = doc.Validate(context.Background())
	}
	if err != nil {
		return nil, err
	}
	// An answer may have members that the document does not know; ours has none.
	// Requests may have them, and are taken.
	for name, s := range doc.Components.Schemas {
		if !slices.Contains([]string{"Ident", "Sale", "Lines", "Operation", "Batch"}, name) {
			close(s.Value)
		}
	}
	return doc, nil
})

// close shuts an object against members that the document does not have.
func close(s *openapi3.Schema) {
	if s.Type.Is("object") && s.AllOf == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			close(p.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		close(s.Items.Value)
	}
}

// Document is the central API's document; the test ends if it is not valid
// OpenAPI 3.1.
func Document(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return doc
}

// Check stands before a server and fails the test when an exchange is not as
// the document has it: an answer that the document does not know, or a request
// that it does not allow and that is answered with success.
func Check(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	router, err := gorillamux.NewRouter(Document(t))
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
		if err != nil {
			return // the client has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		if r.Context().Err() != nil {
			return // the client has not waited for the answer
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		check(t, router, r, seen)
	})
}

func check(t testing.TB, router routers.Router, r *http.Request, seen *recorder) {
	route, params, err := router.FindRoute(r)
	if err != nil {
		if seen.status < 400 {
			t.Errorf("%s %s: not in the document, answered %d", r.Method, r.URL.Path, seen.status)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: func(_ context.Context, a *openapi3filter.AuthenticationInput) error {
			if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
				return a.NewError(http.ErrNoCookie)
			}
			return nil
		},
		IncludeResponseStatus: true,
		SkipSettingDefaults:   true,
	}}
	if seen.status < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			t.Errorf("%s %s: the document does not allow the request, yet it was answered %d: %v", r.Method, r.URL.Path, seen.status, err)
		}
	}
	if seen.Header().Get("Content-Type") == "application/zstd" {
		in.Options.ExcludeResponseBody = true
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: seen.status, Header: seen.Header(), Options: in.Options}
	out.SetBodyBytes(seen.body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		t.Errorf("%s %s: the answer %d is not as the document has it: %v", r.Method, r.URL.Path, seen.status, err)
	}
}

// recorder keeps the answer that goes through it, but for streams.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.Header().Get("Content-Type") != "application/zstd" {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}
