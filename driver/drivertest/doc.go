// Package drivertest has what drivers are tested with: the contract that every
// driver passes (Run), and scanners made of software that look to a driver like
// the real thing.
//
// Pty is a serial scanner on a pseudo terminal: the driver opens it by its path
// as it opens any port. It knows no *testing.T, so that the demo can show it to
// people; Trigger lets them scan with it from a shell.
package drivertest
