package usb

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// sysfs writes files as Linux shows them.
func sysfs(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestList(t *testing.T) {
	root := sysfs(t, map[string]string{
		"1-2/idVendor": "0c2e\n", "1-2/idProduct": "0b01\n", "1-2/serial": "17123B4567\n", "1-2/product": "Scanner\n",
		"1-2/bNumInterfaces": " 2\n", "1-2/busnum": "1\n", "1-2/devnum": "4\n",
		"1-2:1.0/bInterfaceClass": "03\n", "1-2:1.0/bInterfaceNumber": "00\n", "1-2:1.0/bInterfaceSubClass": "01\n",
		"1-2:1.0/bInterfaceProtocol": "01\n", "1-2:1.0/0003:0C2E:0B01.0001/report_descriptor": "\x05\x01",
		"1-2:1.1/bInterfaceClass": "0a\n", // a serial interface of the same device
		"1-3:1.0/bInterfaceClass": "03\n", // unplugged while we read
		"1-4/idVendor":            "0c2e\n", "1-4/idProduct": "0b01\n", "1-4/bNumInterfaces": " 2\n",
		"1-4:1.0/bInterfaceClass": "03\n", "1-4:1.0/bInterfaceNumber": "00\n", // the second interface is still to come
		"usb1/idVendor": "1d6b\n",
	})
	if err := os.Symlink("../../drivers/usbhid", filepath.Join(root, "1-2:1.0", "driver")); err != nil {
		t.Fatal(err)
	}
	got, err := list(root)
	want := []Interface{{Path: "1-2:1.0", VID: 0x0c2e, PID: 0x0b01, Serial: "17123B4567", Product: "Scanner", Class: 3, Subclass: 1,
		Protocol: 1, Descriptor: []byte("\x05\x01"), Node: "/dev/bus/usb/001/004", Dir: filepath.Join(root, "1-2:1.0"), Driver: "usbhid"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := list(filepath.Join(root, "no USB here")); got != nil || err != nil {
		t.Errorf("%v %v", got, err)
	}
}
