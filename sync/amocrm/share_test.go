package amocrm

import (
	"context"
	"encoding/base64"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare(0.5)
		start := time.Now()
		for range 14 {
			if err := s.wait(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 19*time.Second || took > 21*time.Second {
			t.Errorf("14 requests took %s, want the 4 of a burst and 10 at one in 2 s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.wait(ctx, true); err != errShare {
			t.Errorf("no time to wait: %v", err)
		}
		if time.Since(start) > 21*time.Second {
			t.Error("it waited for what can not come in time")
		}
	})
}

// What a cashier waits for overtakes what is only owed.
func TestShareUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare(1)
		s.empty()
		var all sync.WaitGroup
		owed := 0
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			for s.wait(ctx, false) == nil {
				owed++
			}
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if owed < 55 || owed > 60 {
			t.Errorf("%d owed requests went in a minute", owed)
		}
		for range 2 {
			start := time.Now()
			if err := s.wait(t.Context(), true); err != nil || time.Since(start) > 0 {
				t.Errorf("urgent: %v after %s", err, time.Since(start))
			}
		}
		cancel()
		all.Wait()
	})
}

func TestTokenEnd(t *testing.T) {
	jwt := func(claims string) string {
		return "eyJ0eXAiOiJKV1QifQ." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	at := time.Unix(1798761600, 0)
	for token, want := range map[string]time.Time{
		jwt(`{"aud":"x","exp":1798761600,"scopes":["crm"]}`): at,
		jwt(`{"exp":1798761600.5}`):                          at,
		jwt(`{"exp":"1798761600"}`):                          at,
		jwt(`{"exp":null}`):                                  {},
		jwt(`{"exp":-1}`):                                    {},
		jwt(`{"exp":1e300}`):                                 {},
		jwt(`[]`):                                            {},
		"opaque":                                             {},
		"a.%%%.c":                                            {},
	} {
		if got := tokenEnd(token); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", token, got, want)
		}
	}
}

func FuzzTokenEnd(f *testing.F) {
	f.Add("eyJ0eXAiOiJKV1QifQ.eyJleHAiOjE3OTg3NjE2MDB9.c2ln")
	f.Fuzz(func(t *testing.T, token string) { tokenEnd(token) })
}
