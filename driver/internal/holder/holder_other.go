//go:build !linux

package holder

// Others is empty: this system does not say.
func Others(string) []Program { return nil }

// Here is 0: this system does not say.
func Here(string) int { return 0 }
