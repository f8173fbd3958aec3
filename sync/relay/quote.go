package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Quote asks the provider what a sale may spend and earns. An answer about
// another customer than was asked for is no answer.
func (r *Relay) Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	var q loyalty.Quote
	err := r.call(ctx, func(ctx context.Context) (err error) {
		q, err = r.o.Provider.Quote(ctx, s)
		return err
	})
	if err == nil && q.Customer != s.Customer {
		err = errors.New("the answer is about another customer")
	}
	if err != nil {
		return loyalty.Quote{}, fmt.Errorf("quote: %w", err)
	}
	return q, nil
}
