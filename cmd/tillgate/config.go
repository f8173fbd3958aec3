package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
	"github.com/tillgate/tillgate/driver/wedge"
	"github.com/tillgate/tillgate/ui/forward"
)

// sample is the reference of the configuration: it has every key, and a test
// keeps it so.
//
//go:embed sample.toml
var sample []byte

// Config is the configuration file. sample.toml explains every key.
type Config struct {
	Till     TillConfig     `toml:"till"`
	Page     PageConfig     `toml:"page"`
	Provider ProviderConfig `toml:"provider"`
	Offline  OfflineConfig  `toml:"offline"`
	Journal  JournalConfig  `toml:"journal"`
	Scanner  ScannerConfig  `toml:"scanner"`
	Decode   decode.Config  `toml:"decode"`
	Card     []card.Config  `toml:"card"`
	Forward  forward.Config `toml:"forward"`
	Log      LogConfig      `toml:"log"`
}

// TillConfig says which till this is.
type TillConfig struct {
	Shop     string `toml:"shop"`
	Till     string `toml:"till"`
	Name     string `toml:"name"`
	Currency string `toml:"currency"`
	DataDir  string `toml:"data_dir"`
}

// PageConfig is the cashier's page, the websocket and the HTTP interface.
type PageConfig struct {
	Listen         string   `toml:"listen"`
	Hosts          []string `toml:"hosts"`
	AllowedOrigins []string `toml:"allowed_origins"`
	POSToken       Secret   `toml:"pos_token"`
	Language       string   `toml:"language"`
	Camera         bool     `toml:"camera"`
}

// posToken is what programs on the till must present; "" if they need nothing.
func (p PageConfig) posToken() (string, error) {
	if p.POSToken == "" {
		return "", nil
	}
	token, err := p.POSToken.Read()
	if err != nil {
		return "", fmt.Errorf("page.pos_token: %w", err)
	}
	return token, nil
}

// ProviderConfig has one section: the programme of this chain.
type ProviderConfig struct {
	Central *CentralConfig `toml:"central"`
	Maxma   *MaxmaConfig   `toml:"maxma"`
	Amocrm  *AmocrmConfig  `toml:"amocrm"`
}

// CentralConfig is the chain's own central API.
type CentralConfig struct {
	URL      string `toml:"url"`
	Token    Secret `toml:"token"`
	CAFile   string `toml:"ca_file"`
	PollSecs int    `toml:"poll_seconds"`
}

// ScannerConfig has a list per driver.
type ScannerConfig struct {
	EnrolPorts     []string `toml:"enrol_ports"`
	PictureFormats []string `toml:"picture_formats"`

	Serial []serial.Config `toml:"serial"`
	HID    []hid.Config    `toml:"hid"`
	Evdev  []evdev.Config  `toml:"evdev"`
	Wedge  []wedge.Config  `toml:"wedge"`
	Camera []camera.Config `toml:"camera"`

	beside *usb.Neighbours // where the drivers know of each other; nil if nothing is driven
}

// LogConfig says what is logged and how.
type LogConfig struct {
	Level  string `toml:"level"`
	Format string `toml:"format"`
}

// defaults is the configuration before the file is read.
func defaults() Config {
	return Config{
		Till:    TillConfig{Currency: "RUB", DataDir: defaultDataDir()},
		Offline: OfflineConfig{Spending: spendNever, Age: 1440, Tills: 1},
		Journal: JournalConfig{Days: 3, Closings: 400, CSV: csvComma},
		Page:    PageConfig{Listen: "127.0.0.1:8377", Language: "ru", Camera: true},
		Decode:  decode.Defaults(),
		Log:     LogConfig{Level: "info", Format: "text"},
	}
}

// LoadConfig reads and checks a configuration file, and adds the scanners that
// were enrolled. The error is Mistakes
// where the file's content is to blame.
func LoadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, Mistakes{{File: path, What: "there is no configuration file here: write one (tillgate check --sample prints a commented one) or name another with --config"}}
	}
	if err != nil {
		return Config{}, exitWith(exitConfig, err)
	}
	c, err := ParseConfig(path, data)
	if err != nil {
		return c, err
	}
	enrolled, err := readEnrolled(c.Till.DataDir)
	if err != nil {
		return c, err
	}
	c.Scanner, err = c.Scanner.with(enrolled)
	return c, err
}

