// Package holder names the programs that have a device file open, as far as they can
// be seen: a process of another user shows its files to root alone.
package holder

import (
	"fmt"
	"strings"
)

// Program is a running program other than this one.
type Program struct {
	PID  int
	Name string // as the kernel knows it, fifteen characters at most
}

func (p Program) String() string { return fmt.Sprintf("%s (process %d)", p.Name, p.PID) }

// Unseen stands for a program that can not be named.
const Unseen = "a program that can not be seen from here"

// Names lists programs in words, Unseen if there are none.
func Names(all []Program) string {
	if len(all) == 0 {
		return Unseen
	}
	names := make([]string, len(all))
	for k, p := range all {
		names[k] = p.String()
	}
	return strings.Join(names, ", ")
}
