package relay

import (
	"crypto/x509"
	"errors"
)

// ErrCertificate says that the provider's certificate is not valid at the time of
// this machine: its clock is wrong, or the certificate has come to its end.
var ErrCertificate = errors.New("the certificate is not valid at the time of this machine")

// IsCertificate says that an error is of that kind.
func IsCertificate(err error) bool {
	var bad x509.CertificateInvalidError
	return errors.Is(err, ErrCertificate) || errors.As(err, &bad) && bad.Reason == x509.Expired
}
