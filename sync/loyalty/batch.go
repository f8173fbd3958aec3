package loyalty

import "context"

// Batcher is a Provider that takes several operations with one call. One that
// can not is sent one after the other.
type Batcher interface {
	// ApplyAll carries out operations in their order, each under its own key and
	// with an outcome of its own, as Apply would. There are MostInBatch of them
	// at most, with MostLinesInBatch lines in all unless it is one alone; no two
	// are of the same sale. The results are in the order of the operations.
	//
	// An error means that the call as a whole came to nothing clear, and holds
	// for each of them; Judge sorts it. It wraps errors.ErrUnsupported if the
	// server takes no batches, or not this one: then nothing was done.
	ApplyAll(ctx context.Context, ops []Operation) ([]Result, error)
}

// The limits of a batch.
const (
	MostInBatch      = 100
	MostLinesInBatch = 5000 // of their receipts
)

// Result is what became of one operation of a batch: what Apply would have
// returned.
type Result struct {
	Outcome Outcome
	Err     error
}
