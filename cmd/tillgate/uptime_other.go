//go:build !linux && !windows

package main

import "time"

// uptime is not known here.
func uptime() time.Duration { return 0 }
