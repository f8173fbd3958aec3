//go:build !windows

package osfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Full says that an error is of a disk without room (or of a user whose share of
// it is used up).
func Full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// ReadOnly says that an error is of a disk that takes no writes.
func ReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }

// unclean is EUCLEAN of Linux: a file system has met something that it did not write.
const unclean = unix.Errno(117)

// Broken says that an error is of a disk that fails, or whose file system does.
func Broken(err error) bool {
	return errors.Is(err, unix.EIO) || errors.Is(err, unclean) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV)
}
