package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// tiers are the segments as levels of the programme, in the order in which they
// count for a customer who is in several: those of the configuration first, as
// they stand there, then the rest by their ids.
type tiers struct {
	programme loyalty.Programme
	ids       []int64 // of the tiers; the first is 0, for customers without a segment
}

// Programme reads the segments.
func (c *Client) Programme(ctx context.Context) (loyalty.Programme, error) {
	t, err := c.readTiers(ctx, false)
	if err != nil {
		return loyalty.Programme{}, fmt.Errorf("read the segments: %w", err)
	}
	return t.programme, nil
}

// known are the tiers as they were read last; read now if they never were.
func (c *Client) known(ctx context.Context) (*tiers, error) {
	c.mu.Lock()
	t := c.tiers
	c.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := c.readTiers(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read the segments: %w", err)
	}
	return t, nil
}

func (c *Client) readTiers(ctx context.Context, urgent bool) (*tiers, error) {
	var all []wireSegment
	for page, more := 1, true; more && page <= 4; page++ { // there are 100 at most
		r := request{method: http.MethodGet, path: "customers/segments", query: paged(page), urgent: urgent}
		a, err := c.exchange(ctx, r)
		if err != nil {
			return nil, err
		}
		if a.status == http.StatusUnprocessableEntity && a.problem() {
			break // the customers are not kept in segments
		}
		raw, err := c.read(r, a)
		if err != nil {
			return nil, err
		}
		if raw == nil {
			break
		}
		var ss []wireSegment
		if ss, more, err = parseSegments(raw); err != nil {
			return nil, err
		}
		all = append(all, ss...)
	}
	t := c.cfg.tiers(all)
	if err := t.programme.Validate(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.tiers = t
	c.mu.Unlock()
	return t, nil
}

// paged asks for a page; 250 records are the most that a page may have.
func paged(page int) url.Values {
	return url.Values{"page": {strconv.Itoa(page)}, "limit": {"250"}}
}

// tiers puts what the CRM says of the segments and what the configuration says
// together.
func (c Config) tiers(known []wireSegment) *tiers {
	t := &tiers{programme: loyalty.Programme{Name: "amoCRM", Currency: c.Currency}}
	names := map[string]bool{}
	add := func(id int64) {
		tier := loyalty.Tier{Terms: loyalty.Terms{PointValue: loyalty.Money(c.PointValue)}}
		for _, s := range known {
			if s.ID == id && id != 0 {
				tier.Name = s.Name
				tier.Terms.EarnShare, _ = basisPoints(s.Rate, c.rateTimes())
				tier.Terms.MaxShare, _ = basisPoints(s.MaxDiscount, 100)
			}
		}
		for _, s := range c.Segments {
			if s.ID == id {
				if s.EarnShare != nil {
					tier.Terms.EarnShare = *s.EarnShare
				}
				if s.MaxShare != nil {
					tier.Terms.MaxShare = *s.MaxShare
				}
				tier.Terms.MinSpend = loyalty.Points(s.MinSpend)
			}
		}
		if id != 0 && (tier.Name == "" || names[tier.Name]) {
			tier.Name = fmt.Sprintf("%s #%d", tier.Name, id)
		}
		names[tier.Name] = true
		t.programme.Tiers = append(t.programme.Tiers, tier)
		t.ids = append(t.ids, id)
	}
	done := map[int64]bool{0: true}
	add(0)
	for _, s := range c.Segments {
		if !done[s.ID] {
			done[s.ID] = true
			add(s.ID)
		}
	}
	for _, s := range known {
		if !done[s.ID] {
			done[s.ID] = true
			add(s.ID)
		}
	}
	return t
}

// rateTimes is how many basis points a rate of 1 is.
func (c Config) rateTimes() int64 {
	if c.RateUnit == RateFraction {
		return 10_000
	}
	return 100
}

// of is the tier of a customer who is in these segments.
func (t *tiers) of(segments []wireRef) loyalty.Tier {
	for i, id := range t.ids {
		for _, s := range segments {
			if id != 0 && s.ID == id {
				return t.programme.Tiers[i]
			}
		}
	}
	return t.programme.Tiers[0]
}
