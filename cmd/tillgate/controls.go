package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// commandWithin is how long a scanner may take to obey: longer than its protocol
// tries.
const commandWithin = 15 * time.Second

// controls are what the command line can ask of a running daemon.
func (g *gateway) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /copy", func(w http.ResponseWriter, r *http.Request) { answer(w, g.copyState(), nil) })
	mux.HandleFunc("GET /programme", func(w http.ResponseWriter, r *http.Request) {
		answer(w, answerOf(r.Context(), g.programmeName(), g.provider).told(), nil)
	})
	since := time.Now()
	mux.HandleFunc("GET /process", func(w http.ResponseWriter, r *http.Request) {
		about := newAbout(since)
		about.Page = g.server.URL()
		answer(w, about, nil)
	})
	mux.HandleFunc("POST /pair", func(w http.ResponseWriter, r *http.Request) {
		code, until := g.server.OpenPairing()
		answer(w, pairingCode{code, until}, nil)
	})
	g.deviceControls(mux)
	g.journalControls(mux)
	g.draftControls(mux)
	g.enrolControls(mux)
	g.demoControls(mux)
	return mux
}

// deviceControls are those of tillgate devices.
func (g *gateway) deviceControls(mux *http.ServeMux) {
	mux.HandleFunc("GET /devices", func(w http.ResponseWriter, r *http.Request) {
		var found []driver.Info
		if r.FormValue("found") != "no" { // looking for others takes a while
			found = g.supervisor.Find(r.Context())
		}
		answer(w, newDeviceList(g.supervisor.Report(), found), nil)
	})
	mux.HandleFunc("POST /devices/command", func(w http.ResponseWriter, r *http.Request) {
		in, err := ask[deviceCommand](r)
		if err == nil {
			ctx, cancel := context.WithTimeout(r.Context(), commandWithin)
			defer cancel()
			err = g.supervisor.Command(ctx, in.Device, in.Command)
		}
		answer(w, nil, err)
	})
}

// journalControls are those of tillgate journal.
func (g *gateway) journalControls(mux *http.ServeMux) {
	mux.HandleFunc("GET /journal", func(w http.ResponseWriter, r *http.Request) {
		entries, err := listEntries(g.journal, r.FormValue("all") != "")
		answer(w, entries, err)
	})
	mux.HandleFunc("POST /journal/resolve", func(w http.ResponseWriter, r *http.Request) {
		in, err := ask[resolution](r)
		if err != nil {
			answer(w, nil, err)
			return
		}
		entry, err := g.journal.Resolve(loyalty.Key(in.Key), in.Who, in.Why)
		answer(w, entry, err)
	})
	mux.HandleFunc("POST /journal/export", func(w http.ResponseWriter, r *http.Request) {
		no, err := strconv.ParseUint(r.FormValue("closing"), 10, 64)
		if err != nil {
			answer(w, nil, err)
			return
		}
		did, err := g.cfg.exportTo(g.journal, r.FormValue("to"), no)
		answer(w, did, err)
	})
	mux.HandleFunc("GET /journal/unarchived", func(w http.ResponseWriter, r *http.Request) {
		answer(w, g.journal.Unarchived(), nil)
	})
	mux.HandleFunc("GET /journal/key", func(w http.ResponseWriter, r *http.Request) {
		key, err := g.journal.PublicKey()
		answer(w, key, err)
	})
}

// draftControls are those of tillgate drafts.
func (g *gateway) draftControls(mux *http.ServeMux) {
	mux.HandleFunc("GET /drafts", func(w http.ResponseWriter, r *http.Request) {
		answer(w, g.desk.State().Drafts, nil)
	})
	mux.HandleFunc("POST /drafts/drop", func(w http.ResponseWriter, r *http.Request) {
		id, err := ask[string](r)
		if err == nil {
			err = g.dropDraft(r.Context(), id)
		}
		answer(w, nil, err)
	})
}

// programmeName says which programme this till has.
func (g *gateway) programmeName() string {
	if g.demo != nil {
		return g.demo.name + " " + g.demo.url
	}
	return g.cfg.Provider.String()
}

// listEntries are the operations that people ask about, oldest first: all, or
// those that are open or need a person.
func listEntries(j *journal.Journal, all bool) ([]journal.Entry, error) {
	if all {
		return j.Entries(journal.Filter{})
	}
	open, err := j.Entries(journal.Filter{States: []journal.State{journal.Pending, journal.Unknown}})
	if err != nil {
		return nil, err
	}
	people, err := j.Entries(journal.Filter{People: true})
	list := append(open, people...)
	slices.SortFunc(list, func(a, b journal.Entry) int { return cmp.Compare(a.N, b.N) })
	// One whose outcome only a person can find out is both.
	return slices.CompactFunc(list, func(a, b journal.Entry) bool { return a.N == b.N }), err
}

// enrolControls are those of tillgate enrol.
func (g *gateway) enrolControls(mux *http.ServeMux) {
	if g.enroller == nil {
		mux.HandleFunc("/enrol", func(w http.ResponseWriter, r *http.Request) {
			answer(w, nil, errors.New("the demo has a scanner of its own"))
		})
		return
	}
	mux.HandleFunc("POST /enrol", func(w http.ResponseWriter, r *http.Request) {
		now, err := g.enroller.Begin()
		answer(w, now, err)
	})
	mux.HandleFunc("GET /enrol", func(w http.ResponseWriter, r *http.Request) {
		answer(w, g.enroller.Enrolment(), nil)
	})
	mux.HandleFunc("DELETE /enrol", func(w http.ResponseWriter, r *http.Request) {
		g.enroller.End()
		answer(w, nil, nil)
	})
}

// demoControls are those of tillgate scan and tillgate demo.
func (g *gateway) demoControls(mux *http.ServeMux) {
	if g.demo == nil {
		mux.HandleFunc("POST /demo/", func(w http.ResponseWriter, r *http.Request) {
			answer(w, nil, errors.New("the tillgate that keeps its data there is not a demo"))
		})
		return
	}
	mux.HandleFunc("POST /demo/scan", func(w http.ResponseWriter, r *http.Request) {
		in, err := ask[scanRequest](r)
		if err == nil {
			err = g.demo.scanner.Scan(r.Context(), in.Code, in.AIM)
		}
		answer(w, nil, err)
	})
	mux.HandleFunc("POST /demo/cut", func(w http.ResponseWriter, r *http.Request) {
		cut, err := ask[bool](r)
		if err == nil {
			err = g.demo.Cut(r.Context(), cut)
		}
		answer(w, nil, err)
	})
}
