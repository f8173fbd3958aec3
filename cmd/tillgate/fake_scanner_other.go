//go:build !linux

package main

import "errors"

func (fakeScannerCmd) Run(*env) error {
	return errors.New("serial scanners made of software need pseudo terminals, which there are on Linux only")
}
