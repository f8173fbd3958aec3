package decode

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/text"
)

// Config says what codes mean.
type Config struct {
	// Cards are the card schemes, tried in order.
	Cards []card.Config `toml:"card"`
	// Country is whose rule holds for phone numbers without +: "RU" (the
	// default), "KZ", or "none".
	Country string `toml:"country"`
	// Charsets are tried in order for codes that are not UTF-8 and do not say
	// what they are: "cp1251", "cp866", "latin1". Default: cp1251, latin1.
	Charsets []string `toml:"charsets"`

	// CodeIDs are the devices that put their vendor's code id in front of the
	// data, each with the vendor's table; by driver.Scan.Device. A device that
	// is not here sends AIM identifiers or nothing.
	CodeIDs map[string]aim.Table `toml:"-"`
}

// Decoder says what scans mean. It is immutable and safe for concurrent use.
type Decoder struct {
	schemes  *card.Schemes
	charsets []text.Charset
	codeIDs  map[string]aim.Table
}

// New makes a Decoder. The error joins everything that is wrong with the
// configuration; that of a card scheme is a *card.Mistake.
func New(cfg Config) (*Decoder, error) {
	var wrong []error
	schemes, err := card.New(cfg.Cards, cfg.Country)
	wrong = append(wrong, err)
	charsets, err := text.ParseCharsets(cfg.Charsets)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("charsets: %w", err))
	}
	if cfg.Country != "" && !slices.Contains(card.Countries, cfg.Country) {
		wrong = append(wrong, fmt.Errorf("country = %q: unknown; use one of: %s", cfg.Country, strings.Join(card.Countries, ", ")))
	}
	codeIDs := make(map[string]aim.Table, len(cfg.CodeIDs))
	for device, t := range cfg.CodeIDs {
		if _, err := aim.ParseTable(string(t)); err != nil {
			wrong = append(wrong, fmt.Errorf("code ids of %s: %w", device, err))
		}
		codeIDs[device] = t
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &Decoder{schemes: schemes, charsets: charsets, codeIDs: codeIDs}, nil
}
