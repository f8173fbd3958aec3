package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// settings are a system's proxies.
type settings struct {
	server string // "host:port", or "http=host:port;https=host:port"
	bypass string // "*.shop.example;10.*;<local>": what is asked for directly
	script string // address of a script that says it, or "WPAD"; it is not run
}

// Script is the address of a script (PAC), or "WPAD", that the system has for
// finding the proxy and that nobody runs; "" if there is none or another setting
// counts.
func Script() string {
	if named() {
		return ""
	}
	if s := system(); s.server == "" {
		return s.script
	}
	return ""
}

// Proxy is the proxy for a request: that of the environment (HTTPS_PROXY,
// HTTP_PROXY, NO_PROXY); on Windows, where the environment names none, that of the
// system. nil: none. Addresses of this machine are always asked directly.
func Proxy(r *http.Request) (*url.URL, error) {
	if named() {
		return http.ProxyFromEnvironment(r)
	}
	return system().proxy(r.URL)
}

// proxy is the proxy for an address.
func (s settings) proxy(to *url.URL) (*url.URL, error) {
	server := s.of(to.Scheme)
	if server == "" || s.direct(strings.ToLower(to.Hostname())) {
		return nil, nil
	}
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return nil, errors.New("the system's proxy setting is not an address")
	}
	return u, nil
}

// of is the server for a scheme. The setting is one for all, or one for each.
func (s settings) of(scheme string) string {
	all := ""
	for _, part := range strings.FieldsFunc(s.server, func(r rune) bool { return r == ';' || r == ' ' }) {
		name, server, named := strings.Cut(part, "=")
		switch {
		case !named:
			all = part
		case strings.EqualFold(name, scheme):
			return server
		}
	}
	return all
}

// direct says whether a host is asked without the proxy.
func (s settings) direct(host string) bool {
	if ip := net.ParseIP(host); ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	for _, p := range strings.FieldsFunc(strings.ToLower(s.bypass), func(r rune) bool { return r == ';' || r == ' ' }) {
		if p == "<local>" && !strings.ContainsAny(host, ".:") {
			return true
		}
		if _, bare, ok := strings.Cut(p, "://"); ok {
			p = bare
		}
		if is, err := path.Match(p, host); err == nil && is {
			return true
		}
	}
	return false
}

// answered looks at a proxy's answer to CONNECT.
func answered(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	switch answer.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return loyalty.ErrProxy
	}
	return fmt.Errorf("the proxy answered %d: it does not let this till through, or does not reach the programme", answer.StatusCode)
}
