package decode

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/text"
)

// Config says what codes mean. The zero value knows products only.
type Config struct {
	// Cards are the card schemes, tried in order. They are the [[card]] sections
	// at the top of the configuration file, not keys of the section of the rest.
	Cards []card.Config `toml:"-"`

	// Country whose rule holds for phone numbers without +: "RU", "KZ", or
	// "none". Empty: "RU".
	Country string `toml:"country"`
	// Charsets that are tried in order for codes that are not UTF-8 and do not
	// say what they are: "cp1251", "cp866", "latin1". Empty: cp1251, latin1.
	Charsets []string `toml:"charsets"`
	// CodeIDs are the scanners that put their vendor's code id in front of the
	// data: identity of the device, as "tillgate devices" shows it, to
	// "honeywell", "zebra", "zebra_nixdorf", "datalogic" or "datalogic_eu". A
	// scanner that is not here sends AIM identifiers or nothing.
	CodeIDs map[string]string `toml:"code_ids"`
	// RepeatMS is how long after a card the same card on the same scanner is the
	// same showing, in milliseconds; 0 switches it off.
	RepeatMS int `toml:"repeat_ms"`
	// RepeatCapMS is how long a showing can last, in milliseconds, if the card is
	// held in view; 0 is for ever.
	RepeatCapMS int `toml:"repeat_cap_ms"`
}

// The usual window and cap of Repeats: scanners that look all the time report
// a card held in front of them about twice a second, and a customer who shows
// it anew takes longer than that.
const (
	RepeatWindow = 1200 * time.Millisecond
	RepeatCap    = 3 * time.Second
)

// Defaults is the Config that holds where the configuration is silent.
func Defaults() Config {
	return Config{
		Country:     "RU",
		Charsets:    []string{string(text.CP1251), string(text.Latin1)},
		RepeatMS:    int(RepeatWindow.Milliseconds()),
		RepeatCapMS: int(RepeatCap.Milliseconds()),
	}
}

// Repeats makes the Repeats that the configuration asks for.
func (c Config) Repeats() *Repeats {
	return NewRepeats(time.Duration(c.RepeatMS)*time.Millisecond, time.Duration(c.RepeatCapMS)*time.Millisecond)
}

// Mistake is one thing wrong in the Config outside the card schemes.
type Mistake struct {
	Key     string // in the TOML
	Problem string // the value, what is wrong with it, and the remedy
}

func (m *Mistake) Error() string { return m.Key + ": " + m.Problem }

// Decoder says what scans mean. It is immutable and safe for concurrent use.
type Decoder struct {
	schemes  *card.Schemes
	charsets []text.Charset
	codeIDs  map[string]aim.Table
}

// New makes a Decoder. The error joins everything that is wrong with the
// configuration, each thing a *Mistake or, in a card scheme, a *card.Mistake.
func New(cfg Config) (*Decoder, error) {
	var wrong []error
	mistake := func(key, format string, args ...any) {
		wrong = append(wrong, &Mistake{key, fmt.Sprintf(format, args...)})
	}
	schemes, err := card.New(cfg.Cards, cfg.Country)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		wrong = append(wrong, joined.Unwrap()...)
	}
	charsets, err := text.ParseCharsets(cfg.Charsets)
	if err != nil {
		mistake("charsets", "%v", err)
	}
	if cfg.Country != "" && !slices.Contains(card.Countries, cfg.Country) {
		mistake("country", "%q is not known; use one of %s", cfg.Country, strings.Join(card.Countries, ", "))
	}
	codeIDs := make(map[string]aim.Table, len(cfg.CodeIDs))
	for _, device := range slices.Sorted(maps.Keys(cfg.CodeIDs)) {
		t, err := aim.ParseTable(cfg.CodeIDs[device])
		if err != nil {
			mistake("code_ids", "%s: %v", device, err)
		}
		codeIDs[device] = t
	}
	const longest = 60_000
	if cfg.RepeatMS < 0 || cfg.RepeatMS > longest {
		mistake("repeat_ms", "%d is no number of milliseconds from 0 to %d", cfg.RepeatMS, longest)
	}
	if cfg.RepeatCapMS != 0 && (cfg.RepeatCapMS < cfg.RepeatMS || cfg.RepeatCapMS > longest) {
		mistake("repeat_cap_ms", "%d is neither 0 nor from repeat_ms = %d to %d", cfg.RepeatCapMS, cfg.RepeatMS, longest)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &Decoder{schemes: schemes, charsets: charsets, codeIDs: codeIDs}, nil
}
