package main

import "errors"

// Exit codes, as documented in the README. Those from 64 up are those of
// sysexits.h.
const (
	exitOK          = 0
	exitFailure     = 1  // something went wrong; the last line says what
	exitUsage       = 64 // the command line is not understood
	exitUnavailable = 69 // no daemon to talk to
	exitDisk        = 73 // the disk with the data folder is full, read-only or broken
	exitDamaged     = 74 // journal.db is damaged: nothing was touched
	exitBusy        = 75 // another daemon holds the data folder, or the port is taken
	exitConfig      = 78 // the configuration is wrong
)

// exitError is an error with its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// exitWith gives an error an exit code; nil stays nil.
func exitWith(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// exitCode is what the process ends with.
func exitCode(err error) int {
	var e *exitError
	var m Mistakes
	var one *Mistake
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &m), errors.As(err, &one):
		return exitConfig
	}
	return exitFailure
}
