// Package httpclient is what the clients of all providers do alike with HTTP.
package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"
)

// NewTransport makes a transport that trusts the system's certificates and, if
// caFile is not "", those in that PEM file. timeout is that of a TLS handshake.
func NewTransport(caFile string, timeout time.Duration) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.OnProxyConnectResponse = Proxy, answered
	t.TLSHandshakeTimeout = timeout
	t.MaxIdleConnsPerHost = 4
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s: has no certificate in PEM form", caFile)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}

// RetryAfter reads the header in either of its forms (RFC 9110, section
// 10.2.3). More than an hour is cut to an hour: a wrong clock must not stop a
// till for a day.
func RetryAfter(answer *http.Response) (after time.Duration, told bool) {
	text := answer.Header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return time.Duration(min(n, 3600)) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return 0, true
	}
	return max(0, min(at.Sub(now), time.Hour)), true
}

// MediaType is the type of an answer without its parameters; "" if it has none.
func MediaType(answer *http.Response) string {
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return kind
}
