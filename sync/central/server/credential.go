package server

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// credential is what a token stands for. Tokens themselves are not stored.
type credential struct {
	Shop    string `json:"shop"`
	Till    string `json:"till"`
	Revoked bool   `json:"revoked,omitempty"`
}

// Grant makes a token for a till. The till's earlier tokens stay good until
// they are revoked, so that a till can be moved to a new one without a gap.
func (s *Server) Grant(shop, till string) (token string, err error) {
	if shop == "" || till == "" {
		return "", fmt.Errorf("grant a token: shop or till is missing")
	}
	token = "tg_" + rand.Text()
	sum := sha256.Sum256([]byte(token))
	return token, s.write(func(t *tx) error {
		return t.put(tokenBucket, sum[:], credential{Shop: shop, Till: till})
	})
}

// Revoke makes a token worthless.
func (s *Server) Revoke(token string) error {
	sum := sha256.Sum256([]byte(token))
	return s.write(func(t *tx) error {
		var c credential
		if ok, err := t.get(tokenBucket, sum[:], &c); err != nil || !ok {
			return fmt.Errorf("revoke a token: known: %t: %w", ok, err)
		}
		c.Revoked = true
		return t.put(tokenBucket, sum[:], c)
	})
}

// till lets only tills in, and tells the handler which one calls.
func (s *Server) till(next func(http.ResponseWriter, *http.Request, credential)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var c credential
		if ok {
			sum := sha256.Sum256([]byte(token))
			err := s.db.View(func(b *bolt.Tx) (err error) {
				ok, err = (&tx{Tx: b, s: s}).get(tokenBucket, sum[:], &c)
				return err
			})
			if err != nil {
				s.fail(w, err)
				return
			}
		}
		if !ok || c.Revoked {
			w.Header().Set("WWW-Authenticate", `Bearer realm="tillgate"`)
			s.problem(w, problem{Status: http.StatusUnauthorized, Detail: "the token is not known or has been revoked"})
			return
		}
		next(w, r, c)
	})
}
