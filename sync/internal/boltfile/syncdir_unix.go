//go:build !windows

package boltfile

import (
	"os"
	"path/filepath"
)

// SyncDir makes the names in the folder of path durable.
func SyncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
