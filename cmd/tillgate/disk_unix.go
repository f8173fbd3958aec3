//go:build unix

package main

import "golang.org/x/sys/unix"

// readOnlyMount is ST_RDONLY of statfs(2).
const readOnlyMount = 1

// freeSpace is how many bytes this user may still write, if the disk is not one
// that is only read.
func freeSpace(dir string) (free uint64, readOnly bool, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	return s.Bavail * uint64(s.Bsize), s.Flags&readOnlyMount != 0, nil
}
