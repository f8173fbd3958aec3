//go:build !windows

package httpclient

// named says whether the environment decides.
func named() bool { return true }

func system() settings { return settings{} }
