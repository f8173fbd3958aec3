package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui/checkout"
)

// The certificate of the central API is not valid at the till's time: it is said on
// the page and by doctor that clock or certificate is the cause, the till goes on,
// and all is well as soon as the times meet.
func TestCertificateOfAnotherTime(t *testing.T) {
	x := newTill(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(2, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	sign := func(c *x509.Certificate) []byte {
		t.Helper()
		b, err := x509.CreateCertificate(rand.Reader, c, authority, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	certificate := func(from time.Time) *tls.Certificate {
		t.Helper()
		c := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "central"}, NotBefore: from, NotAfter: from.AddDate(1, 0, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
		return &tls.Certificate{Certificate: [][]byte{sign(c)}, PrivateKey: key}
	}
	tomorrow, yesterday := certificate(time.Now().Add(24*time.Hour)), certificate(time.Now().Add(-24*time.Hour))
	var now atomic.Pointer[tls.Certificate]
	now.Store(tomorrow)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return now.Load(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: x.faults, ErrorLog: log.New(io.Discard, "", 0)}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	roots := filepath.Join(x.dir, "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sign(authority)}), 0o600); err != nil {
		t.Fatal(err)
	}
	x.write(strings.Replace(x.defaultConfig(), `url = "http://`+x.link.Addr().String()+`"`, `url = "https://`+l.Addr().String()+`"`+"\nca_file = \""+roots+`"`, 1))
	x.start()
	c := x.connect()
	c.await(t, "it is said", func(s checkout.State) bool { return hasCondition(s, checkout.Certificate) })
	out, _, code := x.tillgate("doctor")
	if code == exitOK || !strings.Contains(out, "the programme's certificate has come to its end") {
		t.Errorf("doctor, exit code %d:\n%s", code, out)
	}
	now.Store(yesterday)
	x.filled()
	c.await(t, "it is well", func(s checkout.State) bool { return !hasCondition(s, checkout.Certificate) })
	x.stop()
}
