package amocrm

// Unlimited lets a client ask as often as it likes: tests make hundreds of calls.
func (c *Client) Unlimited() { c.share = newShare(1e9) }
