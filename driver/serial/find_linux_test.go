package serial

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
)

// tree makes a system with two USB scanners, one at an adapter, a real and an
// empty ttyS, a port of a Bluetooth dongle and a console.
func tree(t *testing.T) sysfs {
	root := t.TempDir()
	s := sysfs{class: filepath.Join(root, "class/tty"), dev: filepath.Join(root, "dev")}
	put := func(path, content string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content+"\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(path, to string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.MkdirAll(filepath.Join(root, to), 0o755),
			os.Symlink(filepath.Join(root, to), path)); err != nil {
			t.Fatal(err)
		}
	}
	usb := func(name, dir, device, subsystem, vid, pid, number string) {
		put("dev/"+name, "")
		put(dir+"/idVendor", vid)
		put(dir+"/idProduct", pid)
		if number != "" {
			put(dir+"/serial", number)
		}
		put(dir+"/manufacturer", "Maker")
		put(dir+"/product", "Scanner "+name)
		put(device+"/bInterfaceClass", "02")
		link(device+"/subsystem", "bus/"+subsystem)
		link("class/tty/"+name+"/device", device)
	}
	usb("ttyACM0", "usb1/1-1", "usb1/1-1/1-1:1.0", "usb", "0c2e", "0caa", "17123B4567")
	usb("ttyACM1", "usb1/1-2", "usb1/1-2/1-2:1.0", "usb", "0c2e", "0caa", "17123B4568")
	usb("ttyUSB0", "usb1/1-3", "usb1/1-3/1-3:1.0/ttyUSB0", "usb-serial", "1a86", "7523", "")
	usb("ttyUSB1", "usb1/1-5/1-5.2", "usb1/1-5/1-5.2/1-5.2:1.0/ttyUSB1", "usb-serial", "1a86", "7523", "")
	usb("rfcomm0", "usb1/1-4", "usb1/1-4/1-4:1.0/bluetooth/hci0/hci0:11", "bluetooth", "0a12", "0001", "")
	for name, kind := range map[string]string{"ttyS0": "4", "ttyS1": "0"} {
		put("dev/"+name, "")
		put("class/tty/"+name+"/type", kind)
		link("class/tty/"+name+"/device", "platform/"+name)
	}
	put("class/tty/tty1/dev", "4:1")
	put("dev/tty1", "")
	link("class/tty/ttyACM9/device", "usb1/1-9") // no file in /dev yet
	return s
}

func TestListPorts(t *testing.T) {
	s := tree(t)
	ports, err := s.list()
	if err != nil {
		t.Fatal(err)
	}
	want := []portInfo{
		{path: "rfcomm0"},
		{path: "ttyACM0", name: "Maker Scanner ttyACM0", vid: 0x0c2e, pid: 0x0caa, number: "17123B4567", socket: "1-1"},
		{path: "ttyACM1", name: "Maker Scanner ttyACM1", vid: 0x0c2e, pid: 0x0caa, number: "17123B4568", socket: "1-2"},
		{path: "ttyS0"},
		{path: "ttyUSB0", name: "Maker Scanner ttyUSB0", vid: 0x1a86, pid: 0x7523, socket: "1-3"},
		{path: "ttyUSB1", name: "Maker Scanner ttyUSB1", vid: 0x1a86, pid: 0x7523, socket: "1-5.2"},
	}
	for i := range want {
		want[i].path = filepath.Join(s.dev, want[i].path)
		want[i].real = want[i].path
	}
	if len(ports) != len(want) {
		t.Fatalf("got %+v, want %+v", ports, want)
	}
	for i := range want {
		if ports[i] != want[i] {
			t.Errorf("got %+v, want %+v", ports[i], want[i])
		}
	}
}

func TestStatPortThroughALink(t *testing.T) {
	s := tree(t)
	link := filepath.Join(t.TempDir(), "usb-Honeywell-if00")
	if err := os.Symlink(filepath.Join(s.dev, "ttyACM1"), link); err != nil {
		t.Fatal(err)
	}
	p, err := s.stat(link)
	if err != nil || p.path != link || p.number != "17123B4568" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.stat(link + "x"); !errors.Is(err, driver.ErrAbsent) {
		t.Errorf("a link that is not there: %v", err)
	}
}

