package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// good is the least that a till needs.
const good = `[till]
shop = "12"
till = "3"
data_dir = "/var/lib/tillgate"
[provider.central]
url = "https://loyalty.example.org"
token = "env:TOKEN"
[[scanner.serial]]
path = "/dev/ttyS0"
[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29"]
`

func TestConfigMistakes(t *testing.T) {
	for _, c := range []struct {
		name, from, to string // what is changed in the good file
		want           string
	}{
		{"unknown key", `path = "/dev/ttyS0"`, "path = \"/dev/ttyS0\"\nbuad = 9600",
			`t.toml:10: scanner.serial.buad: unknown key "buad": did you mean "baud"?`},
		{"unknown section", "[till]", "[log]\n[tlil]",
			"t.toml:2: tlil: unknown section \"tlil\": did you mean \"till\"?\n"},
		{"unknown driver", "[[scanner.serial]]", "[[scanner.seriel]]",
			`t.toml:8: scanner.seriel: unknown scanner driver "seriel": did you mean "serial"?`},
		{"unknown provider", "[provider.central]", "[provider.postgres]",
			`t.toml:5: provider.postgres: unknown provider "postgres": known here: central, maxma, amocrm`},
		{"maxma", "[provider.central]\nurl = \"https://loyalty.example.org\"\ntoken = \"env:TOKEN\"\n", "[provider.maxma]\nurl = \"http://api.maxma.com\"\nrefund = \"all\"\nhistory_seconds = -1\n",
			"t.toml:6: provider.maxma.url: \"http://api.maxma.com\" would send customers' data unencrypted: use https\n" +
				"t.toml:5: provider.maxma.key: missing: the processing key that MAXMA's support gives out: a secret is not written into this file: say \"credential:NAME\" (systemd), \"env:NAME\" or \"file:PATH\" (a file of mode 0600)\n" +
				"t.toml:7: provider.maxma.refund: \"all\": goods (their price before points) or paid (the money given back)\n" +
				"t.toml:8: provider.maxma.history_seconds: -1: 1 to 86400 seconds\n"},
		{"maxma level", "[provider.central]\nurl = \"https://loyalty.example.org\"\ntoken = \"env:TOKEN\"\n", "[provider.maxma]\nkey = \"env:KEY\"\n[[provider.maxma.level]]\nmax_share = 20000\n",
			"t.toml:7: provider.maxma.level[0]: max_share is 20000, must be between 0 and 10000\n"},
		{"amocrm", "[provider.central]\nurl = \"https://loyalty", "[provider.amocrm]\nprice = \"net\"\nurl = \"http://loyalty",
			"t.toml:7: provider.amocrm.url: \"http://loyalty.example.org\" would send customers' data unencrypted: use https\n" +
				"t.toml:6: provider.amocrm.price: \"net\": one of paid, total, earning\n"},
		{"amocrm, all of the chain's requests", "[provider.central]", "[provider.amocrm]\nrequests_per_second = 20.0",
			"t.toml:6: provider.amocrm.requests_per_second: 20: 0.5 to 7, which is all that the whole chain has\n"},
		{"amocrm segment", "[provider.central]\nurl = \"https://loyalty.example.org\"\ntoken = \"env:TOKEN\"\n",
			"[provider.amocrm]\nurl = \"https://example.amocrm.ru\"\ntoken = \"env:TOKEN\"\n[[provider.amocrm.segment]]\nid = 5\nearn_share = 20000\n",
			"t.toml:10: provider.amocrm.segment[0].earn_share: "},
		{"two programmes", "[[card]]", "[provider.amocrm]\nurl = \"https://example.amocrm.ru\"\ntoken = \"env:TOKEN\"\n[[card]]",
			"t.toml: provider: 2 programmes: a till has one\n"},
		{"wrong type", `path = "/dev/ttyS0"`, "path = \"/dev/ttyS0\"\nbaud = \"fast\"",
			"t.toml:10: scanner.serial.baud: wrong type: a whole number is meant here"},
		{"no TOML", `till = "3"`, `till = 3"`, "t.toml:3: "},
		{"missing shop", `shop = "12"`, "", "t.toml:1: till.shop: missing: the shop's code, as the central API knows it"},
		{"secret in the clear", "env:TOKEN", "tg_SECRET", `t.toml:7: provider.central.token: a secret is not written into this file: say "credential:NAME" (systemd), "env:NAME" or "file:PATH" (a file of mode 0600)`},
		{"customers in the clear", "https://loyalty", "http://loyalty", `t.toml:6: provider.central.url: "http://loyalty.example.org" would send customers' data unencrypted: use https`},
		{"reachable from outside", "[[card]]", "[page]\nlisten = \"0.0.0.0:8377\"\n[[card]]",
			`t.toml:11: page.listen: "0.0.0.0:8377" can be reached from other machines: use 127.0.0.1, or say in page.hosts by which names it may be called`},
		{"any origin", "[[card]]", "[page]\nallowed_origins = [\"*\"]\n[[card]]",
			`t.toml:11: page.allowed_origins: "*" is no origin: scheme, host and port alone, such as https://pos.example.org (no * and no path)`},
		{"impossible speed", `path = "/dev/ttyS0"`, "path = \"/dev/ttyS0\"\nbaud = 9601", "t.toml:10: scanner.serial[0].baud: 9601"},
		{"second scanner", "[[card]]", "[[scanner.serial]]\npath = \"/dev/ttyS1\"\nparity = \"maybe\"\n[[card]]", "t.toml:12: scanner.serial[1].parity: "},
		{"two ways to name a port", `path = "/dev/ttyS0"`, "path = \"/dev/ttyS0\"\nusb = \"0c2e:0caa\"", "t.toml:10: scanner.serial[0].usb: "},
		{"card scheme", `prefixes = ["29"]`, "", `t.toml:10: card[0].prefixes: card scheme "plastic"`},
		{"charset", "[[card]]", "[decode]\ncharsets = [\"utf-16\"]\n[[card]]", "t.toml:11: decode.charsets: "},
		{"a way of spending", "[[card]]", "[offline]\nspending = \"always\"\n[[card]]", `t.toml:11: offline.spending: "always": "never" or "limited"`},
		{"loss without a bound", "[[card]]", "[offline]\nspending = \"limited\"\n[[card]]", "t.toml:10: offline.per_till_day: missing: without it nobody can say how much can be lost"},
		{"limit below nothing", "[[card]]", "[offline]\nper_card_day = -5\n[[card]]", "t.toml:11: offline.per_card_day: -5: 0 to "},
		{"PIN in the clear", "[[card]]", "[offline]\npin = \"4711\"\n[[card]]", "t.toml:11: offline.pin: a secret is not written into this file"},
		{"PIN of nobody", "[[card]]", "[offline]\npin_above = 100\n[[card]]", "t.toml:10: offline.pin: missing: pin_above asks for a PIN"},
		{"log level", "[[card]]", "[log]\nlevel = \"loud\"\n[[card]]", `t.toml:11: log.level: "loud": one of debug, info, warn, error`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.from, c.to, 1)
			if text == good {
				t.Fatalf("%q is not in the good file", c.from)
			}
			_, err := ParseConfig("t.toml", []byte(text))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error()+"\n", c.want) {
				t.Errorf("\n got: %s\nwant: %s", err, c.want)
			}
			if code := exitCode(err); code != exitConfig {
				t.Errorf("exit code %d, want %d", code, exitConfig)
			}
			if strings.Contains(err.Error(), "tg_SECRET") {
				t.Error("the secret is in the message")
			}
		})
	}
}

