package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
)

// maxFirst is how many first answers are kept.
const maxFirst = 10_000

// question names a request whose first answer is kept, for Stale.
func question(r *http.Request) (string, bool) {
	switch r.URL.Path {
	case "/v1/customers/lookup":
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return "lookup " + string(body), true
	case "/v1/changes":
		return "changes " + r.URL.Query().Get("cursor"), true
	}
	return "", false
}

// normal answers as the server does, and keeps first answers.
func (f *Faults) normal(w http.ResponseWriter, r *http.Request) {
	q, keep := question(r)
	if !keep {
		f.next.ServeHTTP(w, r)
		return
	}
	answer := f.ask(r)
	f.mu.Lock()
	if f.first[q] == nil && answer.Code == http.StatusOK && len(f.first) < maxFirst {
		f.first[q] = answer
	}
	f.mu.Unlock()
	send(w, answer)
}

// stale answers with what the same request got the first time.
func (f *Faults) stale(w http.ResponseWriter, r *http.Request) {
	q, _ := question(r)
	f.mu.Lock()
	answer := f.first[q]
	f.mu.Unlock()
	if answer == nil {
		f.normal(w, r)
		return
	}
	send(w, answer)
}

// twice sends each page of changes once with the cursor it was asked with, and
// then once more as it is.
func (f *Faults) twice(w http.ResponseWriter, r *http.Request) {
	p, answer, is := f.page(r)
	cursor := r.URL.Query().Get("cursor")
	f.mu.Lock()
	again := is && !p.empty() && !f.once[cursor]
	f.once[cursor] = true
	f.mu.Unlock()
	if !again {
		send(w, answer)
		return
	}
	p.Cursor, p.More = cursor, true
	ok(w, p)
}

// reordered sends two pages of changes in the wrong order and each backwards.
// The cursor between them is the server's own, so that it passes for one.
func (f *Faults) reordered(w http.ResponseWriter, r *http.Request) {
	cursor := r.URL.Query().Get("cursor")
	f.mu.Lock()
	kept, is := f.kept[cursor]
	delete(f.kept, cursor)
	f.mu.Unlock()
	if is {
		ok(w, kept)
		return
	}
	first, answer, is := f.page(r)
	if !is || first.empty() {
		send(w, answer)
		return
	}
	backwards(&first)
	if !first.More {
		ok(w, first)
		return
	}
	r2 := r.Clone(r.Context())
	q := r2.URL.Query()
	q.Set("cursor", first.Cursor)
	r2.URL.RawQuery = q.Encode()
	second, answer, is := f.page(r2)
	if !is {
		send(w, answer)
		return
	}
	backwards(&second)
	between := first.Cursor
	first.Cursor, first.More = second.Cursor, second.More
	second.Cursor, second.More = between, true
	f.mu.Lock()
	f.kept[between] = first
	f.mu.Unlock()
	ok(w, second)
}

func backwards(p *page) {
	slices.Reverse(p.Customers)
	slices.Reverse(p.Gone)
}

// page asks the server; false if the answer is not a page of changes.
func (f *Faults) page(r *http.Request) (p page, answer *httptest.ResponseRecorder, is bool) {
	answer = f.ask(r)
	is = r.URL.Path == "/v1/changes" && answer.Code == http.StatusOK && json.Unmarshal(answer.Body.Bytes(), &p) == nil
	return p, answer, is
}