// noConfig says that an error of LoadConfig is that there is no file.
func noConfig(err error) bool {
	var m Mistakes
	return errors.As(err, &m) && m[0].Line == 0 && m[0].Key == ""
}

// ParseConfig reads and checks the text of a configuration file.
func ParseConfig(file string, data []byte) (Config, error) {
	c := defaults()
	if err := decodeStrict(file, data, &c); err != nil {
		return Config{}, err
	}
	ck := checker{file: file, lines: indexLines(data)}
	c.check(&ck)
	if len(ck.found) > 0 {
		return Config{}, ck.found
	}
	return c, nil
}

// checker gathers mistakes.
type checker struct {
	file  string
	lines lines
	found Mistakes
}

func (ck *checker) wrong(key, format string, args ...any) {
	ck.found = append(ck.found, &Mistake{ck.file, ck.lines.of(key), key, fmt.Sprintf(format, args...)})
}

func (c *Config) check(ck *checker) {
	if c.Till.Shop == "" {
		ck.wrong("till.shop", "missing: the shop's code, as the central API knows it")
	}
	if c.Till.Till == "" {
		ck.wrong("till.till", "missing: this till's code, as the central API knows it")
	}
	if len(c.Till.Currency) != 3 || strings.ToUpper(c.Till.Currency) != c.Till.Currency {
		ck.wrong("till.currency", "%q is no currency code: three capital letters (ISO 4217), such as RUB", c.Till.Currency)
	}
	if c.Till.DataDir == "" {
		ck.wrong("till.data_dir", "empty: the folder for cache.db and journal.db")
	}
	c.Page.check(ck)
	c.Provider.check(ck)
	c.Offline.check(ck)
	c.Journal.check(ck)
	c.checkStages(ck)
	c.checkForward(ck)
	switch c.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		ck.wrong("log.level", "%q: one of debug, info, warn, error", c.Log.Level)
	}
	switch c.Log.Format {
	case "text", "json":
	default:
		ck.wrong("log.format", "%q: text or json", c.Log.Format)
	}
}

func (p PageConfig) check(ck *checker) {
	host, _, err := net.SplitHostPort(p.Listen)
	if err != nil {
		ck.wrong("page.listen", "%q: an address and a port, such as 127.0.0.1:8377", p.Listen)
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && len(p.Hosts) == 0 {
		ck.wrong("page.listen", "%q can be reached from other machines: use 127.0.0.1, or say in page.hosts by which names it may be called", p.Listen)
	}
	for _, o := range p.AllowedOrigins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || strings.Contains(o, "*") {
			ck.wrong("page.allowed_origins", "%q is no origin: scheme, host and port alone, such as https://pos.example.org (no * and no path)", o)
		}
	}
	if p.POSToken != "" {
		ck.secret("page.pos_token", p.POSToken, "")
	}
	if p.Language != "ru" && p.Language != "en" {
		ck.wrong("page.language", "%q: ru or en", p.Language)
	}
}

func (p ProviderConfig) check(ck *checker) {
	n := 0
	if p.Central != nil {
		n++
		p.Central.check(ck)
	}
	if p.Maxma != nil {
		n++
		p.Maxma.check(ck)
	}
	if p.Amocrm != nil {
		n++
		p.Amocrm.check(ck)
	}
	switch {
	case n == 0:
		ck.wrong("provider", "missing: a section [provider.central] says where the programme is")
	case n > 1:
		ck.wrong("provider", "%d programmes: a till has one", n)
	}
}

func (c *CentralConfig) check(ck *checker) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		ck.wrong("provider.central.url", "%q: the address of the central API, such as https://loyalty.example.org", c.URL)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		ck.wrong("provider.central.url", "%q would send customers' data unencrypted: use https", c.URL)
	}
	ck.secret("provider.central.token", c.Token, "this till's token")
	if c.PollSecs < 0 || c.PollSecs > 3600 {
		ck.wrong("provider.central.poll_seconds", "%d: 1 to 3600 seconds", c.PollSecs)
	}
}

// secret checks that a key names a secret.
func (ck *checker) secret(key string, s Secret, what string) {
	if s == "" {
		ck.wrong(key, "missing: %s: %v", what, errSecretForm)
	} else if s.String() == "(hidden)" {
		ck.wrong(key, "%v", errSecretForm)
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p CentralConfig) poll() time.Duration {
	if p.PollSecs == 0 {
		return 5 * time.Second
	}
	return time.Duration(p.PollSecs) * time.Second
}
