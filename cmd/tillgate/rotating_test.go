//go:build linux

package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	endian "encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// A phone shows codes that change. From the scanner's port to the page: a code of
// now, and of clocks that are a little apart, brings its customer; one that was
// shown before, one that is old and one that was made up are refused, each in its
// own words, and the code is in no log.
func TestRotatingCodes(t *testing.T) {
	for _, own := range []bool{false, true} {
		t.Run(fmt.Sprintf("key per customer=%v", own), func(t *testing.T) { rotatingCodes(t, own) })
	}
}

func rotatingCodes(t *testing.T, own bool) {
	programme := []byte("a key that is long enough")
	t.Setenv("TILLGATE_TEST_KEY", hex.EncodeToString(programme))
	x := newTill(t)
	x.write(x.defaultConfig() + fmt.Sprintf(`[[card]]
name = "pass"
kind = "rotating"
value_pattern = "CLUB-{id}-{totp_timestamp_seconds}-{totp_value_0}"
key = "env:TILLGATE_TEST_KEY"
key_per_customer = %v
digits = 8
`, own))
	code := func(id card.ID, at time.Time, key []byte) string {
		if own {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(id))
			key = h.Sum(nil)[:20]
		}
		h := hmac.New(sha1.New, key)
		endian.Write(h, endian.BigEndian, at.Unix()/30)
		sum := h.Sum(nil)
		n := endian.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
		value := fmt.Sprintf("%08d", n%100_000_000)
		x.secrets.add(value)
		return fmt.Sprintf("CLUB-%s-%d-%s", string(id), at.Unix(), value)
	}
	x.secrets.add(hex.EncodeToString(programme))
	x.start()
	x.filled()
	b := uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	c := x.connect()
	// told waits until it is said, by the daemon and in Russian on the page.
	told := func(what, words string) {
		t.Helper()
		c.await(t, "it is said: "+what, func(s checkout.State) bool {
			return s.Prompt == nil && s.Notice != nil && s.Notice.Code == what
		})
		b.Until(`document.body.innerText.includes("` + words + `")`)
		b.Shot(what)
		c.mustDo(t, checkout.Command{Do: checkout.Dismiss})
	}
	now := time.Now()
	fresh := code(card1, now, programme)
	x.scan(fresh)
	p := c.awaitPrompt(t, checkout.AskTotal)
	if p.Customer == nil || p.Customer.Name == "" {
		t.Errorf("%+v", p)
	}
	c.choose(t, p, checkout.NotThis, 0)
	x.pause()
	x.scan(fresh)
	told(checkout.CodeUsed, "Этот код уже показывали")
	x.scan(code(card1, now.Add(-10*time.Minute), programme))
	told(checkout.CodeStale, "Код на телефоне устарел")
	x.scan(code(card1, now, []byte("somebody else's key, as long")))
	told(checkout.CodeNotOurs, "выпущен не нашей программой")
	for i, apart := range []time.Duration{-15 * time.Second, 15 * time.Second} {
		x.scan(code(plainCard(i+2), time.Now().Add(apart), programme))
		c.choose(t, c.awaitPrompt(t, checkout.AskTotal), checkout.NotThis, 0)
		c.await(t, "put away", func(s checkout.State) bool { return s.Prompt == nil })
	}
}
