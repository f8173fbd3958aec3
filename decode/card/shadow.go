package card

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/decode/aim"
)

// against reports what is wrong with a scheme in the light of one before it:
// the same name, or nothing left for it to match.
func (k *checker) against(before Config, country string) {
	if before.Name != "" && before.Name == k.c.Name {
		k.mistake("name", k.c.Name, "an earlier scheme has this name", "give each scheme a name of its own")
	}
	if len(k.wrong) == 0 && covers(plain(before, country), plain(k.c, country)) {
		k.mistake("kind", k.c.Kind, fmt.Sprintf("never reached: the earlier scheme %q takes every code that this one would", before.Name),
			"take one out, or put the narrower one first")
	}
}

// plain is the rule alone: without what does not decide whether a code fits,
// in one spelling.
func plain(c Config, country string) Config {
	c.Name, c.Case, c.Part, c.StripCheckDigit = "", "", "", false
	c.Key, c.Secret, c.KeyPerCustomer, c.PeriodMS, c.SkewMS = "", nil, false, 0, nil // codes of the form are taken, be it to refuse them
	if c.Check == "none" {
		c.Check = ""
	}
	if c.Kind == PhoneNumber {
		if c.Country == "" {
			c.Country = country
		}
		if c.Country == "" || c.Country == "KZ" {
			c.Country = "RU"
		}
	}
	c.Prefixes = sorted(c.Prefixes)
	hosts := make([]string, len(c.Hosts))
	for i, h := range c.Hosts {
		hosts[i] = strings.ToLower(h)
	}
	c.Hosts = sorted(hosts)
	return c
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// covers reports whether every code that b fits is one that a fits. It finds
// the cases that people write (the same rule twice, the wider before the
// narrower); false does not prove that there is something left for b.
func covers(a, b Config) bool {
	if !wider(a.Symbologies, b.Symbologies) {
		return false
	}
	a.Symbologies, b.Symbologies = nil, nil
	number := func(k Kind) bool { return k == EAN13 || k == Digits }
	if number(a.Kind) && number(b.Kind) {
		return coversDigits(a, b)
	}
	if a.Kind != b.Kind {
		return false
	}
	// Lists that only widen a rule: a's may hold more.
	if len(a.Hosts) > 0 {
		for _, h := range b.Hosts {
			if !slices.Contains(a.Hosts, h) {
				return false
			}
		}
		if len(b.Hosts) == 0 {
			return false
		}
	}
	a.Hosts, b.Hosts = nil, nil
	if a.WithoutFNC1 {
		b.WithoutFNC1 = true
	}
	if a.Kind == PhoneNumber && b.Country == "none" {
		b.Country = a.Country
	}
	return reflect.DeepEqual(a, b)
}

func startsWith0(s string) bool { return strings.HasPrefix(s, "0") }

func coversDigits(a, b Config) bool {
	if a.Kind == Digits && b.Kind == EAN13 && slices.ContainsFunc(b.Prefixes, startsWith0) {
		return false // b takes UPC-A of 12 digits too
	}
	if a.Kind == EAN13 {
		a.Check, a.Lengths = "gs1", []int{13}
	}
	if b.Kind == EAN13 {
		b.Check, b.Lengths = "gs1", []int{13}
	}
	if a.Check != "" && a.Check != b.Check {
		return false
	}
	some := false
	for n := 1; n <= maxID; n++ {
		if b.hasLength(n) {
			some = true
			if !a.hasLength(n) {
				return false
			}
		}
	}
	if len(b.Prefixes) == 0 {
		return some && len(a.Prefixes) == 0
	}
	for _, p := range b.Prefixes {
		if !begins(p, a.Prefixes) {
			return false
		}
	}
	return some
}

// wider reports whether the allow-list a admits every symbology that b does.
func wider(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	if len(b) == 0 {
		return false
	}
	s := scheme{}
	for _, n := range a {
		sym, _ := aim.ParseSymbology(n)
		s.symbologies = append(s.symbologies, sym)
	}
	for _, n := range b {
		if sym, ok := aim.ParseSymbology(n); !ok || !s.admits(sym) {
			return false
		}
	}
	return true
}
