package amocrm

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// tokenEnd reads the time at which a long-lived token ends: it is a JSON Web
// Token (RFC 7519), whose claim exp is in seconds. Nothing is verified: it is
// for a warning only. The zero time if there is none.
func tokenEnd(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Exp json.Number `json:"exp"`
	}
	if json.Unmarshal(raw, &claims) != nil {
		return time.Time{}
	}
	at, err := claims.Exp.Int64()
	if f, ferr := claims.Exp.Float64(); err != nil && ferr == nil && f > 0 && f < 1e12 {
		at, err = int64(f), nil // a NumericDate may have a fraction
	}
	if err != nil || at <= 0 || at > 1e12 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}
