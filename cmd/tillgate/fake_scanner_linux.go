package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// fakeScanner is a scanner that reads codes and hears what it is told.
type fakeScanner interface {
	Scan(usb.Code) error
	Heard() <-chan string
	Close() error
}

func (c fakeScannerCmd) open() (fakeScanner, error) {
	as := drivertest.Personality{Link: c.Link, Suffix: "\r"}
	switch c.Protocol {
	case "ssi":
		return drivertest.OpenSSI(as)
	case "honeywell":
		return drivertest.OpenHoneywell(as)
	case "newland":
		return drivertest.OpenNewland(as)
	}
	return drivertest.OpenDatalogic(as) // also text: it says what it is told
}

// Run scans each line of standard input, with its AIM identifier in front or none,
// and prints what the scanner is told.
func (c fakeScannerCmd) Run(e *env) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(e.stdout, "port:     %s\nA line is a code to scan, such as ]E02900000000018. Ctrl-C ends it.\n", c.Link)
	codes := make(chan usb.Code)
	go readCodes(e, os.Stdin, codes)
	outcome := make(chan error, 16)
	for {
		select {
		case code := <-codes:
			go func() { outcome <- s.Scan(code) }() // it may wait for its acknowledgement
		case err := <-outcome:
			if err != nil {
				fmt.Fprintln(e.stdout, "scanned:", err)
				continue
			}
			fmt.Fprintln(e.stdout, "scanned")
		case what := <-s.Heard():
			fmt.Fprintln(e.stdout, "told:     "+what)
		case <-e.ctx.Done():
			return nil
		}
	}
}

var withAIM = regexp.MustCompile(`^(\][A-Za-z][0-9A-Za-z])(.+)$`)

// readCodes passes the lines on. When there are no more, the scanner stays.
func readCodes(e *env, r io.Reader, codes chan<- usb.Code) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		code := usb.Code{Data: append([]byte(nil), lines.Bytes()...)}
		if m := withAIM.FindSubmatch(code.Data); m != nil {
			code.AIM, code.Data = string(m[1]), m[2]
		}
		if len(code.Data) == 0 {
			continue
		}
		select {
		case codes <- code:
		case <-e.ctx.Done():
			return
		}
	}
}
