package decode_test

import (
	"errors"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
)

func TestConfigMistakes(t *testing.T) {
	tests := []struct {
		cfg  decode.Config
		key  string
		want string
	}{
		{decode.Config{Country: "ru"}, "country", `country: "ru" is not known; use one of RU, KZ, none`},
		{decode.Config{Charsets: []string{"koi8-r"}}, "charsets", `charsets: unknown charset "koi8-r": use "cp1251", "cp866" or "latin1"`},
		{decode.Config{CodeIDs: map[string]string{"serial:/dev/ttyS0": "symbol"}}, "code_ids",
			`code_ids: serial:/dev/ttyS0: unknown set of code ids "symbol": use one of "datalogic", "datalogic_eu", "honeywell", "zebra", "zebra_nixdorf"`},
		{decode.Config{RepeatMS: -1}, "repeat_ms", `repeat_ms: -1 is no number of milliseconds from 0 to 60000`},
		{decode.Config{RepeatMS: 60_001}, "repeat_ms", `repeat_ms: 60001 is no number of milliseconds from 0 to 60000`},
		{decode.Config{RepeatMS: 2000, RepeatCapMS: 1000}, "repeat_cap_ms", `repeat_cap_ms: 1000 is neither 0 nor from repeat_ms = 2000 to 60000`},
	}
	for _, tt := range tests {
		_, err := decode.New(tt.cfg)
		var m *decode.Mistake
		if err == nil || err.Error() != tt.want || !errors.As(err, &m) || m.Key != tt.key {
			t.Errorf("%+v:\n got %v\nwant %s", tt.cfg, err, tt.want)
		}
	}
	if _, err := decode.New(decode.Defaults()); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

// Every key can be written in the configuration file.
func TestConfigKeys(t *testing.T) {
	var file struct {
		Decode decode.Config `toml:"decode"`
		Card   []card.Config `toml:"card"`
	}
	err := toml.Unmarshal([]byte(`
[decode]
country = "KZ"
charsets = ["cp1251", "cp866"]
repeat_ms = 800
repeat_cap_ms = 2000
[decode.code_ids]
"serial:/dev/ttyS0" = "zebra"

[[card]]
name = "n"
kind = "gs1"
symbologies = ["QR Code"]
prefixes = ["1"]
lengths = [16]
min_length = 4
max_length = 5
check = "luhn"
strip_check_digit = true
pattern = "p"
hosts = ["h"]
path_segment = 1
path_pattern = "pp"
query = "q"
ai = "8018"
part = "whole"
without_fnc1 = true
country = "RU"
case = "upper"
`), &file)
	if err != nil {
		t.Fatal(err)
	}
	d, c := file.Decode, file.Card[0]
	if d.Country != "KZ" || len(d.Charsets) != 2 || d.RepeatMS != 800 || d.RepeatCapMS != 2000 || d.CodeIDs["serial:/dev/ttyS0"] != "zebra" {
		t.Errorf("[decode] was read as %+v", d)
	}
	if _, err := decode.New(d); err != nil {
		t.Errorf("[decode]: %v", err)
	}
	if c.Name != "n" || c.Kind != card.GS1 || len(c.Symbologies) != 1 || len(c.Prefixes) != 1 || len(c.Lengths) != 1 || c.MinLength != 4 ||
		c.MaxLength != 5 || c.Check != "luhn" || !c.StripCheckDigit || c.Pattern != "p" || len(c.Hosts) != 1 || c.PathSegment != 1 ||
		c.PathPattern != "pp" || c.Query != "q" || c.AI != "8018" || c.Part != "whole" || !c.WithoutFNC1 || c.Country != "RU" || c.Case != "upper" {
		t.Errorf("[[card]] was read as %+v", c)
	}
}
