package ui

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// who is the caller of a request, as far as the guard can tell.
type who struct {
	own    bool   // the till's own page, or a program on this machine
	paired string // id of the token that was presented
	origin string // of a POS page; "" for the own page and for programs
}

// may says that the caller may read and command.
func (w who) may() bool { return w.own || w.paired != "" }

// tokenChecker finds the paired page that a token was given to.
type tokenChecker interface {
	check(token, origin string) (id string, ok bool)
}

// guard decides by Host, Origin and token who gets in.
type guard struct {
	hosts    []string
	origins  []string
	posToken string
	tokens   tokenChecker
}

func newGuard(o Options) (*guard, error) {
	g := &guard{posToken: o.POSToken}
	for _, h := range o.Hosts {
		if h == "" || strings.ContainsAny(h, "/*:@ ") {
			return nil, fmt.Errorf("host %q: give a plain name or IPv4 address, without scheme, port or wildcard", h)
		}
		g.hosts = append(g.hosts, strings.ToLower(h))
	}
	for _, s := range o.Origins {
		u, err := url.Parse(s)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || strings.Contains(s, "*") {
			return nil, fmt.Errorf("origin %q: give it as the browser sends it, such as https://pos.example.ru, without path or wildcard", s)
		}
		g.origins = append(g.origins, strings.ToLower(s))
	}
	return g, nil
}

type whoKey struct{}

// caller is who the guard let in.
func caller(r *http.Request) who {
	w, _ := r.Context().Value(whoKey{}).(who)
	return w
}

// protect lets a request through to next if Host and Origin are right. It does
// not demand a token: routes that need one ask caller.
func (g *guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.hostAllowed(r.Host) {
			writeProblem(w, problemHost)
			return
		}
		origin := r.Header.Get("Origin")
		own := origin == "" || g.isOwn(origin, r)
		if !own && !slices.Contains(g.origins, strings.ToLower(origin)) || len(r.Header.Values("Origin")) > 1 {
			writeProblem(w, problemOrigin)
			return
		}
		if origin == "" && foreignFetch(r) {
			writeProblem(w, problemOrigin)
			return
		}
		if !own {
			allowOrigin(w, r, origin)
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, g.identify(r, origin, own))))
	})
}

// identify finds out who calls. From another machine nobody is trusted without
// a token, the till's own page included; nor through a proxy on the till, whose
// callers may be anywhere.
func (g *guard) identify(r *http.Request, origin string, own bool) who {
	var id who
	if !own {
		id.origin = origin
	}
	token := bearer(r)
	if local(r) && own {
		id.own = origin != "" || g.posToken == "" || sameOriginFetch(r) || same(token, g.posToken)
	}
	id.paired, _ = g.tokens.check(token, id.origin)
	return id
}

// hostAllowed says whether a Host header names this till.
func (g *guard) hostAllowed(hostport string) bool {
	host := hostName(hostport)
	return isLoopback(host) || slices.Contains(g.hosts, host)
}

// isOwn says whether an Origin is the page that this server serves.
func (g *guard) isOwn(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// allowOrigin answers a POS page by the CORS protocol (Fetch standard), and its
// preflight by Private Network Access, which asks before a public site may
// reach a machine inside.
func allowOrigin(w http.ResponseWriter, r *http.Request, origin string) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "ETag")
	h.Add("Vary", "Origin")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match")
		h.Set("Access-Control-Max-Age", "600")
		if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
			h.Set("Access-Control-Allow-Private-Network", "true")
		}
	}
}

// foreignFetch says that a browser made the request for another site's page
// without an Origin (an image, a script). Following a link is no such thing.
func foreignFetch(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "cross-site" && site != "same-site" {
		return false
	}
	return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.URL.Path != "/"
}

// sameOriginFetch says that the own page made a GET, which carries no Origin.
func sameOriginFetch(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// local says that the caller is on this machine: it comes from there, it calls the
// till by a name that means this machine alone, and no proxy passes it on. A proxy
// that says neither Forwarded nor X-Forwarded-For is known by the name it passes on.
func local(r *http.Request) bool {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopback(from) && isLoopback(hostName(r.Host)) &&
		len(r.Header.Values("Forwarded"))+len(r.Header.Values("X-Forwarded-For")) == 0
}

// hostName is the name in a Host header, in small letters. The port does not count:
// behind a forwarded one the number differs.
func hostName(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
}

// bearer is the token of the Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// same compares secrets in constant time; an empty one matches nothing.
func same(a, b string) bool {
	return a != "" && b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
