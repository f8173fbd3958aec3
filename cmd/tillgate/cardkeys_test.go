package main

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/card"
)

func TestCardKeys(t *testing.T) {
	const key = "3132333435363738393031323334353637383930"
	for _, c := range []struct{ name, value, want string }{
		{"good", key, ""},
		{"not there", "", "card[0].key: environment variable TILLGATE_TEST_KEY is empty or not set"},
		{"not hexadecimal", "zz" + key, "card[0].key: not written in pairs of hexadecimal digits"},
		{"half a byte", key[1:], "card[0].key: not written in pairs of hexadecimal digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TILLGATE_TEST_KEY", c.value)
			cfg := Config{Card: []card.Config{{
				Name: "pass", Kind: card.Rotating, Key: "env:TILLGATE_TEST_KEY", Digits: 8, ValuePattern: "{id}-{totp_value_0}",
			}}}
			err := cfg.cardKeys()
			switch {
			case c.want == "" && (err != nil || string(cfg.Card[0].Secret) != "12345678901234567890"):
				t.Errorf("%v", err)
			case c.want != "" && (err == nil || err.Error() != c.want || strings.Contains(err.Error(), key[1:])):
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
