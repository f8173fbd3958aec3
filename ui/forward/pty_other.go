//go:build !linux

package forward

import "errors"

func openPty(string) (output, error) {
	return nil, errors.New(`there are no pseudo terminals here: use to = "serial" with one end of a com0com pair, or to = "keys"`)
}
