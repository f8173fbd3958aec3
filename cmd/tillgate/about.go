package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// about is what the running daemon says of itself, so that what grows over weeks
// (open files, goroutines) can be seen.
type about struct {
	PID        int       `json:"pid"`
	Version    string    `json:"version"`
	Since      time.Time `json:"since"`
	Goroutines int       `json:"goroutines"`
	Files      int       `json:"files,omitempty"` // that are open; 0 where the system does not say
	Page       string    `json:"page,omitempty"`  // where the cashier's page is
}

// newAbout looks at this process, which has run since then.
func newAbout(since time.Time) about {
	p := about{PID: os.Getpid(), Version: version, Since: since, Goroutines: runtime.NumGoroutine()}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		p.Files = len(open) - 1 // one is that of the list itself
	}
	return p
}

func (p about) String() string {
	s := fmt.Sprintf("tillgate %s has run since %s as process %d, with %d goroutines", p.Version, clockTime(p.Since), p.PID, p.Goroutines)
	if p.Files > 0 {
		s += fmt.Sprintf(" and %d open files", p.Files)
	}
	return s
}
