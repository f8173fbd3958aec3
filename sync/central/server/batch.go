package server

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// postBatch carries out operations in their order. Each is answered as it would
// have been alone.
func (s *Server) postBatch(w http.ResponseWriter, r *http.Request, c credential) {
	var batch struct {
		Operations []json.RawMessage `json:"operations"`
	}
	if !s.body(w, r, &batch, []string{"operations"}) {
		return
	}
	if n := len(batch.Operations); n < 1 || n > loyalty.MostInBatch {
		s.fail(w, refuse(loyalty.BadRequest, fmt.Sprintf("operations are %d: 1 to %d", n, loyalty.MostInBatch)))
		return
	}
	ops, results := make([]loyalty.Operation, len(batch.Operations)), make([]applied, len(batch.Operations))
	var mine []int // that this till may send
	seen := map[loyalty.Key]bool{}
	for i, raw := range batch.Operations {
		err := decode(raw, &ops[i], operationMembers)
		if results[i].Key = ops[i].Key; !ops[i].Key.Valid() {
			s.fail(w, refuse(loyalty.BadRequest, fmt.Sprintf("operations[%d] has no key that is a UUID in lower case", i)))
			return
		}
		switch {
		case err != nil:
		case seen[ops[i].Sale.Key]:
			err = refuse(loyalty.BadRequest, "the batch has another operation of the sale: what comes of that has to be known first")
		default:
			seen[ops[i].Sale.Key] = true
			err = allowed(ops[i], c)
		}
		if err != nil {
			p := s.problemOf(err)
			results[i].Problem = &p
			continue
		}
		mine = append(mine, i)
	}
	all := make([]loyalty.Operation, len(mine))
	for k, i := range mine {
		all[k] = ops[i]
	}
	for k, result := range s.ApplyAll(all) {
		if result.Err != nil {
			p := s.problemOf(result.Err)
			results[mine[k]].Problem = &p
			continue
		}
		results[mine[k]].Outcome = &result.Outcome
	}
	ok(w, struct {
		Results []applied `json:"results"`
	}{results})
}
