package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// wellTill are the facts of a till at which all is well.
func wellTill() facts {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f := facts{ConfigFile: "t.toml", Config: defaults(), Running: true, HID: true, Now: now}
	f.Page = f.Config.Page.Listen
	f.Config.Till.Shop, f.Config.Till.Till = "12", "3"
	f.Devices.Driven = []driver.Status{{State: driver.Ready, Info: driver.Info{ID: "hid:usb-0c2e-0907", Driver: "hid", VID: 0x0c2e, PID: 0x0907, Mode: "HID-POS (Honeywell)"}}}
	f.Data = folder{Path: "/var/lib/tillgate", Mode: 0o700, Free: 10 << 30, LastWrite: now.Add(-time.Second)}
	f.Provider = answered{Name: "central https://loyalty.example.org", Time: now.Add(time.Second), Shop: "12", Till: "3"}
	return f
}

func TestDoctorChecks(t *testing.T) {
	driven := func(state driver.State, reason string, i driver.Info) func(*facts) {
		return func(f *facts) {
			f.Devices.Driven = []driver.Status{{State: state, Reason: reason, Info: i}}
		}
	}
	stranger := func(i driver.Info) func(*facts) {
		return func(f *facts) { f.Devices.Found = []driver.Info{i} }
	}
	symbol := driver.Info{ID: "hid:usb-05e0-2100", Driver: "hid", VID: 0x05e0, PID: 0x2100}
	port := driver.Info{ID: "serial:usb-0c2e-0caa", Driver: "serial", Path: "/dev/ttyACM0", VID: 0x0c2e, PID: 0x0caa}
	for _, c := range []struct {
		name         string
		change       func(*facts)
		level        level
		what, remedy string // parts of one finding that is not ok
	}{
		{"all is well", func(*facts) {}, levelOK, "", ""},
		{"SNAPI", stranger(driver.Info{ID: "hid:usb-05e0-1900", Driver: "hid", VID: 0x05e0, PID: 0x1900, Problem: "…"}), levelProblem, "SNAPI", "USB HID POS"},
		{"configured, now in SNAPI", func(f *facts) {
			driven(driver.Absent, "USB scanner usb-05e0-2100: not plugged in", symbol)(f)
			f.Plugged = []plugged{{VID: 0x05e0, PID: 0x1900}}
		}, levelProblem, "not plugged in", "05e0:1900. If it is this scanner, it is in another host mode"},
		{"not plugged in", driven(driver.Absent, "USB scanner usb-05e0-2100: not plugged in", symbol), levelProblem, "not plugged in", "Plug it in"},
		{"no webcam", driven(driver.Absent, "not plugged in", driver.Info{ID: "camera:usb-046d-0825", Driver: "camera", VID: 0x046d, PID: 0x0825}), levelProblem, "not plugged in", "Plug it in, or try another cable and socket."},
		{"another maker's device is no hint", func(f *facts) {
			driven(driver.Absent, "not plugged in", symbol)(f)
			f.Plugged = []plugged{{VID: 0x046d, PID: 0xc31c}}
		}, levelProblem, "not plugged in", "Plug it in"},
		{"SSI without an answer", driven(driver.Ready, "", driver.Info{ID: "serial:x", Driver: "serial", Mode: "9600 8N1, SSI, does not answer"}), levelNote, "does not beep", "SSI Host"},
		{"menu commands without an answer", driven(driver.Ready, "", driver.Info{ID: "serial:x", Driver: "serial", Mode: "9600 8N1, Honeywell, does not answer, suffix CR"}), levelNote, "does not beep", "line speed"},
		{"OEM keeps QR", driven(driver.Ready, "", driver.Info{ID: "hid:x", Driver: "hid", VID: 0x05e0, Mode: "IBM OEM (hand-held)"}), levelNote, "QR codes", "USB HID POS"},
		{"OEM in a fault", driven(driver.Ready, "", driver.Info{ID: "hid:x", Driver: "hid", VID: 0x05e0, Mode: "IBM OEM (hand-held), QR codes perhaps; it reports: hardware error"}), levelProblem, "it reports: hardware error", "needs repair"},
		{"OEM that lost something", func(f *facts) {
			f.Devices.Driven = []driver.Status{{State: driver.Ready, Lost: 2, LostWhy: "scanner reports: check digit of a label is wrong", Info: driver.Info{ID: "hid:x", Driver: "hid", VID: 0x05e0, Mode: "IBM OEM (hand-held)"}}}
		}, levelNote, "2 inputs were thrown away, the last because of scanner reports: check digit", "USB HID POS"},
		{"keyboard mode", driven(driver.Ready, "", driver.Info{ID: "evdev:x", Driver: "evdev", VID: 0x0c2e, Mode: "keyboard (us)"}), levelNote, "works, but a keyboard", "TRMUSB131."},
		{"Newland keyboard", driven(driver.Ready, "", driver.Info{ID: "hid:x", Driver: "hid", VID: 0x1eab, Mode: "keyboard, taken"}), levelNote, "works, but", "10 HID-POS"},
		{"Raw Input", driven(driver.Ready, "", driver.Info{ID: "wedge:x", Driver: "wedge", VID: 0x05f9, Mode: "keyboard"}), levelNote, "typed into the window", "USB-COM-STD"},
		{"permission, HID", driven(driver.Denied, "permission denied", symbol), levelProblem, "permission",
			"70-tillgate-local.rules:\nSUBSYSTEM==\"hidraw\", ATTRS{idVendor}==\"05e0\", ATTRS{idProduct}==\"2100\", MODE=\"0660\", GROUP=\"tillgate\"\n" +
				"SUBSYSTEM==\"usb\", ATTR{idVendor}==\"05e0\", ATTR{idProduct}==\"2100\", MODE=\"0660\", GROUP=\"tillgate\"\nthen: udevadm control --reload"},
		{"permission, port", driven("", "serial port /dev/ttyACM0: permission denied; add", port), levelProblem, "permission",
			`SUBSYSTEM=="tty", ATTRS{idVendor}=="0c2e", ATTRS{idProduct}=="0caa", MODE="0660", GROUP="tillgate", ENV{ID_MM_DEVICE_IGNORE}="1"`},
		{"permission, keyboard", driven(driver.Denied, "permission denied", driver.Info{ID: "evdev:x", Driver: "evdev", VID: 0x0581, PID: 0x011c}), levelProblem, "permission", `SUBSYSTEM=="input", KERNEL=="event*"`},
		{"held by a program", driven(driver.Busy, "serial port /dev/ttyACM0: in use by another program: picocom (process 77); close it", port), levelProblem, "picocom (process 77)", ""},
		{"taken by a program", driven(driver.Busy, "scanner at 1-2:1.0: in use by another program: pos (process 77) has taken it from the system", symbol), levelProblem, "pos (process 77)", "That program reads the scanner by itself"},
		{"taken by a program that the service can not see", func(f *facts) {
			driven(driver.Busy, "scanner at 1-2:1.0: in use by another program: a program that can not be seen from here has taken it from the system", symbol)(f)
			f.Devices.holders = map[string]string{symbol.ID: "pos (process 77)"}
		}, levelProblem, "in use by another program: pos (process 77) has taken it", "That program reads"},
		{"taken by a program that nobody sees", driven(driver.Busy, "in use by another program: a program that can not be seen from here has taken it from the system", symbol), levelProblem, "can not be seen", "sudo tillgate doctor names the program. That"},
		{"taken by a program, by the library", driven(driver.Busy, "USB device 05e0:2100 at 1-2:1.0: in use by another program, or going away", symbol), levelProblem, "in use by another program", "sudo tillgate doctor"},
		{"grabbed by a program", driven(driver.Busy, "/dev/input/event5: in use by another program: Xorg (process 5) has grabbed the scanner for itself", driver.Info{ID: "evdev:x", Driver: "evdev", VID: 0x0581}), levelProblem, "has grabbed", "Switch the scanner off"},
		{"read along", func(f *facts) {
			driven(driver.Ready, "", symbol)(f)
			f.Devices.holders = map[string]string{symbol.ID: "pos (process 77)"}
		}, levelNote, "pos (process 77) has it open too", "would come twice"},
		{"keyboard, with its history", func(f *facts) {
			f.Devices.Driven = []driver.Status{{State: driver.Ready, Since: f.Now, Scans: 7, Repeats: 2, LastScan: f.Now, Info: driver.Info{ID: "evdev:x", Driver: "evdev", VID: 0x0c2e, Mode: "keyboard (us)"}}}
		}, levelNote, "7 codes, the last at " + clockTime(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)) + ", 2 of them a card still in view", "TRMUSB131."},
		{"held by ModemManager", driven(driver.Busy, "in use by another program: ModemManager (process 7)", port), levelProblem, "ModemManager", "ID_MM_DEVICE_IGNORE"},
		{"ModemManager will", func(f *facts) {
			f.Programs, f.Plugged = []string{modemManager}, []plugged{{VID: 0x0c2e, PID: 0x0caa, TTY: "/dev/ttyACM0"}}
		}, levelProblem, "ModemManager", `ATTRS{idVendor}=="0c2e", ENV{ID_MM_DEVICE_IGNORE}="1"`},
		{"ModemManager is told not to", func(f *facts) {
			f.Programs, f.Plugged = []string{modemManager}, []plugged{{VID: 0x0c2e, PID: 0x0caa, TTY: "/dev/ttyACM0", Ignored: true}, {VID: 0x12d1, PID: 0x1001, TTY: "/dev/ttyUSB0"}}
		}, levelOK, "", ""},
		{"brltty", func(f *facts) {
			f.Programs, f.Plugged = []string{brltty}, []plugged{{VID: 0x1a86, PID: 0x7523}}
		}, levelProblem, "braille display", "brltty-udev"},
		{"brltty left it alone", func(f *facts) {
			f.Programs, f.Plugged = []string{brltty}, []plugged{{VID: 0x1a86, PID: 0x7523, TTY: "/dev/ttyUSB0"}}
		}, levelOK, "", ""},
		{"no scanner", func(f *facts) { f.Devices.Driven = nil }, levelProblem, "has none", "tillgate enrol"},
		{"stranger", stranger(driver.Info{ID: "hid:usb-1eab-1410", Driver: "hid", VID: 0x1eab, PID: 0x1410, Problem: "not in the configuration; add"}), levelNote, "not in the configuration", "tillgate enrol"},
		{"a stranger's port is nobody's business", stranger(driver.Info{ID: "serial:/dev/ttyS0", Driver: "serial", Problem: "not in the configuration"}), levelOK, "", ""},
		{"lost input", func(f *facts) { f.Devices.Driven[0].Lost, f.Devices.Driven[0].LostWhy = 3, "overflow" }, levelNote, "3 inputs were thrown away, the last because of overflow", "--record"},
		{"without cgo", func(f *facts) { f.HID = false }, levelNote, "without USB HID support", "cgo"},
		{"without cgo, and it is needed", func(f *facts) { f.HID, f.Config.Scanner.HID = false, []hid.Config{{}} }, levelProblem, "are configured", "cgo"},
		{"data folder of somebody else", func(f *facts) { f.Data.Err = errors.New("permission denied") }, levelProblem, "permission denied", "chown"},
		{"no exports", func(f *facts) { f.Archive = "export: mkdir /srv/export: permission denied" }, levelProblem, "permission denied", "journal.export_dir"},
		{"data folder open to all", func(f *facts) { f.Data.Mode = 0o755 }, levelProblem, "mode 0755", "chmod 700 /var/lib/tillgate"},
		{"key in a file", func(f *facts) { f.Key = seal.File }, levelNote, "held by a file", "systemd-creds encrypt"},
		{"key in a credential", func(f *facts) { f.Key = seal.Credential }, levelOK, "", ""},
		{"disk full", func(f *facts) { f.Data.Free = 3 << 20 }, levelProblem, "3 MB left", "Make room"},
		{"clock of a dead battery", func(f *facts) {
			f.Now = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
			f.Provider.Time = time.Time{}
		}, levelProblem, "can not be", "timedatectl"},
		{"clock went back", func(f *facts) { f.Data.LastWrite = f.Now.Add(time.Hour) }, levelProblem, "has written at", "timedatectl"},
		{"clock differs", func(f *facts) { f.Provider.Time = f.Now.Add(-time.Hour) }, levelProblem, "1h0m0s away", "timedatectl"},
		{"secret", func(f *facts) { f.Provider.SecretErr = errors.New("file t can be read by others: chmod 600 t") }, levelProblem, "chmod 600 t", ""},
		{"secret of the service", func(f *facts) {
			f.Provider.SecretErr = fmt.Errorf("provider.central.token: %w", &atServiceError{"credential:token"})
		}, levelNote, "credential:token", "systemctl start"},
		{"wrong key", func(f *facts) { f.Provider.Err = fmt.Errorf("status: %w", loyalty.ErrCredentials) }, levelProblem, "credentials not accepted", "get a new one"},
		{"no network", func(f *facts) { f.Provider.Err = errors.New("connection refused") }, levelProblem, "connection refused", "firewall"},
		{"another till's token", func(f *facts) { f.Provider.Till = "4" }, levelProblem, "takes this till for shop 12, till 4", "each other's"},
		{"key ends", func(f *facts) { f.Provider.Ends = f.Now.Add(48 * time.Hour) }, levelProblem, "ends on 2026-11-24", "new one"},
		{"port taken", func(f *facts) { f.PageErr = errors.New("127.0.0.1:8377 answers, but it is not tillgate") }, levelProblem, "not tillgate", "ss -ltnp"},
		{"not running", func(f *facts) { f.Running = false }, levelNote, "not running", "systemctl start"},
		{"another user's", func(f *facts) { f.Running, f.DaemonErr = false, errors.New("belongs to another user") }, levelProblem, "another user", ""},
		{"mistakes", func(f *facts) {
			f.ConfigErr = Mistakes{{File: "t.toml", Line: 3, Key: "till.shop", What: "missing"}}
			f.Devices.Driven = nil
		}, levelProblem, "t.toml:3: till.shop: missing", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := wellTill()
			c.change(&f)
			bad := []finding{}
			for _, x := range examine(f) {
				if x.Level != levelOK {
					bad = append(bad, x)
				}
			}
			switch {
			case c.level == levelOK && len(bad) > 0:
				t.Errorf("%+v", bad)
			case c.level != levelOK && (len(bad) != 1 || bad[0].Level != c.level || !strings.Contains(bad[0].What, c.what) || !strings.Contains(bad[0].Remedy, c.remedy)):
				t.Errorf("%+v, want one %s: %q, %q", bad, c.level, c.what, c.remedy)
			}
		})
	}
}

// Who has the page's port is found out by asking.
func TestDoctorAsksThePage(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	addr := strings.TrimPrefix(other.URL, "http://")
	if err := askPage(context.Background(), addr, true); err == nil || !strings.Contains(err.Error(), "is not tillgate") {
		t.Error(err)
	}
	if err := askPage(context.Background(), addr, false); err == nil {
		t.Error("a port that is taken is called free")
	}
}

func TestDoctorWithoutAConfiguration(t *testing.T) {
	stdout, stderr, code := say("doctor", "--json", "-c", filepath.Join(t.TempDir(), "none.toml"))
	var first finding
	line, _, _ := strings.Cut(stdout, "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil || code != exitFailure || first.Level != levelProblem || !strings.Contains(first.What, "there is no configuration file here") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
