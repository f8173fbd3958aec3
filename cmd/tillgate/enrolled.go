package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
)

// enrolledName is the file of the scanners that were enrolled: sections as in the
// configuration, which belongs to the administrator and is never written by the
// daemon. It lies in the data folder and is read beside the configuration.
const enrolledName = "scanners.toml"

const enrolledHead = `# Scanners that were enrolled at this till ("Connect a scanner" on the page, or
# "tillgate enrol"). The sections are those of the configuration, whose scanners
# go before these. To forget a scanner, delete its section.
`

// enrolledFile is what the file holds.
type enrolledFile struct {
	Scanner ScannerConfig `toml:"scanner"`
}

// readEnrolled reads the scanners that were enrolled; none if there is no file.
func readEnrolled(dataDir string) (ScannerConfig, error) {
	path := filepath.Join(dataDir, enrolledName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ScannerConfig{}, nil
	}
	if err != nil {
		return ScannerConfig{}, exitWith(exitConfig, fmt.Errorf("enrolled scanners: %w", err))
	}
	var f enrolledFile
	if err := decodeStrict(path, data, &f); err != nil {
		return ScannerConfig{}, err
	}
	ck := checker{file: path, lines: indexLines(data)}
	f.Scanner.check(&ck)
	if len(ck.found) > 0 {
		return ScannerConfig{}, ck.found
	}
	return f.Scanner, nil
}

// with puts the enrolled scanners behind those of the configuration, but for those
// that it names too: what a person wrote goes before.
func (c ScannerConfig) with(enrolled ScannerConfig) (ScannerConfig, error) {
	taken := map[string]bool{}
	if err := c.eachSource(func(s driver.Source) { taken[s.Info().ID] = true }); err != nil {
		return c, err
	}
	for _, one := range enrolled.each() {
		fresh := true
		if err := one.eachSource(func(s driver.Source) { fresh = !taken[s.Info().ID]; taken[s.Info().ID] = true }); err != nil {
			return c, err
		}
		if fresh {
			c.Serial, c.HID, c.Evdev, c.Wedge = append(c.Serial, one.Serial...), append(c.HID, one.HID...), append(c.Evdev, one.Evdev...), append(c.Wedge, one.Wedge...)
		}
	}
	return c, nil
}

// each takes the lists apart, one scanner each.
func (c ScannerConfig) each() (all []ScannerConfig) {
	for i := range c.Serial {
		all = append(all, ScannerConfig{Serial: c.Serial[i : i+1 : i+1]})
	}
	for i := range c.HID {
		all = append(all, ScannerConfig{HID: c.HID[i : i+1 : i+1]})
	}
	for i := range c.Evdev {
		all = append(all, ScannerConfig{Evdev: c.Evdev[i : i+1 : i+1]})
	}
	for i := range c.Wedge {
		all = append(all, ScannerConfig{Wedge: c.Wedge[i : i+1 : i+1]})
	}
	return all
}

func (c ScannerConfig) eachSource(f func(driver.Source)) error {
	drivers, err := c.drivers()
	for _, d := range drivers {
		if err == nil {
			for _, s := range d.Sources() {
				f(s)
			}
		}
	}
	return err
}

// section is one section of the file: a driver, and the entry that names the
// scanner, as the drivers write it: usb = "0c2e:0b01", serial_number = "…".
func section(name, entry string) (text string, c ScannerConfig, err error) {
	switch name {
	case serial.Name, hid.Name, evdev.Name:
	default:
		return "", c, fmt.Errorf("scanners of driver %q can not be enrolled", name)
	}
	var line struct {
		Keys struct {
			USB          string `toml:"usb,omitempty"`
			SerialNumber string `toml:"serial_number,omitempty"`
			Port         string `toml:"port,omitempty"`
			Path         string `toml:"path,omitempty"`
			Protocol     string `toml:"protocol,omitempty"`
		} `toml:"keys"`
	}
	if err := toml.Unmarshal([]byte("keys = {"+entry+"}"), &line); err != nil {
		return "", c, fmt.Errorf("entry of the scanner: %w", err)
	}
	keys, err := toml.Marshal(line.Keys)
	if err != nil {
		return "", c, fmt.Errorf("entry of the scanner: %w", err)
	}
	text = "[[scanner." + name + "]]\n" + string(keys)
	var f enrolledFile
	if err := decodeStrict(enrolledName, []byte(text), &f); err != nil {
		return "", c, err
	}
	return text, f.Scanner, nil
}

// remember adds a section to the file. The file is whole at any moment, and what a
// person has changed in it stays.
func remember(dataDir, text string) error {
	path := filepath.Join(dataDir, enrolledName)
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = []byte(enrolledHead)
	case err != nil:
		return fmt.Errorf("enrolled scanners: %w", err)
	}
	whole := strings.TrimRight(string(old), "\n") + "\n\n" + text
	f, err := os.CreateTemp(dataDir, enrolledName+".*")
	if err != nil {
		return fmt.Errorf("enrolled scanners: %w", err)
	}
	defer os.Remove(f.Name()) // has gone if all went well
	_, err = f.WriteString(whole)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("enrolled scanners: %w", err)
	}
	return nil
}
