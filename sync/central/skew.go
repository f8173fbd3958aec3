package central

import (
	"net/http"
	"time"
)

// Skew is how far the server's clock was ahead of this machine's at the last
// answer, to about a second (RFC 9110, section 6.6.1: Date); 0 before the first.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

func (c *Client) noteTime(answer *http.Response) {
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		c.skew.Store(int64(time.Until(at)))
	}
}
