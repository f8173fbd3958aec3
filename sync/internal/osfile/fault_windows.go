package osfile

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Full says that an error is of a disk without room.
func Full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// ReadOnly says that an error is of a disk that takes no writes.
func ReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// Broken says that an error is of a disk that fails, or whose file system does.
func Broken(err error) bool {
	return errors.Is(err, windows.ERROR_CRC) || errors.Is(err, windows.ERROR_IO_DEVICE) || errors.Is(err, windows.ERROR_WRITE_FAULT) ||
		errors.Is(err, windows.ERROR_DISK_CORRUPT) || errors.Is(err, windows.ERROR_FILE_CORRUPT)
}
