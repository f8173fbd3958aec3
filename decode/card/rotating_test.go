package card

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/aim"
)

// RFC 6238, appendix B: the values for SHA-1, of 8 digits and 30 seconds.
func TestTOTP(t *testing.T) {
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := totp([]byte("12345678901234567890"), at/30, 8); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
}

func rotatingConfig() Config {
	return Config{
		Name: "pass", Kind: Rotating, Key: "env:KEY", Secret: []byte("12345678901234567890"), Digits: 8,
		ValuePattern: "CLUB-{id}-{totp_timestamp_seconds}-{totp_value_0}",
	}
}

func TestRotating(t *testing.T) {
	at := time.Unix(1111111109, 0)
	none := 0
	for _, c := range []struct {
		name    string
		text    string
		now     time.Time
		change  func(*Config)
		refused Refusal
		fits    bool
	}{
		{"now", "CLUB-A17-1111111109-07081804", at, nil, "", true},
		{"the phone is ahead", "CLUB-A17-1111111109-07081804", at.Add(-55 * time.Second), nil, "", true},
		{"the phone is behind", "CLUB-A17-1111111109-07081804", at.Add(30 * time.Second), nil, "", true},
		{"old", "CLUB-A17-1111111109-07081804", at.Add(5 * time.Minute), nil, Stale, true},
		{"from the future", "CLUB-A17-1111111109-07081804", at.Add(-5 * time.Minute), nil, Stale, true},
		{"no skew, the same period", "CLUB-A17-1111111109-07081804", at.Add(-20 * time.Second), func(c *Config) { c.SkewMS = &none }, "", true},
		{"no skew, the next", "CLUB-A17-1111111109-07081804", at.Add(2 * time.Second), func(c *Config) { c.SkewMS = &none }, Stale, true},
		{"another value", "CLUB-A17-1111111109-07081805", at, nil, Wrong, true},
		{"another time under an old value", "CLUB-A17-1111111209-07081804", at.Add(100 * time.Second), nil, Wrong, true},
		{"no key", "CLUB-A17-1111111109-07081804", at, func(c *Config) { c.Secret = nil }, Wrong, true},
		{"another key", "CLUB-A17-1111111109-07081804", at, func(c *Config) { c.Secret = []byte("12345678901234567891") }, Wrong, true},
		{"something else", "CLUB-A17-1111111109-0708180", at, nil, "", false},
		{"more", "CLUB-A17-1111111109-07081804\n", at, nil, "", false},
		{"without a time", "A17/07081804", at, func(c *Config) { c.ValuePattern = "{id}/{totp_value_0}" }, "", true},
		{"without a time, old", "A17/07081804", at.Add(5 * time.Minute), func(c *Config) { c.ValuePattern = "{id}/{totp_value_0}" }, Wrong, true},
		{"milliseconds", "07081804:1111111109123:A17", at, func(c *Config) { c.ValuePattern = "{totp_value_0}:{totp_timestamp_millis}:{id}" }, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := rotatingConfig()
			if c.change != nil {
				c.change(&cfg)
			}
			s, err := New([]Config{cfg}, "RU")
			if err != nil {
				t.Fatal(err)
			}
			m, ok := s.Match(Input{Symbology: aim.SymbologyUnknown, Text: c.text, At: c.now})
			if ok != c.fits || m.Refused != c.refused {
				t.Fatalf("%v %+v", ok, m)
			}
			named := c.fits && c.refused == ""
			if (m.ID == "A17") != named || named != m.Until.After(c.now) {
				t.Errorf("%+v", m)
			}
		})
	}
}

// With a key per customer, nobody's key makes another one's codes.
func TestRotatingKeyPerCustomer(t *testing.T) {
	at := time.Unix(1111111109, 0)
	cfg := rotatingConfig()
	cfg.KeyPerCustomer = true
	s, err := New([]Config{cfg}, "RU")
	if err != nil {
		t.Fatal(err)
	}
	// printf A17 | openssl dgst -sha256 -hmac 12345678901234567890, 20 bytes of it.
	key, _ := hex.DecodeString("8d76c20a95400690d0de1cbf802bc0d5d629ee05")
	code := func(id string, key []byte) string {
		return fmt.Sprintf("CLUB-%s-%d-%s", id, at.Unix(), totp(key, at.Unix()/30, 8))
	}
	for text, want := range map[string]Refusal{
		code("A17", key): "", code("A18", key): Wrong, code("A17", cfg.Secret): Wrong,
	} {
		m, ok := s.Match(Input{Text: text, At: at})
		if !ok || m.Refused != want || (m.ID == "A17") != (want == "") {
			t.Errorf("%s: %+v", text, m)
		}
	}
}

func TestRotatingMistakes(t *testing.T) {
	for key, change := range map[string]func(*Config){
		"value_pattern": func(c *Config) { c.ValuePattern = "CLUB-{id}" },
		"key":           func(c *Config) { c.Key = "" },
		"digits":        func(c *Config) { c.Digits = 3 },
		"period_ms":     func(c *Config) { c.PeriodMS = 10 },
		"skew_ms":       func(c *Config) { n := -1; c.SkewMS = &n },
	} {
		c := rotatingConfig()
		change(&c)
		_, err := New([]Config{c}, "RU")
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, pattern := range []string{"{id}{totp_value_0}", "{id}-{id}-{totp_value_0}", "{id}-{totp_value_0}-{totp_value_1}", "{id}-{totp_timestamp_seconds}-{totp_timestamp_millis}-{totp_value_0}"} {
		c := rotatingConfig()
		c.ValuePattern = pattern
		if _, err := New([]Config{c}, "RU"); err == nil {
			t.Errorf("%s is taken", pattern)
		}
	}
	short := rotatingConfig()
	short.Secret = []byte("abc")
	if _, err := New([]Config{short}, "RU"); err == nil || strings.Contains(err.Error(), hex.EncodeToString(short.Secret)) || strings.Contains(err.Error(), "abc") {
		t.Errorf("a short key: %v", err)
	}
}

func FuzzRotating(f *testing.F) {
	c := rotatingConfig()
	s, err := New([]Config{c}, "RU")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("CLUB-A17-1111111109-07081804", int64(1111111109))
	f.Add("CLUB-A17-999999999999-07081804", int64(-5))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		now := time.Unix(at%(1<<40), 0)
		m, ok := s.Match(Input{Text: text, At: now})
		if m.Refused != "" && m.ID != "" || ok && m.Refused == "" && m.ID == "" {
			t.Errorf("%+v", m)
		}
		if ok && m.Refused == "" {
			step := m.Until.Add(-usualSkew).Unix()/30 - 1
			if !strings.Contains(text, totp(c.Secret, step, 8)) || m.Until.Before(now) {
				t.Errorf("%s at %d: %+v", text, at, fmt.Sprint(m))
			}
		}
	})
}
