package usb

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
)

// Requests of linux/usbdevice_fs.h.
const (
	usbdevfsIoctl   = 0xc0105512 // USBDEVFS_IOCTL on a 64-bit system: _IOWR('U', 18, struct of 16 bytes)
	usbdevfsIoctl32 = 0xc00c5512
	usbdevfsConnect = 0x5517 // USBDEVFS_CONNECT
)

// Attach gives an interface back to the kernel's own driver. A program that took
// it (the HID library does) and was killed leaves it to nobody: a keyboard types
// nothing then, and no report descriptor is to be seen. It needs write permission
// for the device file.
func Attach(i Interface) error {
	fd, err := unix.Open(i.Node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w (%w)", i.Node, driver.ErrDenied, err)
	}
	defer unix.Close(fd)
	arg := struct {
		number, request int32
		data            uintptr
	}{int32(i.Number), usbdevfsConnect, 0}
	request := uintptr(usbdevfsIoctl)
	if unsafe.Sizeof(arg) == 12 {
		request = usbdevfsIoctl32
	}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&arg))); e != 0 {
		return fmt.Errorf("give %s back to the kernel: %w", i.Path, e)
	}
	return nil
}
