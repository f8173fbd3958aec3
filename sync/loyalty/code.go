package loyalty

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
	"time"
)

// codeAttempts is how often a code may be typed: a code of three digits is
// guessed in three attempts once in 333 times, and the next try costs a new
// message to the customer.
const codeAttempts = 3

// tillCode is a code that the till itself compares.
type tillCode struct {
	mu      sync.Mutex
	sum     [sha256.Size]byte // of the code, which is not kept
	left    int
	expires time.Time
}

// NewChallenge is the challenge of a provider that tells the till the code, for
// the till to compare. Three attempts are given, none after expires. Blanks and
// dashes that are typed do not count. A code without a digit or letter is
// nobody's: no answer to it is right.
func NewChallenge(code string, expires time.Time) Challenge {
	c := &tillCode{left: codeAttempts, expires: expires}
	if code = bare(code); code == "" {
		c.left = 0
	}
	c.sum = sha256.Sum256([]byte(code))
	return c
}

func (c *tillCode) Check(typed string) (bool, int) {
	sum := sha256.Sum256([]byte(bare(typed)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 || !time.Now().Before(c.expires) {
		return false, 0
	}
	if subtle.ConstantTimeCompare(sum[:], c.sum[:]) == 1 {
		c.left = 0 // a code is good for one time
		return true, 0
	}
	c.left--
	return false, c.left
}

func (c *tillCode) Expires() time.Time { return c.expires }

func (c *tillCode) String() string   { return "code" }
func (c *tillCode) GoString() string { return "code" }

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, s)
}
