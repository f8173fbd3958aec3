//go:build !linux

package logfile

import "os"

func datasync(f *os.File) error { return f.Sync() }
