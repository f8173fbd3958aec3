package serial

import (
	"strings"
	"time"

	"github.com/tillgate/tillgate/driver"
)

func (c Config) parseFraming(s *settings, bad report) {
	text := func(key, value string) []byte {
		if control, ok := controls[strings.ToUpper(value)]; ok {
			value = control
		}
		if len(value) > maxSuffix {
			bad(key, `%q is %d bytes long; want a name such as "CR" or up to %d bytes`, value, len(value), maxSuffix)
		}
		return []byte(value)
	}
	switch {
	case strings.EqualFold(c.Prefix, "none"):
		s.rule.keep = true
	case c.Prefix != "":
		s.rule.prefix = text("prefix", c.Prefix)
	}
	switch {
	case strings.EqualFold(c.Suffix, "none"):
		s.rule.none = true
	case c.Suffix != "":
		s.rule.suffix = text("suffix", c.Suffix)
	}
	s.rule.counted = s.vendor == driver.VendorUnknown || s.vendor == driver.VendorHoneywell
	silence := orElse(c.SilenceMS, defaultSilence)
	if silence < minSilence || silence > maxSilence {
		bad("silence_ms", "%d; want %d to %d milliseconds", c.SilenceMS, minSilence, maxSilence)
	}
	s.silence = time.Duration(silence) * time.Millisecond
}

// framing says how codes are ended, given what was learned.
func (s *settings) framing(learned string) string {
	switch {
	case s.rule.none:
		return "no suffix (configured)"
	case s.rule.suffix != nil:
		return "suffix " + suffixName(s.rule.suffix) + " (configured)"
	case learned == "":
		return "suffix not known yet"
	case learned == nameNone:
		return "no suffix"
	case learned == nameCounted:
		return learned
	}
	return "suffix " + learned
}
