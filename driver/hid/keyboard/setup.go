package keyboard

import (
	"fmt"
	"time"
)

// Setup is how a scanner in keyboard mode was set up, in the configuration.
type Setup struct {
	// Country whose keyboard the scanner imitates: "us", "gb", "de", "fr", "es",
	// "it" or "ru". Left out: "us", the setting of nearly all scanners as they are
	// delivered. The layout of the till does not matter.
	Country string `toml:"country"`
	// What the scanner types before a code and what is cut off again. Left out:
	// nothing; STX and SOH are cut off in any case.
	Prefix string `toml:"prefix"`
	// What the scanner types after a code: "enter", "tab", or "none" if silence is
	// the end. Left out: learned from what comes. Say "none" or "tab" if codes hold
	// line ends themselves.
	Suffix string `toml:"suffix"`
	// Milliseconds without a key that end a code which has no suffix: 30 to 1000.
	// Left out: 100. Slow Bluetooth scanners may need more.
	SilenceMS int `toml:"silence_ms"`
	// Text that the scanner types for the separator GS of GS1 codes, such as "^]".
	// Left out: none; Ctrl+], Alt+029 and F8 are understood without it.
	GS string `toml:"gs"`
	// Function key that the scanner presses for GS: 1 to 12. Left out: 8.
	GSKey int `toml:"gs_key"`
}

// Options checks the configuration; bad takes each mistake.
func (c Setup) Options(bad func(key, problem string)) Options {
	o := Options{Prefix: c.Prefix, GS: c.GS, Silence: DefaultSilence}
	if c.Country != "" {
		var err error
		if o.Layout, err = LayoutNamed(c.Country); err != nil {
			bad("country", err.Error())
		}
	}
	switch c.Suffix {
	case "":
	case "enter":
		o.Suffix = Enter
	case "tab":
		o.Suffix = Tab
	case "none":
		o.Suffix = Silence
	default:
		bad("suffix", fmt.Sprintf(`%q; want "enter", "tab" or "none"`, c.Suffix))
	}
	if c.SilenceMS != 0 {
		if c.SilenceMS < 30 || c.SilenceMS > 1000 {
			bad("silence_ms", fmt.Sprintf("%d; want 30 to 1000 milliseconds", c.SilenceMS))
		}
		o.Silence = time.Duration(c.SilenceMS) * time.Millisecond
	}
	if c.GSKey != 0 {
		if c.GSKey < 1 || c.GSKey > 12 {
			bad("gs_key", fmt.Sprintf("%d; want the number of a function key, 1 to 12", c.GSKey))
		}
		o.Keys = map[uint8]byte{0x3a + uint8(c.GSKey-1): 0x1d}
	}
	return o
}
