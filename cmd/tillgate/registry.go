package main

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/camera"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
	"github.com/tillgate/tillgate/driver/wedge"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/ui/forward"
)

// drivers is THE list of drivers: one line each, made from its sections of the
// configuration.
func (c ScannerConfig) drivers() ([]driver.Driver, error) {
	var all []driver.Driver
	var errs []error
	add := func(d driver.Driver, err error) {
		if j, ok := d.(interface{ Join(*usb.Neighbours) }); ok && err == nil && c.beside != nil {
			j.Join(c.beside)
		}
		if h, ok := d.(*hid.Driver); ok && err == nil {
			h.Guard(guard)
		}
		all, errs = append(all, d), append(errs, err)
	}
	add(serial.New(c.Serial))
	add(hid.New(c.HID))
	add(evdev.New(c.Evdev))
	add(wedge.New(c.Wedge))
	pictures, _ := c.pictures() // check finds what is wrong with it
	add(camera.New(c.Camera, frameReader(pictures)))
	return all, errors.Join(errs...)
}

// provider is THE list of providers. read fetches its secret: Secret.Read.
func (c *Config) provider(read func(Secret) (string, error)) (loyalty.Provider, error) {
	switch {
	case c.Provider.Central != nil:
		token, err := read(c.Provider.Central.Token)
		if err != nil {
			return nil, fmt.Errorf("provider.central.token: %w", err)
		}
		return central.New(central.Config{URL: c.Provider.Central.URL, Token: token, CAFile: c.Provider.Central.CAFile, Version: version})
	case c.Provider.Maxma != nil:
		return c.maxma(read)
	case c.Provider.Amocrm != nil:
		return c.amocrm(read)
	}
	return nil, errors.New("no provider is configured")
}

func (p ProviderConfig) String() string {
	switch {
	case p.Central != nil:
		return "central " + p.Central.URL
	case p.Maxma != nil:
		return "maxma " + cmp.Or(p.Maxma.URL, maxma.Address)
	case p.Amocrm != nil:
		return "amocrm " + p.Amocrm.URL
	}
	return "none"
}

// decoder is made from [decode] and the card schemes.
func (c *Config) decoder() (*decode.Decoder, error) {
	d := c.Decode
	d.Cards = c.Card
	return decode.New(d)
}

// cardKeys fetches the keys of rotating codes, which only a run needs.
func (c *Config) cardKeys() error {
	var errs []error
	for i := range c.Card {
		s := &c.Card[i]
		if s.Kind != card.Rotating {
			continue
		}
		written, err := Secret(s.Key).Read()
		if err == nil {
			s.Secret, err = hex.DecodeString(written)
		}
		if err != nil {
			var odd hex.InvalidByteError
			if errors.As(err, &odd) || errors.Is(err, hex.ErrLength) {
				err = errors.New("not written in pairs of hexadecimal digits") // without the digits
			}
			errs = append(errs, fmt.Errorf("card[%d].key: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// checkStages lets each stage check its own part, and puts file and line to
// what it finds.
func (c *Config) checkStages(ck *checker) {
	c.Scanner.check(ck)
	_, err := c.decoder()
	for _, err := range causes(err) {
		var m *card.Mistake
		var d *decode.Mistake
		switch {
		case errors.As(err, &m):
			ck.wrong(fmt.Sprintf("card[%d].%s", m.Index, m.Key), "%v", m)
		case errors.As(err, &d):
			ck.wrong("decode."+d.Key, "%s", d.Problem)
		default:
			ck.wrong("decode", "%v", err)
		}
	}
}

// pictures says what codes are looked for in the pictures of cameras.
func (c ScannerConfig) pictures() (frame.Options, error) {
	var o frame.Options
	for _, name := range c.PictureFormats {
		f, err := frame.ParseFormat(name)
		if err != nil {
			return o, err
		}
		o.Formats |= f
	}
	return o, nil
}

func (c ScannerConfig) check(ck *checker) {
	if _, err := c.pictures(); err != nil {
		ck.wrong("scanner.picture_formats", "%v", err)
	}
	_, err := c.drivers()
	for _, err := range causes(err) {
		var m *serial.ConfigError
		var u *usb.ConfigError
		switch {
		case errors.As(err, &m):
			ck.wrong(fmt.Sprintf("scanner.serial[%d].%s", m.Index, m.Key), "%s", m.Problem)
		case errors.As(err, &u):
			ck.wrong(fmt.Sprintf("scanner.%s[%d].%s", u.Driver, u.Index, u.Key), "%s", u.Problem)
		default:
			ck.wrong("scanner", "%v", err)
		}
	}
}

// checkForward checks where product codes go.
func (c *Config) checkForward(ck *checker) {
	_, err := forward.New(c.Forward, slog.New(slog.DiscardHandler))
	for _, err := range causes(err) {
		var m *forward.ConfigError
		if errors.As(err, &m) {
			ck.wrong("forward."+m.Key, "%s", m.Problem)
			continue
		}
		ck.wrong("forward", "%v", err)
	}
}

// causes takes joined errors apart.
func causes(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range j.Unwrap() {
			all = append(all, causes(e)...)
		}
		return all
	}
	return []error{err}
}
