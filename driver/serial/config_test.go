package serial

import (
	"errors"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func TestConfigMistakes(t *testing.T) {
	cases := []struct {
		cfg  Config
		want string // "key: problem"; several separated by line ends
	}{
		{Config{}, `path: missing; want the port, such as "/dev/ttyACM0" or "COM5", or usb = "vid:pid" instead`},
		{Config{Path: "COM5", USB: "0c2e:0caa"}, `usb: "0c2e:0caa" given beside path = "COM5"; want one of the two`},
		{Config{USB: "c2e:caa"}, `usb: "c2e:caa" is no pair of USB ids; want four and four hexadecimal digits, such as "0c2e:0caa"`},
		{Config{USB: "0c2e"}, `usb: "0c2e" is no pair of USB ids; want four and four hexadecimal digits, such as "0c2e:0caa"`},
		{Config{Path: "COM5", SerialNumber: "17"}, `serial_number: "17" given without usb; want usb = "vid:pid" beside it`},
		{Config{Path: "COM5", Port: "1-2"}, `port: "1-2" given without usb; want usb = "vid:pid" beside it, or path for the device file`},
		{Config{Path: "COM5", Baud: 96000}, `baud: 96000 is no line speed; want one of 300 600 1200 2400 4800 9600 14400 19200 28800 38400 57600 115200 230400 460800 921600`},
		{Config{Path: "COM5", DataBits: 9}, `data_bits: 9; want 7 or 8`},
		{Config{Path: "COM5", Parity: "E"}, `parity: "E"; want "none", "odd", "even", "mark" or "space"`},
		{Config{Path: "COM5", StopBits: 3}, `stop_bits: 3; want 1 or 2`},
		{Config{Path: "COM5", SilenceMS: 5}, `silence_ms: 5; want 20 to 500 milliseconds`},
		{Config{Path: "COM5", SilenceMS: 501}, `silence_ms: 501; want 20 to 500 milliseconds`},
		{Config{Path: "COM5", Suffix: "carriage return"}, `suffix: "carriage return" is 15 bytes long; want a name such as "CR" or up to 8 bytes`},
		{Config{Path: "COM5", Prefix: "123456789"}, `prefix: "123456789" is 9 bytes long; want a name such as "CR" or up to 8 bytes`},
		{Config{Path: "COM5", Vendor: "Symbol"}, `vendor: "Symbol" is no maker whose code ids are known; want "honeywell", "zebra", "datalogic" or "newland"`},
		{Config{Path: "COM5", Protocol: "pos"}, `protocol: "pos" is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"`},
		{Config{Path: "COM5", Protocol: "Zebra"}, `protocol: "Zebra" is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"; "ssi" is meant`},
		{Config{Path: "COM5", Protocol: "USB-COM"}, `protocol: "USB-COM" is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"; "text" is meant`},
		{Config{Path: "COM5", Protocol: " Honeywell"}, `protocol: " Honeywell" is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"; "honeywell" is meant`},
		{Config{Path: "COM5", Protocol: "newland", Vendor: "honeywell"}, `vendor: "honeywell" given beside protocol = "newland", which is spoken by scanners of "newland"; want one of the two`},
		{Config{Path: "COM5", Protocol: "ssi", Suffix: "CR"}, `suffix: "CR" given beside protocol = "ssi", whose packets say themselves where a code ends; leave it out`},
		{Config{Path: "COM5", Protocol: "ssi", Prefix: "none"}, `prefix: "none" given beside protocol = "ssi", whose packets say themselves where a code ends; leave it out`},
		{Config{Path: "COM5", Protocol: "ssi", SilenceMS: 100}, `silence_ms: 100 given beside protocol = "ssi", whose packets say themselves where a code ends; leave it out`},
		{Config{Path: "COM5", Protocol: "ssi", DataBits: 7}, `data_bits: 7 given beside protocol = "ssi", whose packets need 8`},
		{Config{Path: "COM5", Phones: true}, `phones: can not be set with protocol = "text", which has no command that does it surely; want protocol "ssi", "honeywell" or "newland", or the setup barcode of the scanner's manual`},
		{Config{Path: "COM5", Phones: true, Protocol: "datalogic"}, `phones: can not be set with protocol = "datalogic", which has no command that does it surely; want protocol "ssi", "honeywell" or "newland", or the setup barcode of the scanner's manual`},
		{Config{Path: "COM5", DataBits: 9, StopBits: 3}, "data_bits: 9; want 7 or 8\nstop_bits: 3; want 1 or 2"},
	}
	for _, c := range cases {
		_, err := New([]Config{{Path: "COM1"}, c.cfg})
		if err == nil {
			t.Errorf("%+v: no error, want %q", c.cfg, c.want)
			continue
		}
		const index = "serial scanner 2: "
		if got := strings.ReplaceAll(err.Error(), index, ""); got != c.want || !strings.HasPrefix(err.Error(), index) {
			t.Errorf("%+v:\ngot  %s\nwant %s", c.cfg, got, c.want)
		}
		key, _, _ := strings.Cut(c.want, ":")
		if mistake := (*ConfigError)(nil); !errors.As(err, &mistake) || mistake.Key != key || mistake.Index != 1 {
			t.Errorf("%+v: mistake is %+v", c.cfg, mistake)
		}
	}
}

func TestConfigOfTwoScanners(t *testing.T) {
	cases := []struct {
		a, b Config
		want string // "" for no mistake
	}{
		{Config{Path: "COM1"}, Config{Path: "COM2"}, ""},
		{Config{Path: "COM1"}, Config{Path: "COM1"}, `serial scanner 2: path: "COM1" is serial scanner 1 too; want one entry per port`},
		{Config{USB: "0c2e:0caa"}, Config{USB: "0C2E:0CAA"}, `serial scanner 2: usb: "0C2E:0CAA" is serial scanner 1 too; want serial_number or port at both to tell them apart`},
		{Config{USB: "0c2e:0caa"}, Config{USB: "0c2e:0caa", Port: "1-2"}, ""},
		{Config{USB: "0c2e:0caa", SerialNumber: "1"}, Config{USB: "0c2e:0caa", SerialNumber: "2"}, ""},
		{Config{ID: "left", Path: "COM1"}, Config{ID: "left", Path: "COM2"}, `serial scanner 2: id: "left" is the id of serial scanner 1 too; want one of its own`},
	}
	for _, c := range cases {
		_, err := New([]Config{c.a, c.b})
		if got := problems(err); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestConfigInTOML(t *testing.T) {
	const in = `
		path = "/dev/ttyS0"
		id = "left"
		baud = 115200
		data_bits = 7
		parity = "odd"
		stop_bits = 2
		dtr = false
		rts = true
		prefix = "S"
		suffix = "\r\u0003"
		silence_ms = 100
		vendor = "datalogic"`
	var cfg Config
	if err := toml.NewDecoder(strings.NewReader(in)).DisallowUnknownFields().Decode(&cfg); err != nil {
		t.Fatal(err)
	}
	s, err := cfg.parse(0)
	if err != nil {
		t.Fatal(err)
	}
	if s.id != "serial:left" || s.line() != "115200 7O2" || s.mode.InitialStatusBits == nil || s.mode.InitialStatusBits.DTR ||
		!s.mode.InitialStatusBits.RTS || s.framing("") != "suffix CR ETX (configured)" || s.silence.Milliseconds() != 100 ||
		s.vendor != "datalogic" || s.rule.counted || string(s.rule.prefix) != "S" {
		t.Errorf("settings: %+v", s)
	}
}

func TestIdentity(t *testing.T) {
	for want, cfg := range map[string]Config{
		"serial:/dev/ttyS0":               {Path: "/dev/ttyS0"},
		"serial:COM10":                    {Path: "COM10"},
		"serial:usb-0c2e-0caa":            {USB: "0C2E:0CAA"},
		"serial:usb-0c2e-1007-17123B4567": {USB: "0c2e:1007", SerialNumber: "17123B4567"},
		"serial:usb-0c2e-0caa-port-1-2":   {USB: "0c2e:0caa", Port: "1-2"},
		"serial:counter":                  {Path: "/dev/ttyS0", ID: "counter"},
	} {
		d, err := New([]Config{cfg})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Sources()[0].Info().ID; got != want {
			t.Errorf("%+v: %s, want %s", cfg, got, want)
		}
	}
}

func problems(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
