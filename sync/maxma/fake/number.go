package fake

import (
	"encoding/json"
	"fmt"
	"math/big"
)

// scaled reads a number, or a string with one, in units of which one has so
// many digits after the point; false if it is none or does not come out even.
func scaled(n json.Number, digits int64) (int64, bool) {
	if n == "" {
		return 0, true
	}
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(digits), nil)))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// money is an amount in kopecks as it is sent.
func (s *Server) money(kopecks int64) any {
	text := big.NewRat(kopecks, 100).FloatString(2)
	if s.o.Quoted {
		return text
	}
	return json.RawMessage(text)
}

// points is a count of points as it is sent.
func (s *Server) points(n int64) any {
	if s.o.Quoted {
		return fmt.Sprintf("%d.0", n)
	}
	return n
}
