package decode

import (
	"bytes"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/gs1"
	"github.com/tillgate/tillgate/decode/text"
	"github.com/tillgate/tillgate/driver"
)

// Decode says what a scan means. Raw is part of s.Data, not a copy.
func (d *Decoder) Decode(s driver.Scan) Code {
	id, raw := d.identify(s)
	c := Code{
		Scan:      s.Ref(),
		Kind:      Unknown,
		Symbology: aim.Refine(id, raw),
		AIM:       s.AIM,
		Raw:       raw,
	}
	if c.AIM == "" && len(id.Text) > 2 && id.Text[0] == ']' {
		c.AIM = id.Text
	}
	plain := raw
	if id.Flags.Has(aim.ECI) {
		c.Text, c.Charset, plain = text.DecodeECI(raw, d.charsets)
	} else {
		c.Text, c.Charset = text.Decode(raw, d.charsets)
	}
	if isReply(s, id) {
		c.Kind = Reply
		return c
	}

	in := card.Input{Symbology: c.Symbology, At: s.At, Silent: id.Symbology == aim.SymbologyUnknown}
	if t, exact := text.Trim(c.Text); exact && c.Charset != text.Binary {
		in.Text = t
	}
	if id.Flags.Has(aim.GS1) || len(plain) > 0 && plain[0] == gs1.Separator {
		in.GS1, _ = gs1.Parse(string(plain))
	}
	if gs1.IsLink(in.Text) {
		if l, err := gs1.ParseLink(in.Text); err == nil {
			in.Link = &l
		}
	}
	if m, ok := d.schemes.Match(in); ok {
		c.Scheme, c.Card, c.Phone, c.Kind = m.Scheme, m.ID, m.Phone, Card
		c.Refused, c.Until = m.Refused, m.Until
		if m.Phone != "" {
			c.Kind = Phone
		}
		return c
	}
	if g, ok := product(id, in, plain); ok {
		c.Kind, c.GTIN = Product, g
	}
	return c
}

// identify finds out what the device says of the data, and takes that off them
// where it is in front.
func (d *Decoder) identify(s driver.Scan) (id aim.ID, raw []byte) {
	raw = s.Data
	if s.AIM != "" {
		id, _ = aim.Parse(s.AIM, s.Vendor)
		// Some devices are set to send it in the data as well.
		raw = bytes.TrimPrefix(raw, []byte(s.AIM))
	} else {
		id, raw, _ = aim.Split(raw, s.Vendor)
	}
	if t := d.codeIDs[s.Device]; t != aim.NoTable {
		if v, rest, ok := t.Split(raw); ok {
			raw = rest
			if id.Text == "" {
				id = v
				if a, rest, ok := aim.Split(raw, s.Vendor); ok {
					id, raw = a, rest
				}
			}
		}
	}
	if s.CodeID != "" && (id.Symbology == aim.SymbologyUnknown || id.Symbology == aim.Other) {
		if v, ok := aim.TableOf(s.Vendor).Lookup(s.CodeID); ok {
			v.Flags |= id.Flags
			id = v
		}
	}
	return id, raw
}

// isReply recognises what Honeywell's imagers send through the channel of the
// scans when they answer a command: the echo behind ]Z6 with code id "6", the
// text behind ]X0 with code id "?".
func isReply(s driver.Scan, id aim.ID) bool {
	return id.Flags.Has(aim.Reply) || s.Vendor != driver.VendorZebra && s.AIM == "]X0" && s.CodeID == "?"
}

// product is the GTIN of a code that is a product's.
func product(id aim.ID, in card.Input, plain []byte) (gtin string, ok bool) {
	if in.Link != nil && in.Link.Key == "01" {
		return in.Link.Elements.Get("01")
	}
	if in.GS1 != nil {
		return in.GS1.Get("01")
	}
	switch n := aim.Main(id, in.Symbology, in.Text); in.Symbology {
	case aim.EAN13, aim.EAN8, aim.UPCA:
		return gs1.GTIN14(n)
	case aim.UPCE:
		if a, ok := gs1.ExpandUPCE(n); ok {
			return gs1.GTIN14(a)
		}
		if len(n) == 8 {
			return "", false // the check digit is that of the expanded number
		}
		return gs1.GTIN14(n) // some scanners expand it and keep the name
	case aim.EANUPC:
		return "", false // no length of the family: a misread or half an add-on
	}
	if in.Symbology == aim.SymbologyUnknown || len(in.Text) >= 13 {
		if g, ok := gs1.GTIN14(in.Text); ok {
			return g, true
		}
	}
	return silentElements(plain)
}

// silentElements takes the GTIN out of an element string that the device does
// not say to be one. That needs proof: (01) first, a right check digit, the
// whole without a mistake, and a separator, which nothing else uses. The marking
// codes that the goods of a Russian shop carry are of this form.
func silentElements(plain []byte) (gtin string, ok bool) {
	if !bytes.HasPrefix(plain, []byte("01")) || bytes.IndexByte(plain, gs1.Separator) < 0 {
		return "", false
	}
	e, err := gs1.Parse(string(plain))
	if err != nil {
		return "", false
	}
	return e.Get("01")
}
