package loyalty

import "fmt"

// Ambiguous says that more than one customer claims an identity. The till does
// not guess: a person chooses. It is an error.
type Ambiguous struct {
	Kind      IdentKind
	Customers []Customer // two or more, in the order of their IDs
}

func (a *Ambiguous) Error() string {
	return fmt.Sprintf("%d customers claim the same %s: the base contradicts itself", len(a.Customers), a.Kind)
}
