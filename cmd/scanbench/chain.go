//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// chain is the central API with its customers, in this process.
type chain struct {
	server    *server.Server
	http      *http.Server
	url       string
	token     string
	customers []loyalty.Customer
	cards     []string          // as scanned, of customers whose card is an EAN-13
	names     map[string]string // by card
}

func newChain(dir string, n int) (*chain, error) {
	s, err := server.Open(filepath.Join(dir, "central.db"), server.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	c := &chain{server: s, names: map[string]string{}}
	if err := s.Seed(n, 1); err != nil {
		return nil, err
	}
	for i := range n {
		k, err := s.Customer(loyalty.CustomerID(fmt.Sprintf("c%06d", i+1)))
		if err != nil {
			return nil, err
		}
		c.customers = append(c.customers, k)
		if card := server.EAN(i); slices.Contains(k.Cards, card) && !k.Blocked {
			c.cards = append(c.cards, string(card))
			c.names[string(card)] = k.Name
		}
	}
	if c.token, err = s.Grant("1", "1"); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.url = "http://" + l.Addr().String()
	c.http = &http.Server{Handler: s.Handler()}
	go c.http.Serve(l)
	return c, nil
}

// writeRows writes the customers for the peer, one JSON object a line.
func (c *chain) writeRows(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, k := range c.customers {
		card := ""
		if len(k.Cards) > 0 {
			card = string(k.Cards[0])
		}
		err := enc.Encode(map[string]any{"id": k.ID, "card": card, "phone": string(k.Phone), "external": k.ExternalID,
			"name": k.Name, "tier": k.Tier, "balance": k.Balance})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *chain) close() {
	c.http.Close()
	c.server.Close()
}
