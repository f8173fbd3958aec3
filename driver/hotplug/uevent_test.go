package hotplug

import (
	"encoding/binary"
	"testing"
)

// kernel is a message as the kernel sends it, udev the same as udev passes it on.
func kernel(action, subsystem string) []byte {
	return []byte(action + "@/devices/pci0000:00/0000:00:14.0/usb1/1-2\x00ACTION=" + action + "\x00DEVPATH=/devices/pci0000:00/0000:00:14.0/usb1/1-2\x00SUBSYSTEM=" +
		subsystem + "\x00DEVNAME=bus/usb/001/005\x00DEVTYPE=usb_device\x00PRODUCT=c2e/1007/110\x00SEQNUM=3812\x00")
}

func udev(action, subsystem string) []byte {
	body := []byte("UDEV_DATABASE_VERSION=1\x00ACTION=" + action + "\x00SUBSYSTEM=" + subsystem + "\x00")
	head := make([]byte, 40)
	copy(head, udevName)
	binary.BigEndian.PutUint32(head[8:], udevMagic)
	binary.NativeEndian.PutUint32(head[12:], 40)
	binary.NativeEndian.PutUint32(head[16:], 40)
	binary.NativeEndian.PutUint32(head[20:], uint32(len(body)))
	return append(head, body...)
}

func TestRelevant(t *testing.T) {
	foreign := udev("add", "usb")
	foreign[8] = 0
	long := udev("add", "usb")
	binary.NativeEndian.PutUint32(long[20:], 1<<31)
	for _, tt := range []struct {
		name string
		msg  []byte
		want bool
	}{
		{"plugged in", kernel("add", "usb"), true},
		{"driver found", kernel("bind", "usb"), true},
		{"udevadm trigger", kernel("change", "tty"), true},
		{"unplugged", kernel("remove", "usb"), false},
		{"driver gone", kernel("unbind", "usb"), false},
		{"a disk", kernel("add", "block"), false},
		{"permissions set", udev("add", "hidraw"), true},
		{"udev has seen the last of it", udev("remove", "hidraw"), false},
		{"wrong magic", foreign, false},
		{"longer than it is", long, false},
		{"cut off", udev("add", "usb")[:23], false},
		{"no head", []byte("ACTION=add\x00SUBSYSTEM=usb\x00"), false},
		{"nothing", nil, false},
	} {
		if got := relevant(tt.msg); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func FuzzUevent(f *testing.F) {
	f.Add(kernel("add", "usb"))
	f.Add(udev("bind", "input"))
	f.Fuzz(func(t *testing.T, msg []byte) { relevant(msg) })
}
