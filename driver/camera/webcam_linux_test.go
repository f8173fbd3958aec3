package camera

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/driver"
)

// sysfs makes a folder as the kernel has it: a USB camera with two device files,
// and one that is not on USB.
func sysfs(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("devices/usb1/1-2/idVendor", "046d")
	write("devices/usb1/1-2/idProduct", "0825")
	write("devices/usb1/1-2/serial", "8A1B")
	for _, v := range []struct{ name, index, label, device string }{
		{"video0", "0", "UVC Camera (046d:0825)", "devices/usb1/1-2/1-2:1.0"},
		{"video1", "1", "UVC Camera (046d:0825)", "devices/usb1/1-2/1-2:1.0"},
		{"video10", "0", "platform camera", "devices/platform/cam"},
		{"v4l-subdev0", "0", "sensor", "devices/platform/cam"},
	} {
		write("class/"+v.name+"/index", v.index)
		write("class/"+v.name+"/name", v.label)
		write(v.device+"/uevent", "")
		if err := os.Symlink(filepath.Join(root, v.device), filepath.Join(root, "class", v.name, "device")); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "class")
}

func TestListCameras(t *testing.T) {
	all, err := listNodes(sysfs(t), "/dev")
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if n := all[0]; n.path != "/dev/video0" || n.name != "UVC Camera (046d:0825)" || n.usb.ID() != "usb-046d-0825-8A1B-port-1-2" {
		t.Errorf("%+v", n)
	}
	if n := all[1]; n.path != "/dev/video10" || n.usb.VID != 0 {
		t.Errorf("%+v", n)
	}
	d, err := New([]Config{{Path: "/dev/none-such"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.sources[0].locate(all); !errors.Is(err, driver.ErrAbsent) {
		t.Errorf("a path that is not there: %v", err)
	}
	if none, err := listNodes(filepath.Join(t.TempDir(), "none"), "/dev"); err != nil || none != nil {
		t.Errorf("a machine without cameras: %v, %v", none, err)
	}
}

func TestNoCamera(t *testing.T) {
	for path, want := range map[string]error{"/dev/null": nil, "/dev/none-such": driver.ErrAbsent} {
		cam := newWebcam(settings{id: "camera:x", path: path}, nil)
		err := cam.Run(t.Context(), nil)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
