//go:build !linux

package holder

// Others is empty: this system does not say.
func Others(string) []Program { return nil }
