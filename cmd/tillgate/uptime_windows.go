package main

import (
	"time"

	"golang.org/x/sys/windows"
)

// uptime is how long the machine has run, sleep included. Nobody can set it.
func uptime() time.Duration { return windows.DurationSinceBoot() }