func TestSourceIsFoundByUSB(t *testing.T) {
	was := system
	system = tree(t)
	t.Cleanup(func() { system = was })
	cases := []struct {
		cfg  Config
		path string // "" for absent
	}{
		{Config{USB: "0c2e:0caa"}, "ttyACM0"},
		{Config{USB: "0x0C2E:0x0CAA", SerialNumber: "17123B4568"}, "ttyACM1"},
		{Config{USB: "0c2e:0caa", SerialNumber: "another"}, ""},
		{Config{USB: "1a86:7523"}, "ttyUSB0"},
		{Config{USB: "1a86:7523", Port: "1-5.2"}, "ttyUSB1"},
		{Config{USB: "1a86:7523", Port: "1-6"}, ""},
		{Config{USB: "0c2e:0caa", Port: "1-1", SerialNumber: "17123B4568"}, ""},
		{Config{USB: "0a12:0001"}, ""},
	}
	for _, c := range cases {
		d, err := New([]Config{c.cfg})
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.sources[0].locate()
		if c.path == "" {
			if !errors.Is(err, driver.ErrAbsent) {
				t.Errorf("%+v: found %+v, %v", c.cfg, p, err)
			}
			continue
		}
		if err != nil || filepath.Base(p[0].path) != c.path {
			t.Errorf("%+v: found %+v, %v", c.cfg, p, err)
		}
	}
}

// Of two adapters alike the one that is named by its socket is not the other's, even
// if it is the only one.
func TestTwoAlikeBySocket(t *testing.T) {
	was := system
	system = tree(t)
	t.Cleanup(func() { system = was })
	d, err := New([]Config{{USB: "1a86:7523"}, {USB: "1a86:7523", Port: "1-3"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ttyUSB1", "ttyUSB0"} {
		if p, err := d.sources[i].locate(); err != nil || len(p) != 1 || filepath.Base(p[0].path) != want {
			t.Errorf("scanner %d: found %+v, %v; want %s", i+1, p, err, want)
		}
	}
	if err := os.Remove(filepath.Join(system.dev, "ttyUSB1")); err != nil {
		t.Fatal(err)
	}
	if p, err := d.sources[0].locate(); !errors.Is(err, driver.ErrAbsent) {
		t.Errorf("found %+v, %v", p, err)
	}
	system = tree(t)
	d, err = New([]Config{{USB: "1a86:7523", Port: "1-3"}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Candidates("/dev/null/none")
	if err != nil || len(found) != 2 {
		t.Fatalf("%d candidates, %v", len(found), err) // the two with numbers; the adapter has no maker of scanners
	}
	for _, info := range mustFind(t, d) {
		if filepath.Base(info.Path) == "ttyUSB1" && (info.ID != "serial:usb-1a86-7523-port-1-5.2" || !strings.Contains(info.Problem, `usb = "1a86:7523", port = "1-5.2"`)) {
			t.Errorf("%+v", info)
		}
	}
}

func mustFind(t *testing.T, d *Driver) []driver.Info {
	t.Helper()
	found, err := d.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFindDescribesStrangers(t *testing.T) {
	was := system
	system = tree(t)
	t.Cleanup(func() { system = was })
	d, err := New([]Config{{USB: "0c2e:0caa", SerialNumber: "17123B4567"}})
	if err != nil {
		t.Fatal(err)
	}
	found := mustFind(t, d)
	if len(found) != 6 || found[0].Problem != "" || found[0].ID != "serial:usb-0c2e-0caa-17123B4567" {
		t.Fatalf("found %+v", found)
	}
	for _, info := range found[1:] {
		if info.Serial != "17123B4568" {
			continue
		}
		want := `not in the configuration; this looks like a scanner of Metrologic or Honeywell, add [[scanner.serial]] with usb = "0c2e:0caa", serial_number = "17123B4568"`
		if info.ID != "serial:usb-0c2e-0caa-17123B4568" || info.Problem != want {
			t.Errorf("got %+v", info)
		}
		return
	}
	t.Error("the second scanner is not listed")
}

func TestDeniedNamesTheRemedy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ttyS0")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := denied(file)
	if !errors.Is(err, driver.ErrDenied) || !strings.Contains(err.Error(), "udev") {
		t.Error(err)
	}
	if os.Getuid() != 0 {
		return
	}
	if err := os.Chown(file, 0, 20); err != nil { // dialout on Debian
		t.Fatal(err)
	}
	if err := denied(file); !strings.Contains(err.Error(), "to the group ") {
		t.Error(err)
	}
}
