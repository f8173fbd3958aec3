package main

import "golang.org/x/sys/windows"

// freeSpace is how many bytes this user may still write.
func freeSpace(dir string) (free uint64, readOnly bool, err error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false, err
	}
	err = windows.GetDiskFreeSpaceEx(p, &free, nil, nil)
	return free, false, err
}