func TestConfigReportsAllMistakesAtOnce(t *testing.T) {
	text := strings.NewReplacer(`shop = "12"`, "", `kind = "ean13"`, `kind = "ean"`, "https:", "ftp:").Replace(good)
	_, err := ParseConfig("t.toml", []byte(text))
	if n := strings.Count(err.Error(), "t.toml:"); n < 3 {
		t.Errorf("%d mistakes reported, want 3:\n%v", n, err)
	}
}

func TestConfigGood(t *testing.T) {
	cfg, err := ParseConfig("t.toml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Till.Currency != "RUB" || cfg.Page.Listen != "127.0.0.1:8377" || cfg.Decode.RepeatMS != 1200 {
		t.Errorf("defaults are not there: %+v", cfg)
	}
}

// The sample is the reference: it is right as it is, it is right with every
// default spelled out, and it has every key there is.
func TestSampleIsTheReference(t *testing.T) {
	if _, err := ParseConfig("sample.toml", sample); err != nil {
		t.Error(err)
	}
	var tree map[string]any
	spelled := regexp.MustCompile(`(?m)^#([a-z_0-9]+ = |\[)`).ReplaceAll(sample, []byte("$1"))
	if err := toml.Unmarshal(spelled, &tree); err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	walk(tree, "", has)
	for _, key := range paths(reflect.TypeFor[Config](), "") {
		if !has[key] {
			t.Errorf("sample.toml does not have %s", key)
		}
	}
	var c Config
	if err := decodeStrict("sample.toml", spelled, &c); err != nil {
		t.Error(err)
	}
}

func walk(v any, path string, has map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			walk(e, join(path, k), has)
		}
	case []any:
		has[path] = true
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				walk(m, path, has)
			}
		}
	default:
		has[path] = true
	}
}

// paths are all keys of a configuration type.
func paths(t reflect.Type, at string) (all []string) {
	if deref(t).Kind() != reflect.Struct {
		return []string{at}
	}
	for _, k := range keysOf(t) {
		f := fieldOf(t, k)
		if f.Kind() == reflect.Map {
			continue // its keys are the user's
		}
		all = append(all, paths(f, join(at, k))...)
	}
	return all
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(good))
	f.Add(sample)
	f.Add([]byte("[[scanner.serial]]\n[[scanner.serial]]\nx.y.z = {a = [1, {b = 2}]}\n"))
	f.Add([]byte("till = 1\n[till]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := ParseConfig("f.toml", data)
		if err != nil && exitCode(err) != exitConfig {
			t.Errorf("%v: exit code %d", err, exitCode(err))
		}
	})
}
